/** This machine as a flash station: its readers, networks and lacks, told every few seconds and at each change. */
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Card, StationLack, StationNetwork } from '@bramble/cluster'
import { stationLacks, stationNetworks, watchCards } from '@bramble/provision/flash'
import type { StationServer } from './server.ts'

const heartbeatMs = 5_000
const lacksMs = 60_000

export class Station {
  readonly #server: StationServer
  readonly #protect: readonly string[]
  #cards: Card[] = []
  #networks: StationNetwork[] = []
  #lacks: StationLack[] = []
  #lacksAt = Number.NEGATIVE_INFINITY
  /** What other parts of the worker lack, by part. */
  readonly #told = new Map<string, StationLack>()
  #announcing: Promise<void> = Promise.resolve()

  /** `folders`: their disks are never written. */
  constructor(server: StationServer, folders: readonly string[]) {
    this.#server = server
    this.#protect = folders.map((folder) => path.resolve(folder))
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
    await this.#server.dismiss().catch(logged)
  }

  /** A part of the worker says what it lacks; null: nothing any more. */
  lack(part: string, lack: StationLack | null): void {
    if (lack) this.#told.set(part, lack)
    else this.#told.delete(part)
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
    this.#announcing = this.#announcing.then(() =>
      this.#server
        .announce({
          cards: this.#cards,
          networks: this.#networks,
          lacks: [...this.#lacks, ...this.#told.values()],
        })
        .catch(logged),
    )
    return this.#announcing
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined)
}

const logged = (error: Error) => console.error(`station: ${error.message}`)
