/** This machine as a flash station: its readers, networks and lacks, told every few seconds and at each change. */
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Card, StationLack, StationNetwork } from '@bramble/cluster'
import { announceStation, dismissStation } from '@bramble/db'
import { isLabAddress } from '@bramble/provision'
import { stationLacks, stationNetworks, watchCards } from '@bramble/provision/flash'
import type { Environment } from './env.ts'
import { sharesNetwork } from './networks.ts'

const heartbeatMs = 5_000
const lacksMs = 60_000

export class Station {
  readonly #environment: Environment
  readonly #protect: readonly string[]
  #cards: Card[] = []
  #networks: StationNetwork[] = []
  #lacks: StationLack[] = []
  #lacksAt = Number.NEGATIVE_INFINITY
  /** What other parts of the worker lack, by part. */
  readonly #told = new Map<string, StationLack>()
  #announcing: Promise<void> = Promise.resolve()

  constructor(environment: Environment) {
    this.#environment = environment
    this.#protect = [environment.data, environment.images].map((folder) => path.resolve(folder))
  }

  get id(): string {
    return this.#environment.station.id
  }

  /** Paths whose disks are never written. */
  get protect(): readonly string[] {
    return this.#protect
  }

  get networks(): readonly StationNetwork[] {
    return this.#networks
  }

  /** Speaks until the signal aborts, then says goodbye. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#watch(signal), this.#beat(signal)])
    await this.#announcing
    await dismissStation(this.id, this.#environment.owner).catch(logged)
  }

  /** A part of the worker says what it lacks; null: nothing any more. */
  lack(part: string, lack: StationLack | null): void {
    if (lack) this.#told.set(part, lack)
    else this.#told.delete(part)
  }

  /** Base URLs of this station's ear for a node at this address; for any node when it gets one from a router. */
  callHome(address: string, network: 'static' | 'dhcp'): string[] {
    const near = this.#networks.filter((own) => sharesNetwork(own, address))
    const virtual = isLabAddress(address)
    const heard = network === 'static' || virtual ? near : this.#networks.filter((own) => !own.lab)
    // Behind a router the Pi may reach an address that is not of its own network.
    const usable = heard.length > 0 || virtual ? heard : this.#networks.filter((own) => !own.lab)
    return usable.map((own) => `http://${own.address}:${own.lab ? labPort : this.#environment.arrivalsPort}`)
  }

  async #watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const onChange = (cards: Card[]) => {
          this.#cards = cards
          void this.#announce()
        }
        await watchCards({ protect: this.#protect, signal, onChange })
      } catch (error) {
        if (!signal.aborted) logged(error as Error)
      }
      await pause(heartbeatMs, signal)
    }
  }

  async #beat(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#look().catch(logged)
      await this.#announce()
      await pause(heartbeatMs, signal)
    }
  }

  async #look(): Promise<void> {
    this.#networks = await stationNetworks()
    if (performance.now() - this.#lacksAt < lacksMs) return
    this.#lacks = await stationLacks()
    this.#lacksAt = performance.now()
  }

  /** One after the other, so that an older list never comes after a newer one. */
  #announce(): Promise<void> {
    const { owner, station } = this.#environment
    this.#announcing = this.#announcing.then(() =>
      announceStation({
        ...station,
        owner,
        cards: this.#cards,
        networks: this.#networks,
        lacks: [...this.#lacks, ...this.#told.values()],
      }).catch(logged),
    )
    return this.#announcing
  }
}

/** The bridge of a lab relays this port to the worker, whatever port it has on this machine. */
const labPort = 3010

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined)
}

const logged = (error: Error) => console.error(`station: ${error.message}`)
