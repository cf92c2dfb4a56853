/** Rules about Bramble itself. */
import { none, type Rule } from './rule.ts'

const GB = 1e9

export const bramble = {
  'run-failed': {
    title: 'Run failed',
    level: 'warning',
    holds: 0,
    sees: 'cluster',
    means: 'The last run that changes the cluster failed or did not finish.',
    thresholds: none,
  },
  'watching-stopped': {
    title: 'Monitoring stopped',
    level: 'critical',
    holds: 0,
    sees: 'cluster',
    means: 'No worker checks the cluster, so no alerts are sent; this alert is shown on the pages only.',
    thresholds: { seconds: { label: 'Last sample older than', unit: 'seconds', value: 30, least: 15, most: 3600 } },
  },
  'host-disk': {
    title: "Bramble's disk almost full",
    level: 'warning',
    holds: 60,
    sees: 'cluster',
    means:
      'When the disk of the data folder is full, the database of Bramble stops, and with it the dashboard and all alerts. It is raised once, in the cluster that was created first.',
    thresholds: {
      warning: { label: 'Warning below', unit: 'bytes', value: 2 * GB, least: 0.1 * GB, most: 1000 * GB },
      critical: { label: 'Critical below', unit: 'bytes', value: GB, least: 0.05 * GB, most: 1000 * GB },
    },
  },
} as const satisfies Record<string, Rule>
