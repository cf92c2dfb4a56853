/** Rules about PostgreSQL: whether it can be written, is copied, and is backed up. */
import { fraction, none, type Rule } from './rule.ts'

const MB = 1e6
const TB = 1e12

export const database = {
  'no-primary': {
    title: 'No primary',
    level: 'critical',
    holds: 45,
    sees: 'cluster',
    means: 'No copy of the database is the primary, so nothing can be written; a failover is over before this fires.',
    thresholds: none,
  },
  'read-only': {
    title: 'Database read-only',
    level: 'critical',
    holds: 30,
    sees: 'cluster',
    means: 'PostgreSQL answers questions and refuses every write.',
    thresholds: none,
  },
  'replica-missing': {
    title: 'Replica missing',
    level: 'warning',
    holds: 90,
    sees: 'cluster',
    means: 'A node should carry a copy of the database and does not follow the primary.',
    thresholds: none,
  },
  'replica-lag': {
    title: 'Replica lags',
    level: 'warning',
    holds: 60,
    sees: 'cluster',
    means: 'A replica is behind: it may serve old rows, and cannot become the primary without losing the newest.',
    thresholds: {
      bytes: { label: 'Behind by', unit: 'bytes', value: 16 * MB, least: 0.1 * MB, most: TB },
      seconds: { label: 'Or by', unit: 'seconds', value: 60, least: 1, most: 86_400 },
    },
  },
  'failover-paused': {
    title: 'Failover is paused',
    level: 'warning',
    holds: 600,
    sees: 'patroni',
    means: 'Patroni was told to leave everything as it is: if the primary dies, nobody takes over.',
    thresholds: none,
  },
  'slot-retains-wal': {
    title: 'Slot holds WAL back',
    level: 'warning',
    holds: 60,
    sees: 'postgres',
    means: 'PostgreSQL keeps its journal for somebody who does not fetch it, and the disk fills.',
    thresholds: {
      bytes: { label: 'Held back', unit: 'bytes', value: 500 * MB, least: MB, most: TB },
    },
  },
  'connections-near-max': {
    title: 'Connections nearly used up',
    level: 'warning',
    holds: 30,
    sees: 'postgres',
    means: 'New clients wait, and after 20 s are refused, when all connections that clients can have are taken.',
    thresholds: { warning: fraction('Warning from', 0.85), critical: fraction('Critical from', 0.95) },
  },
  'long-transaction': {
    title: 'Long transaction',
    level: 'warning',
    holds: 0,
    sees: 'postgres',
    means: 'A transaction is open for long: dead rows cannot be cleaned up, and its locks make others wait.',
    thresholds: { seconds: { label: 'Open for', unit: 'seconds', value: 900, least: 5, most: 7 * 86_400 } },
  },
  'kept-data': {
    title: 'Data of an old primary kept',
    level: 'warning',
    holds: 0,
    sees: 'machine',
    means:
      'An old primary could not be rewound. Its data are kept, because writes that no other node has may be only there.',
    thresholds: none,
  },
  'backup-too-old': {
    title: 'Backup too old',
    level: 'warning',
    holds: 600,
    sees: 'cluster',
    means: 'The last good backup is older than the schedule allows, or the repository or the archiving to it fails.',
    thresholds: none,
  },
} as const satisfies Record<string, Rule>
