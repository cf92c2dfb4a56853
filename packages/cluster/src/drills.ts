/** Drills: faults on purpose, on the user's own cluster, with an undo that comes by itself. */
import { z } from 'zod'
import { type ClusterSpec, Preset, presets, type Role } from './spec.ts'

/**
 * `primary-*`: PostgreSQL of the primary is stopped, killed, frozen. `network-cut`: the primary reaches nobody.
 * The others take a balancer, a web node, an etcd member away, fill the primary's card, or set its clock wrong.
 */
export const DrillClass = z.enum([
  'primary-stop',
  'primary-kill',
  'primary-freeze',
  'network-cut',
  'balancer-lost',
  'web-lost',
  'etcd-lost',
  'card-full',
  'clock-skew',
])
export type DrillClass = z.infer<typeof DrillClass>

export const Drill = z.strictObject({ class: DrillClass })
export type Drill = z.infer<typeof Drill>

/**
 * `held`: everything came back in the time that it may take, nothing acknowledged was lost. `slow`: later than that.
 * `lost`: acknowledged writes are missing. `not-whole`: something is still away. `broken-off`: it was not measured.
 */
export const DrillVerdict = z.enum(['held', 'slow', 'lost', 'not-whole', 'broken-off'])
export type DrillVerdict = z.infer<typeof DrillVerdict>

/** What a drill measured; kept for the trend. Seconds; null where nothing could be measured. */
export const DrillResult = z.object({
  class: DrillClass,
  node: z.string(),
  synchronous: z.boolean(),
  preset: Preset,
  verdict: DrillVerdict,
  /** ISO time of the fault; null when it was not known. */
  faultAt: z.string().nullable(),
  /** The longest time without an acknowledged write, and without a page. */
  writeOutage: z.number().nullable(),
  siteOutage: z.number().nullable(),
  acknowledged: z.int(),
  lost: z.int().nullable(),
  failedWrites: z.int(),
  requests: z.int(),
  failedRequests: z.int(),
  /** From the fault until every node, copy and voter was back. */
  secondsToWhole: z.number().nullable(),
  message: z.string(),
})
export type DrillResult = z.infer<typeof DrillResult>

/** What a drill takes away, so what there must be a second of. */
export const drillRoles: Record<DrillClass, readonly Role[]> = {
  'primary-stop': ['postgres'],
  'primary-kill': ['postgres'],
  'primary-freeze': ['postgres'],
  'network-cut': ['postgres', 'etcd', 'balancer', 'web'],
  'balancer-lost': ['balancer'],
  'web-lost': ['web'],
  'etcd-lost': ['etcd'],
  'card-full': ['postgres', 'etcd'],
  'clock-skew': ['postgres', 'etcd'],
}

/** Seconds that a fault lasts before its undo comes by itself: long enough for another node to take over. */
export function drillSeconds({ preset }: Pick<ClusterSpec, 'preset'>, kind: DrillClass): number {
  const { ttl, loopWait } = presets[preset]
  return ['balancer-lost', 'web-lost', 'primary-kill'].includes(kind) ? 40 : ttl + 2 * loopWait + 15
}

/** Seconds that clients may be without an answer; a drill that takes longer is `slow`. */
export function drillLimit({ preset }: Pick<ClusterSpec, 'preset'>, kind: DrillClass): number {
  const { ttl, loopWait } = presets[preset]
  switch (kind) {
    case 'primary-freeze':
    case 'network-cut':
    case 'card-full':
      return ttl + 2 * loopWait
    case 'primary-stop':
    case 'primary-kill':
      return 10 + loopWait
    case 'balancer-lost':
    case 'web-lost':
      return 10
    case 'etcd-lost':
    case 'clock-skew':
      return 5
  }
}
