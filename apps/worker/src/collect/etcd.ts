/** The node's etcd member: its status and health each tick, a few of its metrics now and then. */
import type { EtcdState, Sample } from '@bramble/cluster'
import { z } from 'zod'
import { type Asked, flag, measured, type Reading, rates } from './reading.ts'

/** POST /v3/maintenance/status; large numbers come as text. */
export const EtcdStatus = z.object({
  member: z.string(),
  /** `0`: there is none. */
  leader: z.string(),
  term: z.string().nullish(),
  size: z.string().nullish(),
  version: z.string().max(50),
  errors: z.array(z.string().max(500)).max(50),
})
export type EtcdStatus = z.infer<typeof EtcdStatus>

export const EtcdHealth = z.object({ health: z.boolean(), reason: z.string().max(500) })
export type EtcdHealth = z.infer<typeof EtcdHealth>

const Histogram = z.record(z.string(), z.number())
export const EtcdFigures = z.object({
  fsync: Histogram,
  commit: Histogram,
  roundTrip: Histogram,
  leaderChanges: z.number().optional(),
  pending: z.number().optional(),
  failed: z.number().optional(),
})
export type EtcdFigures = z.infer<typeof EtcdFigures>

export interface EtcdBesides {
  health: EtcdHealth | null
  /** Oldest first, of the last minutes. */
  figures: readonly Reading<EtcdFigures>[]
}

/** Seconds over which the 99th percentiles are taken. */
export const figuresWindow = 180

export function collectEtcd(
  { node, now }: Asked<EtcdStatus>,
  { health, figures }: EtcdBesides,
): { state: EtcdState; samples: Sample[] } {
  const { member, leader, term, size, version, errors } = now.value
  const hasLeader = leader !== '0' && leader !== ''
  const healthy = hasLeader && (health?.health ?? false)
  const [first, last] = [figures[0], figures.at(-1)]
  const p99 = (of: (figures: EtcdFigures) => Record<string, number>) =>
    first && last && first !== last ? percentile(0.99, of(first.value), of(last.value)) : undefined
  const fsyncP99 = p99(({ fsync }) => fsync)
  const rate = rates({ now: last ?? { value: null, since: 0 }, before: figures.at(-2) ?? null })
  const state: EtcdState = {
    healthy,
    because: healthy ? '' : whyNot(hasLeader, health),
    leader: hasLeader && leader === member,
    hasLeader,
    term: term ? Number(term) : null,
    fsyncP99: fsyncP99 ?? null,
    databaseSize: size ? Number(size) : null,
    version,
    alarms: [...new Set(errors.flatMap((words) => /alarm:\s*(\w+)/.exec(words)?.[1] ?? []))],
  }
  const values = measured({
    healthy: flag(healthy),
    leader: flag(state.leader),
    term: state.term,
    leaderChanges: last?.value.leaderChanges,
    fsyncP99,
    commitP99: p99(({ commit }) => commit),
    roundTripP99: p99(({ roundTrip }) => roundTrip),
    databaseSize: state.databaseSize,
    proposalsPending: last?.value.pending,
    proposalsFailed: rate((then) => then?.failed),
  })
  return { state, samples: [{ kind: 'etcd', node, name: '', values }] }
}

function whyNot(hasLeader: boolean, health: EtcdHealth | null): string {
  if (!hasLeader) return 'it has no leader: not enough etcd members can reach each other'
  return `it cannot read with quorum${health?.reason ? ` (${health.reason})` : ''}`
}

/**
 * The value below which the part `share` of what was counted between two readings lies, as Prometheus' histogram_quantile
 * has it: even within a bucket. Undefined when nothing was counted, or the counters were reset.
 */
export function percentile(
  share: number,
  from: Readonly<Record<string, number>>,
  to: Readonly<Record<string, number>>,
): number | undefined {
  const buckets = Object.entries(to)
    .map(([bound, count]) => ({
      bound: bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound),
      count: count - (from[bound] ?? 0),
    }))
    .sort((a, b) => a.bound - b.bound)
  const total = buckets.at(-1)?.count ?? 0
  if (total <= 0 || buckets.some(({ count }) => count < 0)) return undefined
  const rank = share * total
  const at = buckets.findIndex(({ count }) => count >= rank)
  const below = buckets[at - 1] ?? { bound: 0, count: 0 }
  const found = buckets[at]!
  // Beyond the last bound nothing more is known.
  if (found.bound === Number.POSITIVE_INFINITY) return below.bound
  return below.bound + ((found.bound - below.bound) * (rank - below.count)) / (found.count - below.count)
}
