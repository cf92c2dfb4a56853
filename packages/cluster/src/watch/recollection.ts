/** What was seen before now, for what one look cannot say: since when a Pi is silent, and who was the primary. */
import type { ClusterWatch } from './state.ts'
import { leaseHolderOf, primaryOf } from './summary.ts'
import type { TimelineEvent } from './timeline.ts'

/** All times are ISO. */
export interface Recollection {
  /** Per node: its newest answer, and the first look that it missed after that. */
  nodes: Readonly<Record<string, { answered: string | null; missed: string | null }>>
  /** The newest primary, since when, and when it was last seen as one. */
  primary: { node: string; since: string | null; seen: string } | null
  /** The primary before that one, and when it was last seen as one. */
  before: { node: string; seen: string } | null
  /** The first look without a primary, while there is none. */
  lost: string | null
  /** The first look at which nobody held the lease, while nobody does. */
  free: string | null
}

export const nothingSeen: Recollection = { nodes: {}, primary: null, before: null, lost: null, free: null }

/** The recollection after one more look. A look that was seen already changes nothing. */
export function recall(past: Recollection, watch: ClusterWatch): Recollection {
  if (watch.at === null) return past
  const { at } = watch
  const nodes = Object.fromEntries(
    watch.states.map((state) => {
      const known = past.nodes[state.node]
      return [
        state.node,
        state.trouble === null
          ? { answered: state.at, missed: null }
          : { answered: known?.answered ?? null, missed: known?.missed ?? state.at },
      ]
    }),
  )
  const primary = primaryOf(watch)
  if (primary !== null) {
    const same = past.primary?.node === primary
    return {
      nodes,
      primary: { node: primary, since: same ? past.primary!.since : past.primary ? at : null, seen: at },
      before: same || !past.primary ? past.before : { node: past.primary.node, seen: past.primary.seen },
      lost: null,
      free: null,
    }
  }
  return {
    nodes,
    primary: past.primary,
    before: past.before,
    lost: past.lost ?? at,
    free: leaseHolderOf(watch) === null ? (past.free ?? at) : null,
  }
}

/** What the stored events tell a page that was just opened. Events oldest first, as the timeline gives them. */
export function recollectionFrom(events: readonly TimelineEvent[]): Recollection {
  let past = nothingSeen
  for (const { kind, node, at } of events) {
    const known = node === null ? undefined : past.nodes[node]
    if (kind === 'node-away' && node !== null)
      past = { ...past, nodes: { ...past.nodes, [node]: { answered: known?.answered ?? at, missed: at } } }
    if ((kind === 'node-back' || kind === 'node-rebooted') && node !== null)
      past = { ...past, nodes: { ...past.nodes, [node]: { answered: at, missed: null } } }
    if (kind === 'primary-lost') {
      const primary = node === null ? past.primary : { node, since: past.primary?.since ?? null, seen: at }
      past = { ...past, lost: at, primary: primary && { ...primary, seen: at } }
    }
    if ((kind === 'primary-changed' || kind === 'primary-back') && node !== null) {
      const before =
        past.primary && past.primary.node !== node ? { node: past.primary.node, seen: past.primary.seen } : past.before
      past = { ...past, before, primary: { node, since: at, seen: at }, lost: null, free: null }
    }
  }
  return past
}

/**
 * What a page saw itself, mended by what is stored: a tab that slept has seen less, and took the first look after it woke
 * for the moment of the change.
 */
export function settled(seen: Recollection, stored: Recollection): Recollection {
  const same = seen.primary !== null && seen.primary.node === stored.primary?.node
  return {
    ...seen,
    primary: same ? { ...seen.primary!, since: stored.primary!.since ?? seen.primary!.since } : seen.primary,
    before: same ? lastSight(seen.before, stored.before) : seen.before,
    lost: seen.lost && stored.lost && stored.lost < seen.lost ? stored.lost : seen.lost,
  }
}

/** Seconds by which the stored loss of a primary may come late: it is told after two looks, once HAProxy misses it too. */
const toldLate = 40

/** A page that was awake knows better than the timeline when the old primary was last seen; one that slept does not. */
function lastSight(seen: Recollection['before'], stored: Recollection['before']): Recollection['before'] {
  if (seen === null || stored === null || seen.node !== stored.node) return stored ?? seen
  const late = (Date.parse(stored.seen) - Date.parse(seen.seen)) / 1000
  return late > 0 && late <= toldLate ? seen : stored
}
