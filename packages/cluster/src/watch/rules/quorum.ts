/** Rules about etcd: whether a primary can still be elected. */
import { none, type Rule } from './rule.ts'

export const quorum = {
  'quorum-lost': {
    title: 'Quorum lost',
    level: 'critical',
    holds: 15,
    sees: 'cluster',
    means: 'Fewer etcd voters agree than are needed: no primary can be elected.',
    thresholds: none,
  },
  'quorum-at-risk': {
    title: 'Quorum at risk',
    level: 'warning',
    holds: 30,
    sees: 'cluster',
    means: 'One more etcd voter lost, and no primary can be elected.',
    thresholds: none,
  },
  'etcd-alarm': {
    title: 'etcd raised an alarm',
    level: 'critical',
    holds: 15,
    sees: 'etcd',
    means: 'etcd itself says that its store is full or damaged; it then refuses writes.',
    thresholds: none,
  },
} as const satisfies Record<string, Rule>
