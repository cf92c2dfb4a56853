/** What happened to a cluster: the events that were written down, and its runs. */
import { type NewTimelineEvent, RunStatus, TimelineEvent } from '@bramble/cluster'
import { pool } from '../store/connection.ts'
import { findCluster } from '../store/ids.ts'
import { notify } from '../store/listen.ts'
import { clean } from '../store/text.ts'

const defaultLimit = 500
const highestLimit = 2_000

/**
 * Writes events down and tells who follows the cluster (its id or name). The same event is one event, however often it is
 * recorded: recorded again with an `until`, it gets that end. Refusal `cluster-unknown`.
 */
export async function recordEvents(input: { cluster: string; events: readonly NewTimelineEvent[] }): Promise<void> {
  if (input.events.length === 0) return
  const { id } = await findCluster(input.cluster)
  await pool().query(insertEvents('(select $1::uuid as id)', 2), [id, ...eventColumns(input.events)])
  await notify('bramble_watch', id)
}

/** The statement that inserts events for `owner`, a relation of one id or none; their columns are parameters from `first` on. */
export function insertEvents(owner: string, first: number): string {
  const [at, until, kind, level, node, words, link] = Array.from({ length: 7 }, (_, place) => `$${first + place}`)
  return `insert into timeline_event (id, cluster_id, at, until, kind, level, node, words, link)
    select distinct on (1) md5(concat_ws(chr(10), owner.id, extract(epoch from event.at), kind, node, words))::uuid,
      owner.id, event.at, event.until, kind, level, node, words, link
    from ${owner} as owner, unnest(${at}::timestamptz(3)[], ${until}::timestamptz(3)[], ${kind}::text[], ${level}::text[],
      ${node}::text[], ${words}::text[], ${link}::text[]) as event (at, until, kind, level, node, words, link)
    order by 1, event.until nulls last
    on conflict (id) do update set until = excluded.until
    where excluded.until is not null and timeline_event.until is distinct from excluded.until`
}

export function eventColumns(events: readonly NewTimelineEvent[]): unknown[] {
  return [
    events.map((event) => event.at),
    events.map((event) => event.until),
    events.map((event) => event.kind),
    events.map((event) => event.level),
    events.map((event) => event.node),
    events.map((event) => clean(event.words)),
    events.map((event) => event.link),
  ]
}

interface Row {
  id: string
  at: Date
  until: Date | null
}

/**
 * Everything that happened or was going on between two moments, newest last. `limit` (default 500, at most 2000) keeps the
 * newest. A run is one event, from when a worker took it. Refusal `cluster-unknown`.
 */
export async function listTimeline(input: {
  /** Name or id. */
  cluster: string
  from: Date
  to: Date
  limit?: number | undefined
}): Promise<TimelineEvent[]> {
  const { id } = await findCluster(input.cluster)
  const limit = Math.min(Math.max(1, Math.floor(input.limit ?? defaultLimit)), highestLimit)
  const values = [id, input.from, input.to, limit]
  const [stored, runs] = await Promise.all([
    pool().query<Row & Omit<TimelineEvent, 'id' | 'at' | 'until'>>(
      `select id, at, until, kind, level, node, words, link from timeline_event
       where cluster_id = $1 and at <= $3 and coalesce(until, at) >= $2 order by at desc, id limit $4`,
      values,
    ),
    pool().query<Row & RunRow>(
      `select id, coalesce(started_at, created_at) as at, ended_at as until, kind, status, requested_by as by,
         request -> 'only' as only, request -> 'app' ->> 'app' as app, coalesce(outcome ->> 'message', trouble ->> 'message', '') as message
       from run where cluster_id = $1 and coalesce(started_at, created_at) <= $3 and coalesce(ended_at, 'infinity') >= $2
       order by 2 desc, id limit $4`,
      values,
    ),
  ])
  const events = [
    ...stored.rows.map((row) => ({ ...row, ...times(row) })),
    ...runs.rows.map((row) => ({ id: row.id, ...times(row), ...runWords(row) })),
  ]
  return events
    .flatMap((event) => TimelineEvent.safeParse(event).data ?? [])
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
    .slice(-limit)
}

const times = ({ at, until }: Row) => ({ at: at.toISOString(), until: until?.toISOString() ?? null })

interface RunRow {
  kind: string
  status: string
  by: string
  only: string[] | null
  app: string | null
  message: string
}

const verdicts = {
  queued: { level: 'info', words: 'is waiting for a worker' },
  running: { level: 'info', words: 'is in progress' },
  succeeded: { level: 'good', words: 'succeeded' },
  partial: { level: 'warning', words: 'was done in part' },
  failed: { level: 'critical', words: 'failed' },
  cancelled: { level: 'info', words: 'was canceled' },
} as const satisfies Record<RunStatus, { level: TimelineEvent['level']; words: string }>

const appKinds: Record<string, string> = { 'restart-app': 'restart', 'remove-app': 'removal' }

function runWords(run: Row & RunRow): Omit<TimelineEvent, 'id' | 'at' | 'until'> {
  const { level, words } = verdicts[RunStatus.parse(run.status)]
  const [first, ...others] = run.only ?? []
  const spelled = appKinds[run.kind] ?? run.kind
  const name = spelled.charAt(0).toUpperCase() + spelled.slice(1).replaceAll('-', ' ')
  const of = run.app ?? run.only?.join(', ')
  const sentence = `${name}${of ? ` of ${of}` : ''} ${words}, started by ${run.by}.`
  return {
    kind: run.app ? 'deploy' : 'run',
    level,
    node: others.length === 0 ? (first ?? null) : null,
    words: run.message ? `${sentence} ${run.message}` : sentence,
    // The dashboard's addresses: a flash has a page of its own.
    link: run.kind === 'flash' ? `/flash/${run.id}` : `/runs/${run.id}`,
  }
}
