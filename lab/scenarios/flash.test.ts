/** From blank cards to a cluster: written, put into Pis that never ran, found by their own word, provisioned, nothing typed. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Card, type ClusterSpec, FlashSettings, parseClusterFile, type RunEvent } from '@bramble/cluster'
import { must } from '@bramble/process'
import {
  apply,
  type ClusterSecrets,
  dial,
  type Fleet,
  issueSecrets,
  openFleet,
  openSecrets,
  probe,
} from '@bramble/provision'
import {
  type FlashEvent,
  type FlashOutcome,
  findByHostKey,
  flashCards,
  listCards,
  prepareImage,
} from '@bramble/provision/flash'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as lab from '../src/index.ts'
import { type Heard, type Listener, listenForArrivals } from './arrivals.ts'
import { eventually } from './stage.ts'

const id = 40
const minute = 60_000
const settings = FlashSettings.parse({ network: 'static', prefix: 24 })

interface Image {
  path: string
  id: string
}

interface Written {
  outcome: FlashOutcome
  publicLine: string
  fingerprint: string
}

let folder: string
/** Path and id in the cache. */
let image: Image
let spec: ClusterSpec
let secrets: ClusterSecrets
let fleet: Fleet
let arrivals: Listener
/** Public line of every card's key, by the card's id. */
const keys = new Map<string, string>()
/** The card of each node. */
const cards = new Map<string, Written>()
const stages: [string, number][] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bramble-flash-scenario-'))
  image = { path: await lab.buildImage({ release: 'trixie', golden: true }), id: randomUUID() }
  await lab.down({ id })
  const up = await lab.up({ id, nodes: 3, empty: true, slots: 4 })
  const parsed = parseClusterFile(lab.clusterYaml(up))
  if (!parsed.spec) throw new Error(JSON.stringify(parsed.findings))
  spec = parsed.spec
  secrets = openSecrets((await issueSecrets(spec, {}, new Date())).stored)
  arrivals = await listenForArrivals(id, (card) => keys.get(card))
  fleet = openFleet({
    spec,
    logins: () => [{ user: spec.ssh.user, privateKey: secrets.ssh.privateKey }],
    hostKey: (node) => cards.get(node.name)?.fingerprint,
  })
}, 10 * minute)

afterAll(async () => {
  await fleet?.close().catch(() => undefined)
  await arrivals?.close()
  await lab.down({ id })
  await rm(folder, { recursive: true, force: true })
  const width = Math.max(0, ...stages.map(([name]) => name.length))
  for (const [name, seconds] of stages) console.log(`${name.padEnd(width)}  ${seconds.toFixed(1).padStart(6)} s`)
}, 2 * minute)

async function timed<T>(stage: string, work: () => Promise<T>): Promise<T> {
  const begun = Date.now()
  const result = await work()
  stages.push([stage, (Date.now() - begun) / 1000])
  return result
}

async function cardIn(slot: string): Promise<Card> {
  const device = (await lab.cards({ id })).find(({ name }) => name === slot)?.device
  const card = (await listCards()).find(({ identity }) => identity.path === device)
  if (!card) throw new Error(`${slot} (${device}) is not listed`)
  return card
}

const cached = ({ path, id }: Image) =>
  prepareImage({ source: { kind: 'file', path }, id, cache: join(folder, 'images') })

interface Over {
  image?: Image
  signal?: AbortSignal
  onEvent?: (event: FlashEvent) => void
}

/** Writes cards for nodes as the worker does. `pairs`: slot and node. */
async function flash(pairs: [string, string][], over: Over = {}) {
  const told = new Map<string, { publicLine: string; fingerprint: string }>()
  const plans = await Promise.all(
    pairs.map(async ([slot, node]) => ({
      node,
      cardId: randomUUID(),
      identity: (await cardIn(slot)).identity,
      fixedDisk: false,
    })),
  )
  const outcomes = await flashCards({
    image: () => cached(over.image ?? image),
    cards: plans,
    settings,
    cluster: spec,
    authorizedKey: secrets.ssh.publicKey,
    callHome: () => [`http://198.18.${id}.1:3010`],
    protect: [],
    workdir: folder,
    signal: over.signal ?? new AbortController().signal,
    emit: (event) => {
      if (event.type === 'flash-key') told.set(event.node, event)
      over.onEvent?.(event)
    },
  })
  return outcomes.map((outcome): Written => {
    const key = told.get(outcome.node) ?? { publicLine: '', fingerprint: '' }
    keys.set(outcome.cardId, key.publicLine)
    return { outcome, publicLine: key.publicLine, fingerprint: key.fingerprint }
  })
}
const addressOf = (name: string) => spec.nodes.find((node) => node.name === name)!.address
const names = () => spec.nodes.map(({ name }) => name)

/** Waits until the cards of these nodes have said so, after `since`. */
async function said(stage: Heard['stage'], of: string[], since = 0): Promise<Heard[]> {
  return eventually(240, async () => {
    const found = of.map((name) => {
      const card = cards.get(name)!.outcome.cardId
      return arrivals.heard.find((one) => one.card === card && one.stage === stage && one.at > since)
    })
    if (found.some((one) => !one)) throw new Error(`not all are ${stage}: ${JSON.stringify(arrivals.heard)}`)
    return found as Heard[]
  })
}

describe('cards of the lab', () => {
  it('are listed, blank, and offered', async () => {
    const listed = (await listCards()).filter(({ vendor }) => vendor === `Bramble lab ${id}`)
    expect(listed.map(({ model, offer, contents }) => [model, offer, contents.kind]).sort()).toEqual(
      ['slot-1', 'slot-2', 'slot-3', 'slot-4'].map((slot) => [slot, 'offered', 'blank']),
    )
  })

  it('are no computers: without a card a Pi does not start, with a blank one neither', async () => {
    await expect(lab.powerOn({ id, node: 'pi-1' })).rejects.toMatchObject({ code: 'lab-no-card' })
    await lab.insertCard({ id, slot: 'slot-1', node: 'pi-1' })
    await expect(lab.powerOn({ id, node: 'pi-1' })).rejects.toMatchObject({ code: 'lab-card-dead' })
    await lab.takeCard({ id, node: 'pi-1' })
  })

  it(
    'are written all at once, each for its node',
    async () => {
      await timed('unpack the image', () => cached(image))
      const written = await timed('write and verify 3 cards', () =>
        flash(names().map((name, index) => [`slot-${index + 1}`, name])),
      )
      expect(written.map(({ outcome }) => [outcome.node, outcome.outcome, outcome.trouble])).toEqual(
        names().map((name) => [name, 'written', null]),
      )
      expect(new Set(written.map(({ fingerprint }) => fingerprint)).size).toBe(3)
      for (const one of written) {
        expect(one.outcome.report).toMatchObject({ hostKey: one.fingerprint, badRanges: [] })
        cards.set(one.outcome.node, one)
      }
      expect((await cardIn('slot-2')).contents).toMatchObject({ kind: 'bramble', node: 'pi-2', cluster: spec.name })
    },
    5 * minute,
  )

  it(
    'boot the Pis they are put into, which say so and prove it',
    async () => {
      const before = (await lab.cards({ id })).map(({ device }) => device)
      for (const [index, name] of names().entries()) await lab.insertCard({ id, slot: `slot-${index + 1}`, node: name })
      const gone = (await listCards()).filter(({ vendor }) => vendor === `Bramble lab ${id}`)
      expect(gone.map(({ identity }) => identity.path)).toEqual([before[3]])
      const begun = Date.now()
      await timed('power on', () => Promise.all(names().map((node) => lab.powerOn({ id, node }))))
      const booting = await said('booting', names())
      stages.push(['first word of the last Pi', (Math.max(...booting.map(({ at }) => at)) - begun) / 1000])
      const online = await said('online', names())
      stages.push(['all online', (Math.max(...online.map(({ at }) => at)) - begun) / 1000])
      expect(online.map(({ address }) => address)).toEqual(names().map(addressOf))
      expect(arrivals.refused).toBe(0)
    },
    10 * minute,
  )

  it('show the key that was pinned before they first ran, and no other', async () => {
    for (const name of names()) {
      const { fingerprint } = cards.get(name)!
      const login = { user: spec.ssh.user, privateKey: secrets.ssh.privateKey }
      const found = await probe({ address: addressOf(name), port: 22, logins: [login], hostKey: fingerprint })
      expect(found.fingerprint).toBe(fingerprint)
      expect(found.machine).toMatchObject({ hostname: name, codename: 'trixie' })
    }
    const status = await lab.status({ id })
    expect(status.nodes.map(({ hostKey }) => hostKey)).toEqual(names().map((name) => cards.get(name)!.fingerprint))
  }, 60_000)

  it('keep no private key on the boot partition once they are online', async () => {
    for (const name of names()) {
      const argv = await lab.consoleCommand({ id, node: name })
      const held = await must([...argv, 'sh', '-c', 'cat /boot/firmware/* 2>/dev/null || true'])
      expect(held).toContain(`"node":"${name}"`)
      expect(held).not.toContain('PRIVATE KEY')
    }
  })

  it(
    'become a cluster, and stay as they are the second time',
    async () => {
      const run = async () => {
        const events: RunEvent[] = []
        const signal = new AbortController().signal
        const outcome = await apply({
          spec,
          secrets,
          fleet,
          approved: null,
          signal,
          emit: (event) => void events.push(event),
        })
        return { outcome, events }
      }
      const first = await timed('provision', run)
      expect(first.outcome).toMatchObject({ status: 'succeeded' })
      const second = await timed('provision again', run)
      expect(second.outcome).toMatchObject({ status: 'succeeded', changed: 0 })
    },
    10 * minute,
  )

  it(
    'say "online" at every boot, with a new boot’s number',
    async () => {
      const before = (await said('online', ['pi-2']))[0]!
      const since = Date.now()
      await lab.reboot({ id, node: 'pi-2' })
      const after = (await said('online', ['pi-2'], since))[0]!
      expect(after.bootId).not.toBe(before.bootId)
      expect(after.address).toBe(before.address)
    },
    8 * minute,
  )

  it(
    'carry who a Pi is: swapped between two Pis, name, address and key go with the card',
    async () => {
      for (const node of ['pi-1', 'pi-2']) await lab.powerOff({ id, node })
      for (const node of ['pi-1', 'pi-2']) await lab.takeCard({ id, node })
      await lab.insertCard({ id, slot: 'slot-1', node: 'pi-2' })
      await lab.insertCard({ id, slot: 'slot-2', node: 'pi-1' })
      const since = Date.now()
      for (const node of ['pi-1', 'pi-2']) await lab.powerOn({ id, node })
      const online = await said('online', ['pi-1', 'pi-2'], since)
      expect(online.map(({ address }) => address)).toEqual([addressOf('pi-1'), addressOf('pi-2')])
      expect((await lab.status({ id })).nodes.map(({ card }) => card)).toEqual(['slot-2', 'slot-1', 'slot-3'])
      const found = new Map<string, string>()
      const strangers: string[] = []
      // It waits for an answer for a second or two, which a busy machine may need.
      await eventually(60, async () => {
        await findByHostKey({
          networks: [{ address: `198.18.${id}.1`, prefix: 24 }],
          first: names().map(addressOf),
          port: 22,
          fingerprints: new Set(names().map((name) => cards.get(name)!.fingerprint)),
          onFound: (address, fingerprint) => found.set(fingerprint, address),
          onStranger: (address) => strangers.push(address),
        })
        for (const name of names()) expect(found.get(cards.get(name)!.fingerprint)).toBe(addressOf(name))
      })
      expect(strangers).toEqual([])
    },
    8 * minute,
  )
})

describe('what is not the card that was written', () => {
  it(
    'does not boot when the write was cancelled',
    async () => {
      const cancel = new AbortController()
      const [cancelled] = await flash([['slot-4', 'pi-3']], {
        signal: cancel.signal,
        onEvent: (event) => {
          if (event.type === 'flash-progress' && event.progress.phase === 'writing' && event.progress.done > 0)
            cancel.abort()
        },
      })
      expect(cancelled?.outcome).toMatchObject({ outcome: 'cancelled', trouble: { code: 'cancelled' } })
      await lab.powerOff({ id, node: 'pi-3' })
      await lab.takeCard({ id, node: 'pi-3' })
      await lab.insertCard({ id, slot: 'slot-4', node: 'pi-3' })
      await expect(lab.powerOn({ id, node: 'pi-3' })).rejects.toMatchObject({ code: 'lab-card-dead' })
      await lab.takeCard({ id, node: 'pi-3' })
    },
    3 * minute,
  )

  it(
    'is told as gone when it is pulled out in the middle of a write',
    async () => {
      await lab.damageCard({ id, slot: 'slot-4', faults: { writeBytesPerSecond: 20e6, readBytesPerSecond: 40e6 } })
      let pulled: Promise<unknown> | null = null
      const [torn] = await flash([['slot-4', 'pi-3']], {
        onEvent: (event) => {
          if (event.type === 'flash-progress' && event.progress.phase === 'writing' && event.progress.done > 0)
            pulled ??= lab.ejectCard({ id, slot: 'slot-4' })
        },
      })
      await pulled
      expect(torn?.outcome).toMatchObject({ outcome: 'failed', trouble: { code: 'card-gone' } })
      await lab.insertCard({ id, slot: 'slot-4' })
      await lab.damageCard({ id, slot: 'slot-4', faults: null })
    },
    3 * minute,
  )

  it(
    'is refused loudly at the node’s own address: another key, another word',
    async () => {
      const mine = cards.get('pi-3')!
      const [stranger] = await flash([['slot-4', 'pi-3']])
      expect(stranger?.outcome.outcome).toBe('written')
      // Nobody pinned this one: its word is worth nothing.
      keys.delete(stranger!.outcome.cardId)
      await lab.insertCard({ id, slot: 'slot-4', node: 'pi-3' })
      await lab.powerOn({ id, node: 'pi-3' })
      await eventually(150, async () => expect(arrivals.refused).toBeGreaterThan(0))
      const address = addressOf('pi-3')
      await eventually(90, async () => (await dial(address, 22, { timeout: 3_000 })).destroy())
      const login = { user: spec.ssh.user, privateKey: secrets.ssh.privateKey }
      await eventually(90, () =>
        expect(probe({ address, port: 22, logins: [login], hostKey: mine.fingerprint })).rejects.toMatchObject({
          code: 'host-key-changed',
          message: expect.stringContaining(stranger!.fingerprint),
        }),
      )
      const found: string[] = []
      await eventually(90, async () => {
        const strangers: string[] = []
        await findByHostKey({
          networks: [],
          first: [address],
          port: 22,
          fingerprints: new Set([mine.fingerprint]),
          onFound: (where) => found.push(where),
          onStranger: (_, fingerprint) => strangers.push(fingerprint),
        })
        expect(strangers).toEqual([stranger!.fingerprint])
      })
      expect(found).toEqual([])
    },
    10 * minute,
  )
})

describe('an image without cloud-init', () => {
  it(
    'sets itself up from the kernel command line, reboots and proves who it is',
    async () => {
      for (const { name, card } of (await lab.status({ id })).nodes) {
        await lab.powerOff({ id, node: name })
        if (card) await lab.takeCard({ id, node: name })
      }
      const before = { path: await lab.buildImage({ release: 'bookworm', golden: false }), id: randomUUID() }
      const [written] = await flash([['slot-4', 'pi-2']], { image: before })
      expect(written?.outcome).toMatchObject({ outcome: 'written', trouble: null })
      cards.set('pi-2', written!)
      await lab.insertCard({ id, slot: 'slot-4', node: 'pi-2' })
      await timed('bookworm: power to online', async () => {
        await lab.powerOn({ id, node: 'pi-2' })
        await said('online', ['pi-2'])
      })
      const login = { user: spec.ssh.user, privateKey: secrets.ssh.privateKey }
      const hostKey = written!.fingerprint
      const found = await probe({ address: addressOf('pi-2'), port: 22, logins: [login], hostKey })
      expect(found.machine).toMatchObject({ hostname: 'pi-2', codename: 'bookworm' })
    },
    10 * minute,
  )
})
