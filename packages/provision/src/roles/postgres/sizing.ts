/** PostgreSQL's memory and disk settings, computed from what the node has. The one place where they stand. */
import { databaseConnections } from '@bramble/cluster'
import { command } from '../../engine/command.ts'
import type { Facts } from '../../engine/types.ts'

const MiB = 1024 ** 2
const GiB = 1024 ** 3

/** Whole size of the disk that holds the data; it does not move as the disk fills. */
export const diskSize = command(['df', '--block-size=1', '--output=size', '/var/lib'])

/** Bytes. */
export const sizeOfDisk = (facts: Facts): number =>
  Number(facts.of(diskSize).stdout.trim().split('\n').at(-1)) || 8 * GiB

/** Bytes of write-ahead log that may wait for the repository of backups. */
export const archiveQueue = (disk: number): number => clamp(disk * 0.1, 512 * MiB, 8 * GiB, 256 * MiB)

/** Settings that every node of a cluster must share: the smallest Pi decides. Patroni keeps them in its store. */
export const sharedParameters = {
  max_connections: databaseConnections.all,
  max_worker_processes: 8,
  max_wal_senders: 10,
  max_replication_slots: 10,
  max_prepared_transactions: 0,
  max_locks_per_transaction: 64,
  track_commit_timestamp: 'off',
  wal_level: 'replica',
  wal_log_hints: 'on',
} as const

/** Parameters for a node with `memory` bytes of RAM and a data disk of `disk` bytes in all. */
export function sizing(memory: number, disk: number): Record<string, string> {
  const small = memory < 1.5 * GiB
  // A 1 GB Pi also carries etcd, Patroni and perhaps the balancer: a larger share starves the page cache.
  const shared = clamp(memory * (small ? 0.15 : 0.25), 64 * MiB, 4 * GiB, 16 * MiB)
  const wal = disk < 16 * GiB ? 512 * MiB : GiB
  return {
    shared_buffers: mega(shared),
    effective_cache_size: mega(clamp(memory * 0.5, 128 * MiB, 64 * GiB, 64 * MiB)),
    work_mem: mega(clamp(memory / 256, 4 * MiB, 32 * MiB, 4 * MiB)),
    maintenance_work_mem: mega(clamp(memory / 16, 32 * MiB, 512 * MiB, 16 * MiB)),
    max_wal_size: mega(wal),
    min_wal_size: mega(wal / 4),
    // A replica that never returns must not fill the card of the primary.
    max_slot_wal_keep_size: mega(clamp(disk * 0.1, wal, 8 * GiB, 256 * MiB)),
    wal_keep_size: mega(wal / 4),
    max_parallel_workers_per_gather: small ? '0' : '2',
    autovacuum_max_workers: small ? '2' : '3',
  }
}

function clamp(value: number, low: number, high: number, step: number): number {
  return Math.min(high, Math.max(low, Math.floor(value / step) * step))
}

function mega(bytes: number): string {
  return `${Math.round(bytes / MiB)}MB`
}
