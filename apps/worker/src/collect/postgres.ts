/** PostgreSQL's own statistics: what it does, who waits, how far the replicas are. */
import type { PostgresState, Sample } from '@bramble/cluster'
import { z } from 'zod'
import { type Asked, atMost, measured, rates } from './reading.ts'
import { withoutLiterals } from './statement.ts'

const Words = z.string().max(2_000)
const Count = z.number().nullable()

/** Asked once a minute. */
export const PostgresHeavy = z.object({
  databases: z.array(z.object({ name: Words, size: z.number() })).max(1_000),
  rows: z.object({ live: Count, dead: Count }),
  tables: z
    .array(z.object({ name: Words, size: Count, rows: Count, deadRows: Count, vacuumedAt: Words.nullable() }))
    .max(100),
  /** Null: there is no pg_stat_statements in the database. */
  statements: z
    .array(
      z.object({
        query: Words.nullable(),
        calls: z.number(),
        totalMs: z.number(),
        meanMs: z.number(),
        rows: z.number(),
      }),
    )
    .max(100)
    .nullable(),
})
export type PostgresHeavy = z.infer<typeof PostgresHeavy>

export const Postgres = z.object({
  version: z.string().max(100),
  recovery: z.boolean(),
  readOnly: z.boolean(),
  started: z.string().max(100),
  max: z.number(),
  /** Bytes of WAL written, or on a replica received, since the beginning of time. */
  wal: Count,
  /** On a replica that has a connection to its primary: how far that one is, and this one, in the same bytes. */
  receiver: z.object({ state: Words, sent: Count, replayed: Count, age: Count }).nullable(),
  totals: z.object({
    commits: Count,
    rollbacks: Count,
    read: Count,
    inserted: Count,
    updated: Count,
    deleted: Count,
    hit: Count,
    blocks: Count,
    temp: Count,
    deadlocks: Count,
  }),
  checkpoints: z.object({ timed: Count, requested: Count, ms: Count }),
  sessions: z.object({
    total: z.number(),
    active: z.number(),
    idle: z.number(),
    idleInTransaction: z.number(),
    waiting: z.number(),
    own: z.int().optional(),
  }),
  reserved: z.int().optional(),
  longest: z.object({ seconds: z.number(), user: Words, state: Words, query: Words }).nullable(),
  locks: z.number(),
  blocked: z
    .array(z.object({ pid: z.int(), by: z.array(z.int()).max(1_000), query: Words.nullable(), seconds: Count }))
    .max(100),
  replication: z
    .array(z.object({ name: Words, address: Words, state: Words, sync: Words, lag: Count, age: Count }))
    .max(100),
  slots: z.array(z.object({ name: Words, active: z.boolean(), retained: Count })).max(100),
  archiver: z.object({ archived: Words.nullable(), failed: Words.nullable() }).nullish(),
})
export type Postgres = z.infer<typeof Postgres>

export function collectPostgres(
  asked: Asked<Postgres>,
  heavy: PostgresHeavy | null,
): { state: PostgresState; samples: Sample[] } {
  const { node, now } = asked
  const { sessions, ...said } = now.value
  const lag = replicaLag(said.receiver)
  const slots = said.slots.map(({ retained, ...slot }) => ({ ...slot, retained: Math.max(0, retained ?? 0) }))
  const state: PostgresState = {
    version: said.version.split(' ')[0] ?? '',
    inRecovery: said.recovery,
    readOnly: said.readOnly,
    startedAt: isoTime(said.started) ?? '',
    connections: {
      active: sessions.active,
      idle: sessions.idle,
      idleInTransaction: sessions.idleInTransaction,
      waiting: sessions.waiting,
      other: Math.max(
        0,
        sessions.total - sessions.active - sessions.idle - sessions.idleInTransaction - sessions.waiting,
      ),
      max: said.max,
      ...(said.reserved === undefined ? {} : { reserved: said.reserved }),
      ...(sessions.own === undefined ? {} : { own: sessions.own }),
    },
    longest: said.longest ? { ...said.longest, query: shown(said.longest.query) } : null,
    replication: said.replication.map(({ lag: bytes, age, ...replica }) => ({
      ...replica,
      lagBytes: Math.max(0, bytes ?? 0),
      lagSeconds: age,
    })),
    slots,
    archiver: said.archiver
      ? { archivedAt: isoTime(said.archiver.archived), failedAt: isoTime(said.archiver.failed) }
      : null,
    databases: heavy?.databases ?? [],
    tables: (heavy?.tables ?? []).map((table) => ({
      name: table.name,
      size: table.size ?? 0,
      rows: table.rows ?? 0,
      deadRows: table.deadRows ?? 0,
      vacuumedAt: isoTime(table.vacuumedAt),
    })),
    statements: heavy?.statements?.map((statement) => ({ ...statement, query: shown(statement.query) })) ?? null,
    blocked: said.blocked.map(({ query, seconds, ...session }) => ({
      ...session,
      seconds: Math.max(0, seconds ?? 0),
      query: shown(query),
    })),
  }
  return { state, samples: [{ kind: 'postgres', node, name: '', values: values(asked, state, lag, heavy) }] }
}

function values(asked: Asked<Postgres>, state: PostgresState, lag: Lag, heavy: PostgresHeavy | null) {
  const { sessions, locks, max } = asked.now.value
  const rate = rates(asked)
  const hit = rate(({ totals }) => totals.hit)
  const read = rate(({ totals }) => totals.blocks)
  const { live, dead } = heavy?.rows ?? { live: null, dead: null }
  const rows = (live ?? 0) + (dead ?? 0)
  const checkpointMs = rate(({ checkpoints }) => checkpoints.ms)
  return measured({
    commits: rate(({ totals }) => totals.commits),
    rollbacks: rate(({ totals }) => totals.rollbacks),
    rowsRead: rate(({ totals }) => totals.read),
    rowsInserted: rate(({ totals }) => totals.inserted),
    rowsUpdated: rate(({ totals }) => totals.updated),
    rowsDeleted: rate(({ totals }) => totals.deleted),
    // Of nothing no part was found in memory.
    cacheHit: hit !== undefined && read !== undefined && hit + read > 0 ? hit / (hit + read) : null,
    blocksRead: read,
    tempBytes: rate(({ totals }) => totals.temp),
    connections: sessions.total,
    maxConnections: max,
    active: sessions.active,
    idleInTransaction: sessions.idleInTransaction,
    waitingForLock: sessions.waiting,
    longestTransaction: state.longest ? Math.max(0, state.longest.seconds) : 0,
    locks,
    deadlocks: rate(({ totals }) => totals.deadlocks),
    walRate: rate(({ wal }) => wal),
    checkpointsTimed: rate(({ checkpoints }) => checkpoints.timed),
    checkpointsRequested: rate(({ checkpoints }) => checkpoints.requested),
    checkpointWrite: atMost(1, checkpointMs === undefined ? undefined : checkpointMs / 1000),
    lagBytes: lag?.bytes,
    lagSeconds: lag?.seconds,
    slotRetained: state.slots.length > 0 ? Math.max(...state.slots.map(({ retained }) => retained)) : null,
    databaseSize: heavy ? heavy.databases.reduce((sum, { size }) => sum + size, 0) : null,
    deadRows: rows > 0 ? (dead ?? 0) / rows : null,
  })
}

type Lag = { bytes: number; seconds: number | null } | null

/** Without a connection to the primary nobody on the replica knows how far that one is. */
function replicaLag(receiver: Postgres['receiver']): Lag {
  if (receiver?.sent == null || receiver.replayed == null) return null
  const bytes = Math.max(0, receiver.sent - receiver.replayed)
  // Replaying the last transaction long ago is no lag when there was none since.
  return { bytes, seconds: bytes === 0 ? 0 : receiver.age }
}

/** Who sets a password in SQL has it in the text of the statement. */
const shown = (query: string | null): string =>
  query === null
    ? ''
    : /password|identified\s+by|\bsecret\b/i.test(query)
      ? 'hidden: its text may hold a password'
      : withoutLiterals(query)

/** ISO time of PostgreSQL's own form. */
function isoTime(text: string | null): string | null {
  const at = text === null ? Number.NaN : Date.parse(text)
  return Number.isNaN(at) ? null : new Date(at).toISOString()
}
