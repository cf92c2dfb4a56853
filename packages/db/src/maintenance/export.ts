/**
 * The whole database as lines of JSON and back, whatever version of PostgreSQL made it. Rows travel as PostgreSQL's own text of
 * a row, so every type comes back as it was. Not in it: the queue (runs that wait are queued again) and what is unlogged.
 */
import pg from 'pg'
import { z } from 'zod'
import { Refusal } from '../store/refusal.ts'
import { applyMigrations } from './migrate.ts'

const format = 1
/** Rows in a line. */
const batch = 500
/** The tables of Bramble itself; the queue has a schema of its own. */
const schemas = ['public', 'history']

const Line = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('head'), format: z.literal(format), at: z.string(), migrations: z.array(z.string()) }),
  z.object({ kind: z.literal('partition'), parent: z.string(), name: z.string(), bound: z.string() }),
  z.object({ kind: z.literal('rows'), table: z.string(), rows: z.array(z.string()) }),
  z.object({ kind: z.literal('sequence'), name: z.string(), value: z.string(), called: z.boolean() }),
  z.object({ kind: z.literal('end'), rows: z.int() }),
])
type Line = z.infer<typeof Line>

const tablesSql = `select format('%I.%I', n.nspname, c.relname) as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any($1) and c.relkind = 'r' and c.relpersistence = 'p' and c.relname <> '_prisma_migrations'
    and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e') order by 1`
const partitionsSql = `select format('%I.%I', pn.nspname, p.relname) as parent, format('%I.%I', n.nspname, c.relname) as name,
    pg_get_expr(c.relpartbound, c.oid) as bound
  from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_namespace n on n.oid = c.relnamespace
  join pg_class p on p.oid = i.inhparent join pg_namespace pn on pn.oid = p.relnamespace
  where c.relkind = 'r' and n.nspname = any($1) order by 2`
const sequencesSql = `select format('%I.%I', schemaname, sequencename) as name, coalesce(last_value, start_value)::text as value,
  last_value is not null as called from pg_sequences where schemaname = any($1) order by 1`

/** All of one moment. The lines have no line breaks of their own. */
export async function* exportDatabase(url: string): AsyncGenerator<string> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  const told = (content: Line) => JSON.stringify(content)
  const rowsOf = async <T extends pg.QueryResultRow>(sql: string) => (await client.query<T>(sql, [schemas])).rows
  try {
    await client.query('begin isolation level repeatable read read only')
    const done = await client.query<{ name: string }>(
      'select migration_name as name from _prisma_migrations where finished_at is not null order by 1',
    )
    yield told({ kind: 'head', format, at: new Date().toISOString(), migrations: done.rows.map(({ name }) => name) })
    for (const partition of await rowsOf<{ parent: string; name: string; bound: string }>(partitionsSql))
      yield told({ kind: 'partition', ...partition })
    let count = 0
    for (const { name } of await rowsOf<{ name: string }>(tablesSql)) {
      await client.query(`declare all_rows no scroll cursor for select whole::text as line from ${name} whole`)
      for (;;) {
        const { rows } = await client.query<{ line: string }>(`fetch ${batch} from all_rows`)
        if (rows.length === 0) break
        count += rows.length
        yield told({ kind: 'rows', table: name, rows: rows.map(({ line }) => line) })
      }
      await client.query('close all_rows')
    }
    for (const sequence of await rowsOf<{ name: string; value: string; called: boolean }>(sequencesSql))
      yield told({ kind: 'sequence', ...sequence })
    yield told({ kind: 'end', rows: count })
    await client.query('commit')
  } finally {
    await client.end().catch(() => undefined)
  }
}

/**
 * Into an empty database. `url` is of a superuser, since rows come before those that they refer to; `owner` owns what is
 * made. Returns the number of rows. Refusal `export-incomplete`, `export-newer`, `export-unreadable`.
 */
export async function importDatabase(input: {
  url: string
  owner: string
  lines: AsyncIterable<string>
}): Promise<{ rows: number; at: string }> {
  const admin = new pg.Client({ connectionString: input.url })
  admin.on('error', () => undefined)
  await admin.connect()
  let at: string | undefined
  let rows = 0
  let ended = false
  try {
    for await (const text of input.lines) {
      const line = read(text)
      if (at === undefined && line.kind !== 'head') throw unreadable()
      if (line.kind === 'head') {
        at = line.at
        await applyMigrations(input.owner, { only: line.migrations })
        await admin.query('begin')
        await admin.query(`set local session_replication_role = 'replica'`)
        // A migration may have put rows there.
        for (const { name } of (await admin.query<{ name: string }>(tablesSql, [schemas])).rows)
          await admin.query(`delete from ${name}`)
      } else {
        rows += await take(admin, line)
        if (line.kind === 'end') {
          if (line.rows !== rows) throw incomplete()
          ended = true
        }
      }
    }
    if (!ended || at === undefined) throw incomplete()
    await admin.query('commit')
    return { rows, at }
  } finally {
    await admin.end().catch(() => undefined)
  }
}

async function take(admin: pg.Client, line: Exclude<Line, { kind: 'head' }>): Promise<number> {
  switch (line.kind) {
    case 'partition':
      await admin.query(`set local role bramble`)
      await admin.query(
        `create table if not exists ${name(line.name)} partition of ${name(line.parent)} ${bound(line.bound)}`,
      )
      await admin.query('reset role')
      return 0
    case 'rows': {
      const table = name(line.table)
      await admin.query(
        `insert into ${table} overriding system value select (packed::${table}).* from unnest($1::text[]) as packed`,
        [line.rows],
      )
      return line.rows.length
    }
    case 'sequence':
      await admin.query('select setval($1::regclass, $2, $3)', [name(line.name), line.value, line.called])
      return 0
    case 'end':
      return 0
  }
}

/** As `format('%I.%I')` writes it: anything else never came from an export. */
function name(text: string): string {
  if (!/^(public|history)\.("[a-z0-9_]+"|[a-z0-9_]+)$/.test(text)) throw unreadable()
  return text
}

function bound(text: string): string {
  if (!/^FOR VALUES FROM \('[0-9 :.+-]+'\) TO \('[0-9 :.+-]+'\)$/.test(text)) throw unreadable()
  return text
}

function read(text: string): Line {
  try {
    return Line.parse(JSON.parse(text))
  } catch (error) {
    throw unreadable(error)
  }
}

const unreadable = (cause?: unknown) =>
  new Refusal(
    'export-unreadable',
    'This version of Bramble cannot read the format of this backup.',
    'Use the latest version of Bramble.',
    {
      cause,
    },
  )
const incomplete = () =>
  new Refusal(
    'export-incomplete',
    'This backup is incomplete: it was interrupted while it was made.',
    'Use another one.',
  )
