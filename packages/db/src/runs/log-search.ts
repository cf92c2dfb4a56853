/**
 * Words in the logs of runs, newest runs first. No index: one of trigrams makes writing the live log nine times slower
 * (measured with 500 lines a batch). Instead each call looks through so many lines at most and says how far it came.
 */
import { pool } from '../store/connection.ts'
import type { LogLine } from './log.ts'
import { type RunFilter, type RunSummary, runRows } from './runs.ts'

/** Lines looked through in one call: about half a second on a slow machine. */
const lineBudget = 400_000
const runBudget = 2_000
/** Runs and lines of each that are shown. */
const runsShown = 25
const linesShown = 4

export interface LogHit {
  run: RunSummary
  /** How many of its lines match. */
  matches: number
  /** The first of them. */
  lines: Pick<LogLine, 'seq' | 'at' | 'node' | 'stream' | 'text'>[]
}

export interface LogSearch {
  hits: LogHit[]
  /** Runs looked through. */
  looked: number
  /** Where to go on, as `before`; null: every run was looked through. */
  next: string | null
  /** ISO time of the oldest run looked through; null: there was none. */
  reached: string | null
}

/** `text` is taken as it is, in any case of its letters. Empty: nothing matches. */
export async function searchLogs(input: RunFilter & { text: string }): Promise<LogSearch> {
  const { text, ...filter } = input
  const rows = await runRows(filter, runBudget + 1)
  const looked: typeof rows = []
  let sum = 0
  for (const row of rows.slice(0, runBudget)) {
    sum += row.lines
    if (looked.length > 0 && sum > lineBudget) break
    looked.push(row)
  }
  const found = text.trim() === '' ? [] : await matching(looked, text)
  const shown = found.slice(0, runsShown)
  // With more than can be shown, the next page begins after the last shown one.
  const more = found.length > shown.length
  const last = more ? shown.at(-1)?.run : looked.at(-1)?.run
  return {
    hits: shown,
    looked: more ? looked.findIndex(({ run }) => run.id === last?.id) + 1 : looked.length,
    next: more || looked.length < rows.length ? (last?.createdAt ?? null) : null,
    reached: last?.createdAt ?? null,
  }
}

interface Row {
  run_id: string
  seq: number
  at: Date
  node: string | null
  stream: LogLine['stream']
  text: string
  matches: number
}

async function matching(looked: readonly { run: RunSummary }[], text: string): Promise<LogHit[]> {
  const { rows } = await pool().query<Row>(
    `select run_id, seq, at, node, stream, left(text, 2000) as text, matches from (
       select *, row_number() over (partition by run_id order by seq) as place,
         count(*) over (partition by run_id)::int as matches
       from log_line where run_id = any($1) and text ilike $2) as found
     where place <= $3 order by seq`,
    [looked.map(({ run }) => run.id), `%${text.replace(/[\\%_]/g, '\\$&')}%`, linesShown],
  )
  const runs = new Map(looked.map(({ run }) => [run.id, run]))
  const hits = new Map<string, LogHit>()
  for (const { run_id: id, matches, at, ...line } of rows) {
    const hit = hits.get(id) ?? { run: runs.get(id)!, matches, lines: [] }
    hit.lines.push({ ...line, at: at.toISOString() })
    hits.set(id, hit)
  }
  return looked.flatMap(({ run }) => hits.get(run.id) ?? [])
}
