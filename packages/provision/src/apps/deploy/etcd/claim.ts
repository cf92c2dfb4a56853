/** The right to deploy an app: one deploy at a time has it, and loses it 30 s after it was heard of last. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Trouble } from '../../../engine/types.ts'
import {
  appsPrefix,
  freePort,
  keysOf,
  type NextRecord,
  removedKey,
  type ServingRecord,
} from '../../../serving/records.ts'
import { type AppState, appState, readState } from './state.ts'
import type { Change, Condition, Store } from './store.ts'

/** Seconds that a claim outlives a deploy that was ended from outside. */
const lifetime = 30
const beat = 8_000
/** Milliseconds that a deploy waits for another one of the same app. */
const longestQueue = 30 * 60_000

export type Draft = Omit<ServingRecord, 'generation' | 'slot' | 'port'>

export interface ClaimInput {
  store: Store
  app: string
  /** What is to serve; a function of what serves. */
  draft: (present: AppState) => Draft
  signal: AbortSignal
  /** Called once when another deploy of the app has to end first. */
  waiting: (words: string) => void
}

export interface Claimed {
  /** What served when the claim began. */
  readonly before: AppState
  /** The record that is to serve. */
  readonly record: ServingRecord
  /** Aborted when the claim was lost. */
  readonly lost: AbortSignal
  phase(phase: NextRecord['phase']): Promise<void>
  /** Writes something else as long as the claim holds. Trouble `claim-lost`. */
  note(key: string, value: string): Promise<void>
  /** From now on the record serves. Trouble `serving-unknown`: it is not known whether; any other: it does not. */
  serve(): Promise<void>
  /** Ends the deploy: `next` and the claim go. */
  release(): Promise<void>
}

/** Waits for other deploys of the app. Trouble: app-busy, app-ports, etcd-unavailable. */
export async function claimApp({ store, app, draft, signal, waiting }: ClaimInput): Promise<Claimed> {
  const until = Date.now() + longestQueue
  const deploy = randomUUID()
  const keys = keysOf(app)
  for (let told = false; ; ) {
    signal.throwIfAborted()
    const all = await readState(store)
    const before = appState(all, app)
    if (before.claimed) {
      if (!told) waiting('Another deploy of this app is in progress.')
      told = true
      if (Date.now() > until) throw busy(app)
      await sleep(1_000, undefined, { signal })
      continue
    }
    const others = Object.values(all.apps).filter((one) => one.app !== app)
    const taken = others.flatMap((one) => (one.serving ?? one.next)?.port ?? [])
    const record = recordOf(draft(before), before, taken)
    const since = new Date().toISOString()
    const next: NextRecord = { ...record, deploy, phase: 'copying', since }
    const lease = await store.grant(lifetime)
    const claim: Held = { store, app, deploy, lease, record, before, next }
    const there = (key: string, revision: string | null): Condition =>
      revision === null ? { key, absent: true } : { key, revision }
    const conditions: Condition[] = [
      { key: keys.claim, absent: true },
      there(keys.serving, before.revisions.serving),
      there(keys.next, before.revisions.next),
      // Two apps that are deployed for the first time at once would take the same port.
      ...(before.serving ? [] : [{ prefix: appsPrefix, unchangedSince: all.revision }]),
    ]
    const changes: Change[] = [
      { put: keys.claim, value: deploy, lease },
      { put: keys.next, value: JSON.stringify(next) },
      { remove: removedKey(app) },
    ]
    const ours = async () => (await store.read(`${appsPrefix}${app}/`)).entries
    const won =
      (await store.commit(conditions, changes)) ||
      (await ours()).some(({ key, value }) => key === keys.claim && value === deploy)
    if (won) return held(claim)
    await store.revoke(lease).catch(() => undefined)
  }
}

function recordOf(draft: Draft, { serving, next }: AppState, taken: readonly number[]): ServingRecord {
  const port = (serving ?? next)?.port ?? freePort(taken)
  if (port === null)
    throw new Trouble(
      'app-ports',
      'All 100 pairs of ports for apps are in use.',
      'Remove an app that is no longer needed.',
    )
  return { ...draft, generation: (serving?.generation ?? 0) + 1, slot: serving?.slot === 'a' ? 'b' : 'a', port }
}

interface Held {
  store: Store
  app: string
  deploy: string
  lease: string
  record: ServingRecord
  before: AppState
  next: NextRecord
}

function held({ store, app, deploy, lease, record, before, next }: Held): Claimed {
  const keys = keysOf(app)
  const mine: Condition = { key: keys.claim, value: deploy }
  const lost = new AbortController()
  const beating = new AbortController()
  void keepAlive(store, lease, beating.signal, () => lost.abort(claimLost(app)))

  /** False, or no answer, may be of an attempt that was done and whose answer was lost: what is there says so. */
  async function put(key: string, value: string): Promise<void> {
    const ended = await store.commit([mine], [{ put: key, value }]).catch((error: unknown) => {
      if (error instanceof Trouble) return error
      throw error
    })
    if (ended === true) return
    const { entries } = await store.read(`${appsPrefix}${app}/`).catch((error: unknown) => {
      throw key === keys.serving && ended instanceof Trouble ? switchUnknown(app, ended) : error
    })
    if (entries.some((entry) => entry.key === key && entry.value === value)) return
    throw ended instanceof Trouble ? ended : claimLost(app)
  }

  return {
    before,
    record,
    lost: lost.signal,
    phase: (phase) => put(keys.next, JSON.stringify({ ...next, phase })),
    note: put,
    serve: () => put(keys.serving, JSON.stringify(record)),
    async release() {
      beating.abort()
      await store.commit([mine], [{ remove: keys.next }, { remove: keys.claim }])
      await store.revoke(lease).catch(() => undefined)
    },
  }
}

async function keepAlive(store: Store, lease: string, signal: AbortSignal, onLost: () => void): Promise<void> {
  let heard = Date.now()
  while (!signal.aborted) {
    await sleep(beat, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    const alive = await store.keepAlive(lease).catch(() => null)
    if (alive) heard = Date.now()
    else if (alive === false || Date.now() - heard > lifetime * 1000) return onLost()
  }
}

const busy = (app: string) =>
  new Trouble(
    'app-busy',
    `Another deploy of ${app} has been in progress for 30 minutes.`,
    `Check it with "app show ${app}"; cancel it, then deploy again.`,
  )

const claimLost = (app: string) =>
  new Trouble(
    'claim-lost',
    `The lock of this deploy of ${app} expired in etcd after ${lifetime} s, and another deploy could have started.`,
    'Check the network between Bramble and the nodes, then deploy again.',
  )

/** Code of the Trouble when etcd stopped answering in the moment of the switch. */
export const servingUnknown = 'serving-unknown'

const switchUnknown = (app: string, { message }: Trouble) =>
  new Trouble(
    servingUnknown,
    `etcd became unreachable during the switch of ${app}, so it is not known which release is live. ${message}`,
    `Bring the nodes back online, check "app show ${app}", then deploy again if the new release is not live.`,
  )
