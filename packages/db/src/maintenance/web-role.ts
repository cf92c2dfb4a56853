/**
 * The PostgreSQL role of the dashboard. The owner of the tables is for worker and command line; the dashboard reads no secret,
 * changes no table, replaces no public key, rewrites no audit, and only looks at what workers measure.
 */
import pg from 'pg'
import { sealedTables } from '../secrets/seal-again.ts'
import { Refusal } from '../store/refusal.ts'

export const webRole = 'bramble_web'

/** What the dashboard may do with these instead of all that rows can be done with. */
const exceptions: Readonly<Record<string, string | null>> = {
  _prisma_migrations: null,
  audit: 'select, insert',
  ...Object.fromEntries(
    [
      'sealing_key',
      ...['backup', 'backup_repository', 'backup_restore', 'restore_drill', 'drill_result'],
      ...['node_state', 'watch_subject', 'watch_lease', 'timeline_event'],
    ].map((table) => [table, 'select']),
  ),
}

/** The queue's and the samples' tables are in schemas of their own. */
const schemas = { bullmq: 'select, insert, update, delete', history: 'select' } as const

/**
 * Makes the role at `url`, gives it this password, and grants what this version needs: at every start, after the migrations.
 * `url`: of a superuser, or of the tables' owner when that may create roles. Refusal `web-role-refused`.
 */
export async function prepareWebRole(url: string, password: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('begin')
    // Of many that start at once one makes the role.
    await client.query('select pg_advisory_xact_lock(hashtext($1))', [webRole])
    await makeRole(client, password)
    await grant(client)
    await client.query('commit')
  } catch (error) {
    if ((error as { code?: string }).code !== '42501') throw error
    throw new Refusal(
      'web-role-refused',
      `The user of DATABASE_URL has no permission to create the role ${webRole} for the dashboard.`,
      `Give that user CREATEROLE, or leave POSTGRES_WEB_PASSWORD out and the dashboard the same user.`,
      { cause: error },
    )
  } finally {
    await client.end()
  }
}

/** The URL of the same database for the dashboard. */
export function webUrlOf(url: string, password: string): string {
  return Object.assign(new URL(url), { username: webRole, password: encodeURIComponent(password) }).href
}

async function makeRole(client: pg.Client, password: string): Promise<void> {
  const known = await client.query('select from pg_roles where rolname = $1', [webRole])
  if (known.rowCount === 0) await client.query(`create role ${webRole}`)
  // DDL takes no parameters: the server itself quotes the password.
  const { rows } = await client.query<{ sql: string }>(
    `select format('alter role ${webRole} login nocreatedb nocreaterole noinherit password %L', $1::text) as sql`,
    [password],
  )
  await client.query(rows[0]!.sql)
}

async function grant(client: pg.Client): Promise<void> {
  await client.query(`revoke all on all tables in schema public from ${webRole}`)
  await client.query(`revoke all on schema public from ${webRole}`)
  await client.query(`grant usage on schema public to ${webRole}`)
  await client.query(`grant usage on all sequences in schema public to ${webRole}`)
  for (const [table, sealed] of await tablesOf(client)) {
    const rights = table in exceptions ? exceptions[table] : 'select, insert, update, delete'
    if (!rights) continue
    if (sealed === null) await client.query(`grant ${rights} on ${name(table)} to ${webRole}`)
    else {
      await client.query(`grant insert, update, delete on ${name(table)} to ${webRole}`)
      await client.query(`grant select (${sealed.map(name).join(', ')}) on ${name(table)} to ${webRole}`)
    }
  }
  for (const [schema, rights] of Object.entries(schemas)) {
    await client.query(`revoke all on all tables in schema ${schema} from ${webRole}`)
    await client.query(`grant usage on schema ${schema} to ${webRole}`)
    await client.query(`grant ${rights} on all tables in schema ${schema} to ${webRole}`)
    await client.query(`grant usage on all sequences in schema ${schema} to ${webRole}`)
  }
  // A removed cluster's samples are deleted by a worker later.
  await client.query(`grant insert on history.forgotten to ${webRole}`)
}

const name = pg.escapeIdentifier

/** Tables of the schema public; of those with encrypted values, the columns that are none. */
async function tablesOf(client: pg.Client): Promise<[string, string[] | null][]> {
  const { rows } = await client.query<{ table: string; column: string }>(
    `select c.relname as table, a.attname as column from pg_class c
       join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v')`,
  )
  const tables = new Map<string, string[]>()
  for (const { table, column } of rows) tables.set(table, [...(tables.get(table) ?? []), column])
  return [...tables].map(([table, columns]) => [
    table,
    sealedTables.includes(table) ? columns.filter((column) => column !== 'sealed') : null,
  ])
}
