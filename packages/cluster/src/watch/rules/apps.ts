/** Rules about apps: whether they answer, keep running, and run the release that serves. */
import { fraction, none, type Rule } from './rule.ts'

export const apps = {
  'app-down': {
    title: 'App down',
    level: 'critical',
    holds: 15,
    sees: 'cluster',
    means: 'An app is deployed and no node of it passes its health check: its domains answer 503.',
    thresholds: none,
  },
  'deploy-failed': {
    title: 'Deploy failed',
    level: 'warning',
    holds: 0,
    sees: 'cluster',
    means: 'The last deploy, rollback or restart of an app failed. What served before still serves.',
    thresholds: none,
  },
  'app-restarts': {
    title: 'App keeps restarting',
    level: 'warning',
    holds: 0,
    sees: 'apps',
    means: 'A process of an app ends again and again on a node, and systemd starts it again.',
    thresholds: { restarts: { label: 'Restarts in 10 min', unit: 'count', value: 4, least: 1, most: 1000 } },
  },
  'app-memory': {
    title: 'App at its memory limit',
    level: 'warning',
    holds: 60,
    sees: 'apps',
    means: 'A process of an app uses nearly all memory that it may have, or was ended by the kernel because of it.',
    thresholds: { used: fraction('Used of its limit', 0.9) },
  },
  'app-behind': {
    title: 'Release behind',
    level: 'warning',
    holds: 60,
    sees: 'cluster',
    means: 'A node does not run the release of an app that serves, or a load balancer sends requests to an older one.',
    thresholds: none,
  },
} as const satisfies Record<string, Rule>
