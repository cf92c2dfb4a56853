/** Writing down one look of a watcher at its cluster: in one statement, so in one round trip and one transaction. */
import { metricNames, type NewTimelineEvent, type NodeState, type Sample } from '@bramble/cluster'
import { pool } from '../store/connection.ts'
import { Refusal } from '../store/refusal.ts'
import { clean, json } from '../store/text.ts'
import { ensurePartitions, rawKeptSince } from './partitions.ts'
import { raw } from './tiers.ts'
import { eventColumns, insertEvents } from './timeline.ts'

export interface Tick {
  /** The cluster's id. */
  cluster: string
  at: Date
  /** At most one a node. One older than what is known already changes nothing. */
  states: readonly NodeState[]
  /** What was not measured is left out. Samples that are older than raw ones are kept are passed over. */
  samples: readonly Sample[]
  events: readonly NewTimelineEvent[]
}

/**
 * Keeps all of a tick or, when it throws, nothing; then tells who follows the cluster. Sent twice it is kept once.
 * A crash of PostgreSQL right afterwards may lose the last tick: for a measure that is a fair price for fewer writes.
 * Refusal `cluster-unknown`.
 */
export async function recordTick(tick: Tick): Promise<void> {
  try {
    await write(tick)
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === foreignKey) throw clusterGone()
    if (code !== noPartition) throw error
    await ensurePartitions(raw, [tick.at])
    await write(tick)
  }
}

const foreignKey = '23503'
/** check_violation: what PostgreSQL says when no partition takes a row. */
const noPartition = '23514'

const clusterGone = () => new Refusal('cluster-unknown', 'The monitored cluster no longer exists.', 'Stop watching it.')

async function write({ cluster, at, states, samples, events }: Tick): Promise<void> {
  const measured = at < rawKeptSince(new Date()) ? [] : samples.map((sample) => ({ sample, row: arrayOf(sample) }))
  const rows = measured.filter(({ row }) => row !== null)
  const { rows: answer } = await pool().query<{ known: boolean }>(statement, [
    cluster,
    at,
    rows.map(({ sample }) => sample.kind),
    rows.map(({ sample }) => sample.node),
    rows.map(({ sample }) => clean(sample.name)),
    rows.map(({ row }) => row),
    states.map((state) => state.node),
    states.map((state) => state.at),
    states.map((state) => json(state)),
    ...eventColumns(events),
  ])
  if (!answer[0]?.known) throw clusterGone()
}

/** Of a cluster of 32 nodes 400 are enough: whatever asks for more is no measure of it. */
const mostSubjects = 1_000

/**
 * `added`: a subject that another tick has just made is not seen, but is returned by its update, which changes nothing.
 * `marks`, `late`: what a roll-up has passed already is to be rolled up again. Old ticks always hold the marks, so that
 * they wait for a roll-up which is going on and did not see them; in one order, so that two of them do not block each other.
 */
const statement = `
  with owner as (select id from cluster where id = $1::uuid),
  given as (
    select * from unnest($3::text[], $4::text[], $5::text[], $6::text[]) as given (kind, node, name, measured)
    where exists (select from owner)),
  added as (
    insert into watch_subject (cluster_id, kind, node, name)
    select distinct $1::uuid, kind, node, name from given
    where (select count(*) from watch_subject where cluster_id = $1) < ${mostSubjects} and not exists (
      select from watch_subject there
      where there.cluster_id = $1 and (there.kind, there.node, there.name) = (given.kind, given.node, given.name))
    order by kind, node, name
    on conflict (cluster_id, kind, node, name) do update set name = excluded.name
    returning id, kind, node, name),
  known as (
    select id, kind, node, name from watch_subject where cluster_id = $1
    union all select id, kind, node, name from added),
  sampled as (
    insert into history.sample_raw (at, subject, measured)
    select $2::timestamptz(3), known.id, given.measured::real[] from given join known using (kind, node, name)
    on conflict do nothing),
  marks as (
    select tier from history.rolled
    where cardinality($3::text[]) > 0
      and (until > $2::timestamptz(3) or $2::timestamptz(3) < now() - interval '10 seconds')
    order by tier for update),
  late as (
    update history.rolled
    set until = least(until, date_bin(make_interval(secs => seconds), $2::timestamptz(3), 'epoch'))
    from marks where rolled.tier = marks.tier),
  seen as (
    insert into node_state (cluster_id, node, at, state)
    select $1, node, at, state::jsonb
    from unnest($7::text[], $8::timestamptz[], $9::text[]) as look (node, at, state)
    where exists (select from owner)
    order by node
    on conflict (cluster_id, node) do update set at = excluded.at, state = excluded.state
    where node_state.at <= excluded.at),
  happened as (${insertEvents('(select id from owner)', 10)})
  select exists (select from owner) as known, pg_notify('bramble_watch', $1::text),
    set_config('synchronous_commit', 'off', true)`

/** The figures in the order of the kind as an array of PostgreSQL; null: there are none. */
function arrayOf(sample: Sample): string | null {
  const values = sample.values as Record<string, number | undefined>
  const figures = metricNames(sample.kind).map((metric) => figureOf(values[metric]))
  const length = figures.findLastIndex((figure) => figure !== null) + 1
  return length === 0 ? null : `{${figures.slice(0, length).map((figure) => figure ?? 'NULL')}}`
}

/** As PostgreSQL's real: what is too small for it is 0, what is too large for it or no number was not measured. */
function figureOf(value: number | undefined): number | null {
  if (value === undefined) return null
  const single = Math.fround(value)
  if (single === 0) return 0
  return Number.isFinite(single) ? value : null
}
