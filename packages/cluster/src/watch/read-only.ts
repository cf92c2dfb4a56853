/** Why the database takes no writes right now: the deepest cause that the last look shows. Pure. */
import { nodesWith } from '../nodes.ts'
import { type Failover, failoverOf, type Moment } from './failover.ts'
import { acceptsWrites, answers, frontDoor, primaryOf, quorumOf, stateOf, vipHolders, writesPass } from './summary.ts'

export type ReadOnlyCause =
  /** No node with a copy of the database answers. */
  | { code: 'nobody-answers'; nodes: string[] }
  | { code: 'quorum'; healthy: number; voters: number; needed: number; missing: string[] }
  /** The Pi that should write has no room, or its card takes none. `free` in bytes. */
  | { code: 'disk-full'; node: string; free: number }
  | { code: 'card-read-only'; node: string }
  | { code: 'paused' }
  /** Nobody was ever seen as primary: the first start. */
  | { code: 'first-start' }
  | { code: 'failover'; failover: Failover }
  /** A primary runs, and its own settings refuse writes. */
  | { code: 'settings'; node: string }
  /** A primary runs and writes, but clients do not get to it. */
  | { code: 'no-address' }
  | { code: 'not-routed'; primary: string; balancer: string | null }

/** PostgreSQL needs room for the next piece of its log (16 MB); near that it stops. */
const room = 64 * 1024 ** 2

/** Null: writes pass, or nobody looked yet. */
export function whyReadOnly(moment: Moment): ReadOnlyCause | null {
  const { spec, watch, past } = moment
  if (watch.at === null || writesPass(spec, watch)) return null
  const copies = nodesWith(spec, 'postgres').map(({ name }) => name)
  if (copies.every((name) => !answers(watch, name))) return { code: 'nobody-answers', nodes: copies }
  const primary = primaryOf(watch)
  const suspect = primary ?? past.primary?.node ?? null
  const machine = suspect === null ? null : stateOf(watch, suspect)?.machine
  if (suspect !== null && machine?.card.readOnly) return { code: 'card-read-only', node: suspect }
  if (suspect !== null && machine && machine.diskFree < room && !acceptsWrites(watch))
    return { code: 'disk-full', node: suspect, free: machine.diskFree }
  if (primary === null) {
    const quorum = quorumOf(spec, watch)
    if (!quorum.holds) {
      const missing = nodesWith(spec, 'etcd')
        .map(({ name }) => name)
        .filter((name) => !stateOf(watch, name)?.etcd?.healthy)
      return { code: 'quorum', healthy: quorum.healthy, voters: quorum.voters, needed: quorum.needed, missing }
    }
    const failover = failoverOf(moment)
    if (failover?.phase === 'stuck' && failover.because === 'paused') return { code: 'paused' }
    if (past.primary === null && failover?.primary === null) return { code: 'first-start' }
    return failover ? { code: 'failover', failover } : { code: 'first-start' }
  }
  if (!acceptsWrites(watch)) return { code: 'settings', node: primary }
  if (vipHolders(spec, watch).length === 0) return { code: 'no-address' }
  return { code: 'not-routed', primary, balancer: frontDoor(spec, watch)?.node ?? null }
}

/** Writes go on though etcd lost its quorum: all members answer the primary, so that nobody else can be one. */
export function runsOnFailsafe({ spec, watch }: Pick<Moment, 'spec' | 'watch'>): boolean {
  return primaryOf(watch) !== null && !quorumOf(spec, watch).holds
}
