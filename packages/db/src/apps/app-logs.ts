/**
 * The log of an app, followed by a worker as long as somebody looks at it. Its newest lines pass through here in numbered
 * batches; nothing stays when nobody looks any more.
 */
import { randomUUID } from 'node:crypto'
import { AppLogLine } from '@bramble/cluster'
import { changes } from '../store/changes.ts'
import { pool, prisma } from '../store/connection.ts'
import { queue } from '../store/queue.ts'
import { Refusal } from '../store/refusal.ts'
import { specOf, withNodes } from '../store/specs.ts'
import { json } from '../store/text.ts'
import { TroubleView } from '../store/trouble.ts'
import { findApp } from './app-specs.ts'

export interface AppLogBatch {
  number: number
  lines: AppLogLine[]
  /** Lines before these were left out: there were too many. */
  gap: boolean
}

/** Logs that are followed at the same time: each takes a process on every web node, and a place of a worker. */
const mostFollows = 8
/** Lines that are kept for who comes later. */
const keptLines = 2_000
/** Seconds after the last viewer left. */
const unseenSeconds = 30
const leaseSeconds = 20
const touchMs = 5_000
const mostBatches = 50

/**
 * Returns the id to follow it by. A subscription that ends by itself when nobody reads, so a GET may begin it and no audit
 * row is written. Refusal `cluster-unknown`, `app-unknown`, `logs-busy`.
 */
export async function openAppLog({ cluster, app }: { cluster: string; app: string }): Promise<string> {
  const row = await prisma().cluster.findUnique({ where: { name: cluster }, include: withNodes })
  if (!row) throw new Refusal('cluster-unknown', `There is no cluster ${cluster}.`, 'Reload the page.')
  findApp(specOf(row), app)
  const { rows } = await pool().query<{ id: string }>(
    `insert into app_log_follow (id, cluster_id, app)
     select $1, $2, $3 where exists (select from app_log_follow where cluster_id = $2 and app = $3)
       or (select count(*) from app_log_follow where seen_at > now() - make_interval(secs => $4)) < $5
     on conflict (cluster_id, app) do update set seen_at = now() returning id`,
    [randomUUID(), row.id, app, unseenSeconds, mostFollows],
  )
  const [follow] = rows
  if (!follow)
    throw new Refusal(
      'logs-busy',
      `The logs of ${mostFollows} apps are followed already.`,
      'Close the page of another app, then try again.',
    )
  await queueFollow(follow.id)
  return follow.id
}

/** Every batch that is still kept, then each new one, until `signal` aborts. A trouble of the worker is thrown as a Refusal. */
export async function* followAppLog(id: string, signal: AbortSignal): AsyncGenerator<AppLogBatch> {
  const touching = setInterval(() => void touch(id).catch(() => undefined), touchMs)
  try {
    await touch(id)
    let from = 0
    for await (const _ of changes([['bramble_app_log', id]], signal)) {
      for (;;) {
        const { rows } = await pool().query<{ number: number; lines: unknown }>(
          'select number, lines from app_log_batch where follow_id = $1 and number > $2 order by number limit $3',
          [id, from, mostBatches],
        )
        for (const { number, lines } of rows) {
          yield { number, lines: AppLogLine.array().parse(lines), gap: from > 0 && number > from + 1 }
          from = number
        }
        if (rows.length < mostBatches || signal.aborted) break
      }
      if (!(await refuseTrouble(id))) return
    }
  } finally {
    clearInterval(touching)
  }
}

/** False: nobody follows it any more. Refusal: what the worker says. */
async function refuseTrouble(id: string): Promise<boolean> {
  const row = await prisma().appLogFollow.findUnique({ where: { id }, select: { trouble: true } })
  const trouble = TroubleView.safeParse(row?.trouble).data
  if (trouble) throw new Refusal(trouble.code, trouble.message, trouble.cure)
  return row !== null
}

/** Somebody looks. A follow whose worker has ended gets another one. */
async function touch(id: string): Promise<void> {
  const { rows } = await pool().query<{ free: boolean }>(
    `update app_log_follow set seen_at = now() where id = $1
     returning trouble is null and (taken_until is null or taken_until < now()) as free`,
    [id],
  )
  if (rows[0]?.free) await queueFollow(id)
}

const queueFollow = (id: string) => queue().add({ kind: 'app-log', id }, `app-log-${id}`)

/** For the worker. Null: another one follows it, or nobody looks any more. What it brings begins anew. */
export async function claimAppLog(id: string, owner: string) {
  const { rows } = await pool().query<{ cluster: string; app: string }>(
    `update app_log_follow set owner = $2, taken_until = now() + make_interval(secs => $3), trouble = null
     where id = $1 and (taken_until is null or taken_until < now() or trouble is not null)
       and seen_at > now() - make_interval(secs => $4) returning cluster_id as cluster, app`,
    [id, owner, leaseSeconds, unseenSeconds],
  )
  const [row] = rows
  if (!row) return null
  await pool().query('delete from app_log_batch where follow_id = $1', [id])
  const cluster = await prisma().cluster.findUniqueOrThrow({ where: { id: row.cluster }, include: withNodes })
  return { clusterId: row.cluster, spec: specOf(cluster), app: row.app }
}

/** For the worker, every few seconds. False: it is to end, and what was followed is gone. */
export async function renewAppLog(id: string, owner: string): Promise<boolean> {
  await pool().query(
    `delete from app_log_follow where id = $1 and owner = $2 and seen_at < now() - make_interval(secs => $3)`,
    [id, owner, unseenSeconds],
  )
  const { rowCount } = await pool().query(
    `update app_log_follow set taken_until = now() + make_interval(secs => $3) where id = $1 and owner = $2`,
    [id, owner, leaseSeconds],
  )
  return rowCount === 1
}

/** Adds a batch; the oldest ones beyond 2000 lines go. */
export async function writeAppLog(id: string, owner: string, lines: readonly AppLogLine[]): Promise<void> {
  await pool().query(
    `with own as (
       update app_log_follow set last_batch = last_batch + 1 where id = $1 and owner = $2 returning id, last_batch),
     added as (
       insert into app_log_batch (follow_id, number, lines) select id, last_batch, $3::jsonb from own returning number),
     aged as (
       select number, sum(jsonb_array_length(lines)) over (order by number desc) as newer
       from app_log_batch where follow_id = $1)
     delete from app_log_batch using aged
     where follow_id = $1 and app_log_batch.number = aged.number and aged.newer > $4 - $5::int
       and jsonb_array_length(app_log_batch.lines) > 0
       and exists (select from added)`,
    [id, owner, json(lines), keptLines, lines.length],
  )
  await pool().query(`select pg_notify('bramble_app_log', $1)`, [id])
}

/** What the log had when the follow began is here: an empty batch says so, and stays. */
export const markNewest = (id: string, owner: string): Promise<void> => writeAppLog(id, owner, [])

export interface NewestWanted {
  /** At most so many of each node. */
  lines: number
  /** Only of this process. */
  process?: string | undefined
  /** How long to wait for the nodes. */
  ms: number
  signal: AbortSignal
}

/**
 * The newest lines, oldest first, once those of all nodes are here. `complete` false: some did not come in time.
 * Refusal: why the worker cannot read the log.
 */
export async function newestOfAppLog(
  id: string,
  { lines, process, ms, signal }: NewestWanted,
): Promise<{ lines: AppLogLine[]; complete: boolean }> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), ms)
  let batches: AppLogLine[][] = []
  let complete = false
  try {
    for await (const _ of changes([['bramble_app_log', id]], AbortSignal.any([signal, late.signal]))) {
      const { rows } = await pool().query<{ lines: unknown }>(
        'select lines from app_log_batch where follow_id = $1 order by number',
        [id],
      )
      batches = rows.map((row) => AppLogLine.array().parse(row.lines))
      await refuseTrouble(id)
      complete = batches.some((batch) => batch.length === 0)
      if (complete) break
    }
  } finally {
    clearTimeout(timer)
  }
  const chosen = batches.flat().filter((line) => process === undefined || line.process === process)
  return { lines: newest(chosen, lines), complete }
}

/** At most so many of each node, in the order of their times. */
function newest(lines: readonly AppLogLine[], each: number): AppLogLine[] {
  const taken = new Map<string, number>()
  const sorted = lines.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
  const kept = sorted.toReversed().filter(({ node }) => {
    const count = (taken.get(node) ?? 0) + 1
    taken.set(node, count)
    return count <= each
  })
  return kept.toReversed()
}

/** It cannot be followed; who looks is told why. Or, without trouble: this worker ends, and another may follow it. */
export async function leaveAppLog(id: string, owner: string, trouble: TroubleView | null): Promise<void> {
  await pool().query(
    `update app_log_follow set taken_until = null, owner = null, trouble = $3::jsonb where id = $1 and owner = $2`,
    [id, owner, trouble && json(trouble)],
  )
  await pool().query(`select pg_notify('bramble_app_log', $1)`, [id])
}

/** Takes away what nobody looks at, and no worker has taken away. */
export async function sweepAppLogs(): Promise<void> {
  await pool().query(`delete from app_log_follow where seen_at < now() - interval '2 minutes'`)
}
