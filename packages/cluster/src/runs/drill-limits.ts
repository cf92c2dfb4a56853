/** What each class of drill takes away, and for how long. */
import { presets } from '../roles.ts'
import type { ClusterSpec, Role } from '../spec.ts'

export const drillClasses = [
  'primary-stop',
  'primary-kill',
  'primary-freeze',
  'network-cut',
  'balancer-lost',
  'web-lost',
  'etcd-lost',
  'card-full',
  'clock-skew',
] as const
type DrillClass = (typeof drillClasses)[number]

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
