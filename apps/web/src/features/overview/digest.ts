/** What happened last night: of all that was written down, what a person wants to be told. Pure. */
import type { TimelineEvent } from '@bramble/cluster'
import { withEnds } from '@/features/timeline/ends.ts'

export interface Told {
  cluster: string
  event: TimelineEvent
}

export interface Digest {
  /** Newest first. */
  told: Told[]
  /** Events that were left out: too small, or one too many. */
  more: number
}

/** Yesterday at 18:00 where the reader is. */
export function evening(now: Date): Date {
  const then = new Date(now)
  then.setDate(then.getDate() - 1)
  then.setHours(18, 0, 0, 0)
  return then
}

/** Ends of what is told with its length, and what changes nothing for the cluster's users. */
const quiet = new Set<TimelineEvent['kind']>([
  'primary-back',
  'vip-moved',
  'quorum-back',
  'etcd-leader-changed',
  'node-back',
  'server-up',
  'server-switched',
  'alert-over',
])

/** An alert about what is told already says nothing new; ms. */
const echo = 180_000

export function digestOf(
  clusters: readonly { cluster: string; events: readonly TimelineEvent[] }[],
  most: number,
): Digest {
  const all = clusters.flatMap(({ cluster, events }) => withEnds(events).map((event) => ({ cluster, event })))
  const told = all.filter(({ cluster, event }) => {
    if (quiet.has(event.kind)) return false
    if (event.kind === 'run' || event.kind === 'deploy') return event.level !== 'info'
    if (event.kind !== 'alert') return true
    if (event.level !== 'critical' && event.level !== 'warning') return false
    const at = Date.parse(event.at)
    return !all.some(
      (other) =>
        other.cluster === cluster &&
        other.event.kind !== 'alert' &&
        other.event.kind !== 'run' &&
        other.event.kind !== 'deploy' &&
        (other.event.node === event.node || event.node === null) &&
        Math.abs(Date.parse(other.event.at) - at) < echo,
    )
  })
  const newest = told.sort((a, b) => b.event.at.localeCompare(a.event.at)).slice(0, most)
  return { told: newest, more: all.length - newest.length }
}
