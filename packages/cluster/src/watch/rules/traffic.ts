/** Rules about the way in: the virtual IP, HAProxy and the site. */
import { fraction, none, type Rule } from './rule.ts'

export const traffic = {
  'vip-nowhere': {
    title: 'Virtual IP not held',
    level: 'critical',
    holds: 15,
    sees: 'cluster',
    means: 'No load balancer holds the virtual IP: the cluster is unreachable at its address.',
    thresholds: none,
  },
  'vip-twice': {
    title: 'Virtual IP on two nodes',
    level: 'critical',
    holds: 15,
    sees: 'cluster',
    means: 'Two nodes hold the virtual IP at once, and clients reach either at random.',
    thresholds: none,
  },
  'backend-down': {
    title: 'Backend without a server',
    level: 'critical',
    holds: 15,
    sees: 'haproxy',
    means: 'HAProxy has no server in service for the site or the database.',
    thresholds: none,
  },
  'server-down': {
    title: 'Server down',
    level: 'warning',
    holds: 30,
    sees: 'cluster',
    means: 'HAProxy took a server out of service because its health check fails; the others serve.',
    thresholds: none,
  },
  'site-errors': {
    title: 'Site returns errors',
    level: 'warning',
    holds: 30,
    sees: 'haproxy',
    means: 'Many responses of the site are server errors (5xx).',
    thresholds: {
      share: fraction('Share of all responses', 0.05),
      rate: { label: 'And at least', unit: 'per-second', value: 0.2, least: 0, most: 1000 },
    },
  },
} as const satisfies Record<string, Rule>
