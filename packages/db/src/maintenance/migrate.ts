/** Brings the database to this version's tables: Prisma's migration folders, applied without Prisma's engine. */
import { createHash, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { runMigrations } from 'bullmq'
import pg from 'pg'
import { Refusal } from '../store/refusal.ts'

export { prepareWebRole, webUrlOf } from './web-role.ts'

/** The lock that Prisma's own tools take while they migrate. */
const migrationLock = 72707369

const ledger = `create table if not exists _prisma_migrations (
  id varchar(36) primary key not null, checksum varchar(64) not null, finished_at timestamptz,
  migration_name varchar(255) not null, logs text, rolled_back_at timestamptz,
  started_at timestamptz not null default now(), applied_steps_count integer not null default 0)`

/**
 * Applies what is missing, each migration in one transaction, and the queue's own tables. Safe to call from many
 * processes at once. Returns the names of those applied now. `only`: these and no others, for what was exported with them.
 * Refusal: `database-edited`, `database-newer`.
 */
export async function applyMigrations(url: string, { only }: { only?: readonly string[] } = {}): Promise<string[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [migrationLock])
    await client.query(ledger)
    const applied = await applyMissing(client, await chosenMigrations(only))
    await runMigrations(client)
    return applied
  } finally {
    // The lock belongs to the session and ends with it.
    await client.end()
  }
}

/** What a start would change. `fresh`: nothing was ever applied. */
export async function pendingMigrations(url: string): Promise<{ pending: string[]; fresh: boolean }> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const there = await client.query(`select to_regclass('_prisma_migrations') is not null as ledger`)
    const names = (await readMigrations()).map(({ name }) => name)
    if (!there.rows[0].ledger) return { pending: names, fresh: true }
    const { rows } = await client.query<{ name: string }>(
      'select migration_name as name from _prisma_migrations where finished_at is not null and rolled_back_at is null',
    )
    const done = new Set(rows.map(({ name }) => name))
    return { pending: names.filter((name) => !done.has(name)), fresh: done.size === 0 }
  } finally {
    await client.end()
  }
}

async function chosenMigrations(only: readonly string[] | undefined): Promise<Migration[]> {
  const all = await readMigrations()
  if (!only) return all
  const stranger = only.find((name) => !all.some((migration) => migration.name === name))
  if (stranger)
    throw new Refusal(
      'database-newer',
      `This backup was made by a newer Bramble (${stranger}).`,
      'Restore it with that version or a newer one.',
    )
  return all.filter(({ name }) => only.includes(name))
}

interface Migration {
  name: string
  sql: string
  checksum: string
}

async function readMigrations(): Promise<Migration[]> {
  const folder = fileURLToPath(new URL('../../prisma/migrations', import.meta.url))
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(path.join(folder, name, 'migration.sql'), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

async function applyMissing(client: pg.Client, migrations: readonly Migration[]): Promise<string[]> {
  const { rows } = await client.query<{ migration_name: string; checksum: string }>(
    'select migration_name, checksum from _prisma_migrations where rolled_back_at is null and finished_at is not null',
  )
  const done = new Map(rows.map((row) => [row.migration_name, row.checksum]))
  const stranger = rows.find((row) => !migrations.some((migration) => migration.name === row.migration_name))
  if (stranger)
    throw new Refusal(
      'database-newer',
      `The database was made by a newer Bramble (${stranger.migration_name}).`,
      'Start that version, or restore a backup made by this one.',
    )
  const applied: string[] = []
  for (const { name, sql, checksum } of migrations) {
    const known = done.get(name)
    if (known === checksum) continue
    if (known !== undefined)
      throw new Refusal(
        'database-edited',
        `The migration ${name} was edited after it had been applied.`,
        'Put its file back as it was and add a new migration instead.',
      )
    await client.query('begin')
    try {
      await client.query(sql)
      await client.query(
        `insert into _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
         values ($1, $2, $3, now(), 1)`,
        [randomUUID(), checksum, name],
      )
      await client.query('commit')
    } catch (error) {
      await client.query('rollback')
      throw error
    }
    applied.push(name)
  }
  return applied
}
