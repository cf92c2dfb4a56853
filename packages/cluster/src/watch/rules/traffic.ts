/** Rules about the way in: the virtual IP, HAProxy and the site. */
import { fraction, none, type Rule } from './rule.ts'

export const traffic = {
  'vip-nowhere': {
    title: 'Virtual IP on nobody',
    level: 'critical',
    holds: 15,
    sees: 'cluster',
    means: 'No balancer carries the virtual IP: the cluster cannot be reached at its address.',
    thresholds: none,
  },
  'vip-twice': {
    title: 'Virtual IP on two nodes',
    level: 'critical',
    holds: 15,
    sees: 'cluster',
    means: 'Two nodes claim the virtual IP at once, and visitors reach one or the other by chance.',
    thresholds: none,
  },
  'backend-down': {
    title: 'Backend without a server',
    level: 'critical',
    holds: 15,
    sees: 'haproxy',
    means: 'HAProxy has no server left for the site or for the database.',
    thresholds: none,
  },
  'server-down': {
    title: 'Server down',
    level: 'warning',
    holds: 30,
    sees: 'cluster',
    means: 'HAProxy left one server out because it fails its health check; the others serve.',
    thresholds: none,
  },
  'site-errors': {
    title: 'Site answers with errors',
    level: 'warning',
    holds: 30,
    sees: 'haproxy',
    means: 'Of the answers of the site, many are errors of the server (5xx).',
    thresholds: {
      share: fraction('Share of all answers', 0.05),
      rate: { label: 'And at least', unit: 'per-second', value: 0.2, least: 0, most: 1000 },
    },
  },
} as const satisfies Record<string, Rule>
