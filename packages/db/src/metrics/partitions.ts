/** The partitions of the samples: made ahead, made on demand, dropped when all in them is older than it is kept. */
import type pg from 'pg'
import type { Transaction } from '../store/active.ts'
import { pool, transaction } from '../store/connection.ts'
import { raw, type Tier, tiers } from './tiers.ts'

const partitionsLock = 'bramble-partitions'
const keeperLock = 'bramble-history'

/** Events are kept as long as the coarsest samples. */
const keepEvents = '366 days'

/** `history.sample_raw_2026112606`: the table and the UTC hour at which it starts. */
function partitionOf(tier: Tier, at: Date): { name: string; from: Date; to: Date } {
  const window = tier.window * 1000
  const from = new Date(Math.floor(at.getTime() / window) * window)
  const stamp = from.toISOString().slice(0, 13).replace(/\D/g, '')
  return { name: `${tier.table}_${stamp}`, from, to: new Date(from.getTime() + window) }
}

/** Makes the partitions that hold these times, where they are missing. */
export async function ensurePartitions(tier: Tier, times: readonly Date[]): Promise<void> {
  await transaction((client) => makePartitions(client, tier, times))
}

/** As `ensurePartitions`, in the caller's transaction. */
export async function makePartitions(client: pg.ClientBase, tier: Tier, times: readonly Date[]): Promise<void> {
  const wanted = new Map(times.map((at) => partitionOf(tier, at)).map((partition) => [partition.name, partition]))
  const there = new Set(await partitionNames(client, tier))
  for (const { name, from, to } of wanted.values()) {
    if (there.has(name)) continue
    // Two that make the same table at once would both find it missing.
    await client.query('select pg_advisory_xact_lock(hashtext($1))', [partitionsLock])
    await client.query(
      `create table if not exists ${name} partition of ${tier.table}
       for values from ('${from.toISOString()}') to ('${to.toISOString()}')`,
    )
  }
}

async function partitionNames(client: pg.ClientBase, tier: Tier): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select 'history.' || relname as name from pg_inherits join pg_class on pg_class.oid = inhrelid
     where inhparent = $1::regclass order by relname`,
    [tier.table],
  )
  return rows.map(({ name }) => name)
}

/** When a partition starts, by its name. */
function startOf(name: string): Date {
  const [, year, month, day, hour] = /_(\d{4})(\d\d)(\d\d)(\d\d)$/.exec(name) ?? []
  return new Date(Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour)))
}

/** Start of the oldest partition; null: there is none. */
export async function oldestStart(client: pg.ClientBase, tier: Tier): Promise<Date | null> {
  const [first] = await partitionNames(client, tier)
  return first === undefined ? null : startOf(first)
}

/**
 * Makes the partitions of now and of the time to come, drops those that are past their time, and deletes what removed
 * clusters and nodes have left. One worker at a time; another one's call returns at once.
 */
export async function keepPartitions(now = new Date()): Promise<void> {
  await asKeeper(async (client) => {
    for (const tier of tiers) {
      await ensurePartitions(tier, [now, new Date(now.getTime() + tier.window * 1000)])
      for (const name of await partitionNames(client, tier))
        if (startOf(name).getTime() + (tier.window + tier.keep) * 1000 <= now.getTime()) await dropPartition(name)
    }
    await client.query(`delete from timeline_event where at < $1::timestamptz - interval '${keepEvents}'`, [now])
    await client.query(
      `delete from node_state where not exists (
         select from node where node.cluster_id = node_state.cluster_id and node.name = node_state.node)`,
    )
    await deleteForgotten(client)
  })
}

/** A reader that takes long must not make every other one wait behind this: then it is dropped a minute later. */
async function dropPartition(name: string): Promise<void> {
  await transaction(async (client) => {
    await client.query(`set local lock_timeout = '3s'`)
    await client.query(`drop table ${name}`)
  }).catch((error: { code?: string }) => {
    if (error.code !== '55P03') throw error
  })
}

/** A month of samples is too much to delete while somebody waits: without their subjects nobody reads them any more. */
export async function forgetSamples(tx: Transaction, clusterId: string): Promise<void> {
  await tx.$executeRaw`insert into history.forgotten (subject)
    select id from watch_subject where cluster_id = ${clusterId}::uuid`
}

async function deleteForgotten(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ subject: number }>('select subject from history.forgotten')
  if (rows.length === 0) return
  const subjects = [rows.map(({ subject }) => subject)]
  for (const tier of tiers)
    for (const name of await partitionNames(client, tier))
      await client.query(`delete from ${name} where subject = any($1)`, subjects)
  await client.query('delete from history.forgotten where subject = any($1)', subjects)
}

/** Runs `work` unless another process is at it. */
export async function asKeeper(work: (client: pg.PoolClient) => Promise<void>): Promise<void> {
  const client = await pool().connect()
  let broken: Error | undefined
  try {
    const { rows } = await client.query<{ held: boolean }>('select pg_try_advisory_lock(hashtext($1)) as held', [
      keeperLock,
    ])
    if (!rows[0]?.held) return
    try {
      await work(client)
    } finally {
      await client.query('select pg_advisory_unlock(hashtext($1))', [keeperLock]).catch((lost: Error) => {
        // Closing the connection gives the lock back too.
        broken = lost
      })
    }
  } finally {
    client.release(broken)
  }
}

/** Samples older than this are past their time as soon as they come. */
export function rawKeptSince(now: Date): Date {
  return new Date(now.getTime() - raw.keep * 1000)
}
