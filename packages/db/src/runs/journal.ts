/** What a worker writes down about the run it holds. Everything is checked against the lease, in one transaction. */
import type { Plan, RunOutcome } from '@bramble/cluster'
import type pg from 'pg'
import { transaction } from '../store/connection.ts'
import { clean, json } from '../store/text.ts'
import type { TroubleView } from '../store/trouble.ts'
import { heldRun, type Lease, LeaseLost } from './leases.ts'
import type { StepStatus } from './runs.ts'

/** Lines kept of one run; the last of them says that more came. */
export const logCap = 20_000
/** Characters kept of one line. */
const lineCap = 8_192

export interface NewLine {
  at: Date
  node: string | null
  step: string | null
  stream: 'stdout' | 'stderr' | 'bramble'
  text: string
}

export interface StepChange {
  node: string
  step: string
  /** Null: as it was. */
  title: string | null
  status: StepStatus
  because: string | null
  seconds: number | null
  error: TroubleView | null
}

export interface JournalBatch {
  lines?: readonly NewLine[]
  /** At most one change a step. */
  steps?: readonly StepChange[]
  plan?: Plan
}

/** Writes a batch and tells the followers. Throws LeaseLost: then nothing of it was written. */
export async function writeJournal(lease: Lease, batch: JournalBatch): Promise<void> {
  await transaction(async (client) => {
    const lastSeq = await holdRun(client, lease)
    const added = await insertLines(client, lease.run, lastSeq, batch.lines ?? [])
    await upsertSteps(client, lease.run, batch.steps ?? [])
    await client.query(
      `update run set last_seq = last_seq + $2, plan = coalesce($3::jsonb, plan) where id = $1
       returning pg_notify('bramble_run', id::text)`,
      [lease.run, added, batch.plan ? json(batch.plan) : null],
    )
  })
}

export interface RunEnd {
  status: RunOutcome['status']
  outcome: RunOutcome | null
  trouble: TroubleView | null
}

/** Ends the run. Steps that were not finished are taken away: they are still to do. Throws LeaseLost. */
export async function endRun(lease: Lease, end: RunEnd): Promise<void> {
  await transaction(async (client) => {
    await holdRun(client, lease)
    await client.query(`delete from step where run_id = $1 and status in ('running', 'waiting')`, [lease.run])
    await client.query(
      `update run set status = $2, outcome = $3::jsonb, trouble = $4::jsonb, ended_at = now(),
         lease_owner = null, lease_until = null
       where id = $1 returning pg_notify('bramble_run', id::text)`,
      [lease.run, end.status, end.outcome ? json(end.outcome) : null, end.trouble ? json(end.trouble) : null],
    )
    await client.query(
      `insert into audit (who, what, target, outcome, detail)
       select run.requested_by, 'run.ended', cluster.name || ' ' || run.kind || ' ' || run.id, $2, $3
       from run join cluster on cluster.id = run.cluster_id where run.id = $1`,
      [
        lease.run,
        end.status === 'failed' ? 'failed' : 'done',
        clean(end.outcome?.message ?? end.trouble?.message ?? ''),
      ],
    )
  })
}

/** Holds the run's row, which also puts the writers' commits in the order of their numbers. Returns the last one. */
async function holdRun(client: pg.PoolClient, lease: Lease): Promise<number> {
  const { rows } = await client.query<{ last_seq: number }>(
    `select last_seq from run where ${heldRun.where} for update`,
    heldRun.values(lease),
  )
  if (!rows[0]) throw new LeaseLost(lease.run)
  return rows[0].last_seq
}

async function insertLines(client: pg.PoolClient, run: string, lastSeq: number, all: readonly NewLine[]) {
  const lines = all.slice(0, Math.max(0, logCap - lastSeq))
  const last = lines.at(-1)
  if (last && lastSeq + lines.length === logCap)
    lines[lines.length - 1] = {
      ...last,
      node: null,
      step: null,
      stream: 'bramble',
      text: `The log of this run is full at ${logCap} lines: what comes after is not kept.`,
    }
  if (lines.length === 0) return 0
  await client.query(
    `insert into log_line (run_id, seq, at, node, step, stream, text)
     select $1, $2 + place, at, node, step, stream, text
     from unnest($3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[])
       with ordinality as given (at, node, step, stream, text, place)`,
    [
      run,
      lastSeq,
      lines.map((line) => line.at),
      lines.map((line) => line.node),
      lines.map((line) => line.step),
      lines.map((line) => line.stream),
      lines.map((line) => clean(line.text).slice(0, lineCap)),
    ],
  )
  return lines.length
}

async function upsertSteps(client: pg.PoolClient, run: string, steps: readonly StepChange[]): Promise<void> {
  if (steps.length === 0) return
  await client.query(
    `insert into step (run_id, node, step_id, title, status, because, seconds, error)
     select $1, node, step, coalesce(title, step), status, coalesce(because, ''), seconds, error::jsonb
     from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::float8[], $8::text[])
       with ordinality as given (node, step, title, status, because, seconds, error, place)
     order by place
     on conflict (run_id, node, step_id) do update set
       title = case when excluded.title = excluded.step_id then step.title else excluded.title end,
       -- What another worker changed in this run stays changed when it is found right later.
       status = case when step.status = 'changed' and excluded.status = 'done' then 'changed' else excluded.status end,
       because = case when excluded.because = '' then step.because else excluded.because end,
       seconds = coalesce(excluded.seconds, step.seconds),
       error = excluded.error,
       updated_at = now()`,
    [
      run,
      steps.map((step) => step.node),
      steps.map((step) => step.step),
      steps.map((step) => (step.title === null ? null : clean(step.title))),
      steps.map((step) => step.status),
      steps.map((step) => (step.because === null ? null : clean(step.because))),
      steps.map((step) => step.seconds),
      steps.map((step) => (step.error === null ? null : json(step.error))),
    ],
  )
}
