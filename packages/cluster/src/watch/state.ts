/** What was last learned of a node, beside the figures: who is what, and what stands in the way. */
import { z } from 'zod'
import { TroubleWords } from '../flash/cards.ts'
import { Ipv4, NodeName } from '../names.ts'

const bytes = z.number().min(0)
const fraction = z.number().min(0).max(1)

export const MachineState = z.object({
  bootId: z.string(),
  /** Seconds. */
  uptime: z.number(),
  cpu: fraction.nullable(),
  cpus: z.int(),
  load1: z.number(),
  memoryUsed: fraction,
  memoryTotal: bytes,
  swapUsed: bytes,
  diskFree: bytes,
  diskTotal: bytes,
  /** °C; null: the machine has no sensor. */
  temperature: z.number().nullable(),
  /** From the board's firmware: now, and at any time since it booted. Null: no such board. */
  power: z
    .object({
      undervoltage: z.boolean(),
      throttled: z.boolean(),
      capped: z.boolean(),
      undervoltageSinceBoot: z.boolean(),
      throttledSinceBoot: z.boolean(),
    })
    .nullable(),
  /** Seconds that the node's clock is ahead of the worker's, within half a round trip. */
  clockOffset: z.number(),
  /** The node keeps its clock itself; null: it is not its business (a container). */
  clockSynced: z.boolean().nullable(),
  addresses: z.array(Ipv4),
  /** The card or disk that the system is on. */
  card: z.object({
    /** Errors that the kernel counted on it since the boot. */
    errors: z.int(),
    /** Part of its life that is used up, where the medium tells. */
    wear: fraction.nullable(),
    /** The kernel mounted it read-only after errors. */
    readOnly: z.boolean(),
  }),
  /** Packages; null: not known yet. */
  pendingUpgrades: z.int().nullable(),
  /** Names of those packages. */
  upgradable: z.array(z.string()).default([]),
  /** Those of them that fix security. */
  securityUpgrades: z.array(z.string()).default([]),
  rebootRequired: z.boolean(),
  /** Data that it had as the primary, kept when pg_rewind failed: since when (ISO time), bytes. Null: none. */
  keptData: z.object({ path: z.string(), at: z.string(), bytes }).nullable().default(null),
  /** ISO times from when and until when the node's own certificate is valid; null: it has none yet. */
  certificateFrom: z.string().nullable().default(null),
  certificateUntil: z.string().nullable(),
  /** systemd's word for each unit of its roles: active, failed, inactive … */
  units: z.record(z.string(), z.string()),
})
export type MachineState = z.infer<typeof MachineState>

export const PatroniState = z.object({
  role: z.enum(['primary', 'replica', 'unknown']),
  /** running, streaming, starting, stopped, creating replica … */
  state: z.string(),
  timeline: z.int().nullable(),
  /** Of a replica; null: unknown or not one. */
  lagBytes: bytes.nullable(),
  paused: z.boolean(),
  /** It is the synchronous replica. */
  sync: z.boolean(),
  pendingRestart: z.boolean(),
  /** Seconds since it last reached etcd. */
  storeSeen: z.number().nullable(),
  version: z.string(),
  /** The members as this one sees them. */
  members: z.array(
    z.object({
      name: z.string(),
      role: z.enum(['leader', 'replica', 'sync-standby', 'unknown']),
      state: z.string(),
      timeline: z.int().nullable(),
      lagBytes: bytes.nullable(),
    }),
  ),
})
export type PatroniState = z.infer<typeof PatroniState>

export const PostgresState = z.object({
  version: z.string(),
  inRecovery: z.boolean(),
  readOnly: z.boolean(),
  /** ISO time. */
  startedAt: z.string(),
  connections: z.object({
    active: z.int(),
    idle: z.int(),
    idleInTransaction: z.int(),
    waiting: z.int(),
    other: z.int(),
    max: z.int(),
    /** Kept for superusers and others by PostgreSQL; absent: unknown. */
    reserved: z.int().optional(),
    /** Taken by Bramble's own parts, which count above too; absent: unknown. */
    own: z.int().optional(),
  }),
  /** The oldest open transaction. */
  longest: z.object({ seconds: z.number(), user: z.string(), state: z.string(), query: z.string() }).nullable(),
  replication: z.array(
    z.object({
      name: z.string(),
      address: z.string(),
      state: z.string(),
      sync: z.string(),
      lagBytes: bytes,
      lagSeconds: z.number().nullable(),
    }),
  ),
  slots: z.array(z.object({ name: z.string(), active: z.boolean(), retained: bytes })),
  /** ISO times at which a file of the write-ahead log was handed over, and could not be. Null: nothing is archived. */
  archiver: z.object({ archivedAt: z.string().nullable(), failedAt: z.string().nullable() }).nullish(),
  databases: z.array(z.object({ name: z.string(), size: bytes })),
  /** The largest ones. */
  tables: z.array(
    z.object({
      name: z.string(),
      size: bytes,
      rows: z.number(),
      deadRows: z.number(),
      vacuumedAt: z.string().nullable(),
    }),
  ),
  /** The costliest, from pg_stat_statements; null: the extension is not there. */
  statements: z
    .array(
      z.object({ query: z.string(), calls: z.number(), totalMs: z.number(), meanMs: z.number(), rows: z.number() }),
    )
    .nullable(),
  /** Sessions that wait for another one's lock. */
  blocked: z.array(z.object({ pid: z.int(), by: z.array(z.int()), seconds: z.number(), query: z.string() })),
})
export type PostgresState = z.infer<typeof PostgresState>

export const EtcdState = z.object({
  healthy: z.boolean(),
  /** Why not; empty when healthy. */
  because: z.string(),
  leader: z.boolean(),
  hasLeader: z.boolean(),
  term: z.int().nullable(),
  /** Seconds; of the last minutes. */
  fsyncP99: z.number().nullable(),
  databaseSize: bytes.nullable(),
  version: z.string(),
  /** An alarm such as NOSPACE; empty: none. */
  alarms: z.array(z.string()),
})
export type EtcdState = z.infer<typeof EtcdState>

export const ServerState = z.object({
  backend: z.string(),
  server: z.string(),
  /** `up`, `down`: by its checks. `drain`, `maint`: by a person's word. `unchecked`: nobody asks it. */
  status: z.enum(['up', 'down', 'drain', 'maint', 'unchecked']),
  /** It is down, and drained by a person's word besides: nobody new comes when it is up again. */
  drained: z.literal(true).optional(),
  /** HAProxy's own words of the last check: `L7OK/200 in 2ms`. */
  check: z.string(),
  /** Seconds since the status changed. */
  since: z.number(),
  sessions: z.int(),
  /** How many sessions it may have at once. Absent: as many as come. */
  limit: z.int().optional(),
  weight: z.int(),
})
export type ServerState = z.infer<typeof ServerState>

export const HaproxyState = z.object({
  version: z.string(),
  uptime: z.number(),
  servers: z.array(ServerState),
  /** By service that does not answer while the other one does: why. */
  silent: z.partialRecord(z.enum(['web', 'postgres']), z.string()).optional(),
  /** By backend: clients that wait for a connection. Absent: nobody waits. */
  waiting: z.record(z.string(), z.int()).optional(),
  /** By app: servers that get requests, and servers that should and fail their check. Idle slots are neither. */
  apps: z.record(z.string(), z.object({ up: z.int(), down: z.int() })).optional(),
})
export type HaproxyState = z.infer<typeof HaproxyState>

/** An app on a node. */
export const AppOnNode = z.object({
  /** Bytes of all its processes. */
  memory: bytes.nullable(),
  /** Of the process nearest to its limit: bytes used, and the limit. Null: the kernel holds it to none. */
  nearest: z.object({ process: z.string(), used: bytes, limit: bytes }).nullable(),
  processes: z.int(),
  /** In the last 10 minutes, as far as they were watched. `killed`: because its memory was used up. */
  lately: z.object({ restarts: z.int(), killed: z.int() }),
})
export type AppOnNode = z.infer<typeof AppOnNode>

/** One look at one node. A part is null when the node has not that role, or when it did not answer: then `silent` says why. */
export const NodeState = z.object({
  node: NodeName,
  /** ISO time of the look. */
  at: z.string(),
  /** Null: it answered. */
  trouble: TroubleWords.nullable(),
  machine: MachineState.nullable(),
  patroni: PatroniState.nullable(),
  postgres: PostgresState.nullable(),
  etcd: EtcdState.nullable(),
  haproxy: HaproxyState.nullable(),
  /** The site on the node itself answers its health check; null: no web role. */
  web: z.object({ healthy: z.boolean(), because: z.string() }).nullable(),
  /** By app. Absent: nothing is known, or no apps run here. */
  apps: z.record(z.string(), AppOnNode).optional(),
  /** Per part that should answer and did not: why. */
  silent: z.partialRecord(z.enum(['machine', 'patroni', 'postgres', 'etcd', 'haproxy', 'web', 'apps']), z.string()),
})
export type NodeState = z.infer<typeof NodeState>

/** All that the watching knows of a cluster at one moment. */
export interface ClusterWatch {
  /** ISO time of the newest look; null: nobody has looked yet. */
  at: string | null
  states: NodeState[]
}
