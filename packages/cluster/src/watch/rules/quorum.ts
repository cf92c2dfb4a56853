/** Rules about etcd: whether a primary can still be elected. */
import { none, type Rule } from './rule.ts'

export const quorum = {
  'quorum-lost': {
    title: 'Quorum lost',
    level: 'critical',
    holds: 15,
    sees: 'cluster',
    means: 'Fewer etcd members are online than required: no primary can be elected.',
    thresholds: none,
  },
  'quorum-at-risk': {
    title: 'Quorum at risk',
    level: 'warning',
    holds: 30,
    sees: 'cluster',
    means: 'If one more etcd member fails, no primary can be elected.',
    thresholds: none,
  },
  'etcd-alarm': {
    title: 'etcd alarm',
    level: 'critical',
    holds: 15,
    sees: 'etcd',
    means: 'etcd reports that its database is full or corrupt; it then rejects writes.',
    thresholds: none,
  },
} as const satisfies Record<string, Rule>
