/** A change of the primary while it goes on: which phase it is in, for how long at most, and who may take over. Pure. */
import { nodesWith } from '../nodes.ts'
import { presets } from '../roles.ts'
import type { ClusterSpec } from '../spec.ts'
import type { Recollection } from './recollection.ts'
import type { ClusterWatch } from './state.ts'
import { answers, leaseHolderOf, primaryOf, quorumOf, silentPrimary, stateOf } from './summary.ts'

/** Why a copy cannot take over. */
export type Unfit = 'away' | 'not-running' | 'behind' | 'not-synchronous'

/** Seconds everywhere. `primary`: who it was; null when nobody saw one. */
export type Failover =
  /** The primary is silent and its lease runs: at most `leaseEnds` more, then one of `heirs` takes over. */
  | { phase: 'silent'; primary: string; silentFor: number; leaseEnds: number; heirs: string[] }
  /** Its Pi answers but PostgreSQL does not run there: Patroni starts it again where it is. */
  | { phase: 'restarting'; primary: string; state: string; since: number }
  /** Nobody holds the lease; the heirs compare how far they are. */
  | { phase: 'electing'; primary: string | null; since: number; expected: number; heirs: string[] }
  /** One was chosen and is opening for writes. */
  | { phase: 'promoting'; primary: string | null; heir: string; since: number }
  /** It will not end by itself. */
  | {
      phase: 'stuck'
      primary: string | null
      because: 'quorum' | 'paused' | 'no-heir'
      since: number
      unfit: Record<string, Unfit>
    }
  /** It is over: `gap` from the last look at the old primary to the first at the new one. */
  | { phase: 'over'; primary: string; before: string; since: number; gap: number }

/** Bytes that a replica may lack and still take over: Patroni's maximum_lag_on_failover. */
const lagAllowed = 1024 ** 2
/** Seconds that the end of a change stays on the page. */
const remembered = 120

export interface Moment {
  spec: ClusterSpec
  watch: ClusterWatch
  past: Recollection
  now: Date
}

/** Null: nothing of the kind goes on. */
export function failoverOf({ spec, watch, past, now }: Moment): Failover | null {
  if (watch.at === null) return null
  const ago = (iso: string) => Math.max(0, (now.getTime() - Date.parse(iso)) / 1000)
  const primary = primaryOf(watch)
  if (primary !== null) {
    if (past.before === null || past.primary?.since == null || ago(past.primary.since) > remembered) return null
    const gap = Math.max(0, (Date.parse(past.primary.since) - Date.parse(past.before.seen)) / 1000)
    return { phase: 'over', primary, before: past.before.node, since: ago(past.primary.since), gap }
  }
  if (silentPrimary(spec, watch) !== null) return null
  const before = past.primary?.node ?? null
  const since = ago(past.lost ?? watch.at)
  const { heirs, unfit } = heirsOf(spec, watch, before)
  const stuck = (because: 'quorum' | 'paused' | 'no-heir') =>
    ({ phase: 'stuck', primary: before, because, since, unfit }) as const
  const quorum = quorumOf(spec, watch)
  const holder = leaseHolderOf(watch)
  if (!quorum.holds) return stuck('quorum')
  if (holder !== null && !answers(watch, holder)) {
    const seen = past.nodes[holder]
    const missed = seen?.missed ?? watch.at
    const { ttl } = presets[spec.preset]
    return {
      phase: 'silent',
      primary: holder,
      silentFor: ago(seen?.answered ?? missed),
      leaseEnds: Math.max(0, ttl - ago(missed)),
      heirs: heirsOf(spec, watch, holder).heirs,
    }
  }
  if (holder !== null && holder !== before) return { phase: 'promoting', primary: before, heir: holder, since }
  if (holder !== null) {
    const state = stateOf(watch, holder)?.patroni?.state ?? 'unknown'
    return { phase: 'restarting', primary: holder, state, since }
  }
  if (watch.states.some(({ patroni }) => patroni?.paused)) return stuck('paused')
  if (heirs.length === 0) return stuck('no-heir')
  // Each member looks at least once in loop_wait; then it asks the others and opens.
  const expected = presets[spec.preset].loopWait + 5
  return { phase: 'electing', primary: before, since: ago(past.free ?? watch.at), expected, heirs }
}

/** The copies that may become primary when `primary` is gone, and why the others may not. */
export function heirsOf(
  spec: ClusterSpec,
  watch: ClusterWatch,
  primary: string | null,
): { heirs: string[]; unfit: Record<string, Unfit> } {
  const heirs: string[] = []
  const unfit: Record<string, Unfit> = {}
  for (const { name } of nodesWith(spec, 'postgres')) {
    if (name === primary) continue
    const because = unfitness(spec, watch, name)
    if (because === null) heirs.push(name)
    else unfit[name] = because
  }
  return { heirs, unfit }
}

function unfitness(spec: ClusterSpec, watch: ClusterWatch, name: string): Unfit | null {
  const state = stateOf(watch, name)
  if (!state || state.trouble !== null) return 'away'
  const { patroni } = state
  if (!patroni || !/^(running|streaming|in archive recovery)$/.test(patroni.state)) return 'not-running'
  if ((patroni.lagBytes ?? 0) > lagAllowed) return 'behind'
  if (spec.synchronous && !patroni.sync && !isSyncByOthers(watch, name)) return 'not-synchronous'
  return null
}

function isSyncByOthers(watch: ClusterWatch, name: string): boolean {
  return watch.states.some(({ patroni }) =>
    patroni?.members.some((member) => member.name === name && member.role === 'sync-standby'),
  )
}
