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
    means: 'There is no primary, so writes fail. A normal failover finishes before this fires.',
    thresholds: none,
  },
  'read-only': {
    title: 'Database read-only',
    level: 'critical',
    holds: 30,
    sees: 'cluster',
    means: 'PostgreSQL serves reads and rejects every write.',
    thresholds: none,
  },
  'replica-missing': {
    title: 'Replica missing',
    level: 'warning',
    holds: 90,
    sees: 'cluster',
    means: 'A node with the role postgres is not replicating from the primary.',
    thresholds: none,
  },
  'replica-lag': {
    title: 'Replica lag',
    level: 'warning',
    holds: 60,
    sees: 'cluster',
    means: 'A replica is behind: it may serve old rows, and newer ones would be lost if it took over.',
    thresholds: {
      bytes: { label: 'Behind by', unit: 'bytes', value: 16 * MB, least: 0.1 * MB, most: TB },
      seconds: { label: 'Or by', unit: 'seconds', value: 60, least: 1, most: 86_400 },
    },
  },
  'failover-paused': {
    title: 'Failover paused',
    level: 'warning',
    holds: 600,
    sees: 'patroni',
    means: 'Patroni is paused: if the primary fails, no replica takes over.',
    thresholds: none,
  },
  'slot-retains-wal': {
    title: 'WAL retained by a slot',
    level: 'warning',
    holds: 60,
    sees: 'postgres',
    means: 'PostgreSQL retains WAL for a replica that does not fetch it, and the disk fills.',
    thresholds: {
      bytes: { label: 'Retained', unit: 'bytes', value: 500 * MB, least: MB, most: TB },
    },
  },
  'connections-near-max': {
    title: 'Connections nearly used up',
    level: 'warning',
    holds: 30,
    sees: 'postgres',
    means: 'When all client connections are in use, new clients wait and are refused after 20 s.',
    thresholds: { warning: fraction('Warning from', 0.85), critical: fraction('Critical from', 0.95) },
  },
  'long-transaction': {
    title: 'Long transaction',
    level: 'warning',
    holds: 0,
    sees: 'postgres',
    means: 'A transaction has been open for a long time: vacuum cannot remove dead rows, and its locks block others.',
    thresholds: { seconds: { label: 'Open for', unit: 'seconds', value: 900, least: 5, most: 7 * 86_400 } },
  },
  'kept-data': {
    title: 'Data of an old primary kept',
    level: 'warning',
    holds: 0,
    sees: 'machine',
    means:
      'An old primary could not be rewound. Its data is kept, because it may contain writes that no other node has.',
    thresholds: none,
  },
  'backup-too-old': {
    title: 'Backup too old',
    level: 'warning',
    holds: 600,
    sees: 'cluster',
    means:
      'The last valid backup is older than the schedule allows, the repository cannot be read, or archiving fails.',
    thresholds: none,
  },
} as const satisfies Record<string, Rule>
