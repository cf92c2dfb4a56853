/** Waits for what the nodes report: a started slot that answers, balancers that have switched, slots that are gone. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Trouble } from '../../../engine/types.ts'
import type { NodeReport, ServingRecord, SlotReport } from '../../../serving/records.ts'
import { readReports, slotOn } from '../etcd/state.ts'
import type { Store } from '../etcd/store.ts'

const pause = 400
/** Seconds for the agent of a node to see a record, beside the time of the health check. */
const notice = 25
/** Seconds that a node gets to find the files that were just copied to it. */
const missingFor = 10

/** Milliseconds that a balancer gets to switch: its agent is told at once, and looks every 5 s. The report of a dead one stays for a minute. */
const switching = 20_000

interface Watching {
  store: Store
  signal: AbortSignal
}

export interface StartInput extends Watching {
  record: ServingRecord
  /** The nodes that have the files. */
  nodes: readonly string[]
  waiting: (node: string, words: string) => void
}

/** `lost`: the node did not report in time. `failed`: why, in words. */
export type StartEnd = { kind: 'ready' } | { kind: 'failed'; message: string } | { kind: 'lost' }

/** Ends early when a node reports a failure: the others are not waited for then. */
export async function waitForStart({
  store,
  record,
  nodes,
  waiting,
  signal,
}: StartInput): Promise<Map<string, StartEnd>> {
  const began = Date.now()
  const until = began + (record.health.timeout + notice) * 1000
  const ends = new Map<string, StartEnd>()
  for (;;) {
    const reports = await readReports(store)
    const late = Date.now() > until
    for (const node of nodes) {
      if (ends.get(node)?.kind === 'ready') continue
      const found = judge(reports[node], record, Date.now() - began > missingFor * 1000)
      if (found.kind !== 'waiting') ends.set(node, found)
      else if (late) ends.set(node, found.heard ? { kind: 'failed', message: found.words } : { kind: 'lost' })
      else waiting(node, found.words)
    }
    const all = [...ends.values()]
    if (ends.size === nodes.length || all.some(({ kind }) => kind === 'failed')) return ends
    await sleep(pause, undefined, { signal })
  }
}

type Judged = StartEnd | { kind: 'waiting'; words: string; heard: boolean }

function judge(report: NodeReport | undefined, record: ServingRecord, late: boolean): Judged {
  const slot = slotOn(report, record)
  if (!slot || !isOf(slot, record)) return { kind: 'waiting', words: 'The node has not started it yet.', heard: false }
  switch (slot.state) {
    case 'ready':
      return { kind: 'ready' }
    case 'failed':
      return { kind: 'failed', message: slot.message ?? 'It did not start.' }
    case 'missing':
      return late
        ? { kind: 'failed', message: slot.message ?? 'The node does not find the files of the release.' }
        : { kind: 'waiting', words: 'The node is checking the files.', heard: true }
    default:
      return { kind: 'waiting', words: slot.message ?? 'It is not responding yet.', heard: true }
  }
}

const isOf = (slot: SlotReport, { release, environment, generation }: ServingRecord): boolean =>
  slot.release === release && slot.environment === environment && slot.generation === generation

export interface SwitchInput extends Watching {
  record: Pick<ServingRecord, 'app' | 'generation'>
  balancers: readonly string[]
  onSwitched: (node: string) => void
  /** Milliseconds that a balancer without a report gets: its agent may be starting; that of a node that is off is gone. */
  silence?: number
}

/** The balancers that do not send to it after a while, or that do not report at all. They follow without Bramble. */
export async function waitForSwitch(input: SwitchInput): Promise<string[]> {
  const { store, record, balancers, onSwitched, signal, silence = 10_000 } = input
  const began = Date.now()
  const left = new Set(balancers)
  for (;;) {
    const reports = await readReports(store)
    const spent = Date.now() - began
    for (const node of [...left]) {
      if ((reports[node]?.balancer?.[record.app] ?? 0) < record.generation) continue
      left.delete(node)
      onSwitched(node)
    }
    const awaited = [...left].filter((node) => spent < (reports[node]?.balancer ? switching : silence))
    if (awaited.length === 0) return [...left]
    await sleep(pause, undefined, { signal })
  }
}

/** Waits until no node reports a slot of the app. Trouble `app-still-runs`. */
export async function waitForEnd({ store, app, signal }: Watching & { app: string }): Promise<void> {
  const until = Date.now() + 120_000
  for (;;) {
    const reports = await readReports(store)
    const running = Object.entries(reports).flatMap(([node, { slots }]) =>
      Object.keys(slots).some((key) => key.startsWith(`${app}/`)) ? [node] : [],
    )
    if (running.length === 0) return
    if (Date.now() > until)
      throw new Trouble(
        'app-still-runs',
        `${app} still runs on ${running.join(', ')} after two minutes.`,
        'Check bramble-apps.service there ("journalctl -u bramble-apps -n 50"), then remove the app again.',
      )
    await sleep(pause, undefined, { signal })
  }
}
