/** Rules about Bramble itself. */
import { none, type Rule } from './rule.ts'

export const bramble = {
  'run-failed': {
    title: 'Run failed',
    level: 'warning',
    holds: 0,
    sees: 'cluster',
    means: 'The last run that was to change the cluster did not reach its end.',
    thresholds: none,
  },
  'watching-stopped': {
    title: 'Nobody is watching',
    level: 'critical',
    holds: 0,
    sees: 'cluster',
    means: 'No worker has looked at the cluster, so no alert can come: it is shown on the pages only.',
    thresholds: { seconds: { label: 'Last look older than', unit: 'seconds', value: 30, least: 15, most: 3600 } },
  },
} as const satisfies Record<string, Rule>
