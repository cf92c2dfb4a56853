import { readFile } from 'node:fs/promises'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startPostgres, type TestPostgres } from '../../test/postgres.ts'
import { applyMigrations } from './migrate.ts'

let server: TestPostgres
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(async () => {
  await server.stop()
})

async function query(url: string, sql: string) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

test('many that start at once bring a fresh database up once; later nothing is left to do', async () => {
  const url = await server.emptyDatabase()
  const applied = await Promise.all([applyMigrations(url), applyMigrations(url), applyMigrations(url)])
  expect(applied.filter((names) => names.length > 0)).toHaveLength(1)
  expect(await applyMigrations(url)).toEqual([])
})

test('every table of the schema is there', async () => {
  const schema = await readFile(new URL('../../prisma/schema.prisma', import.meta.url), 'utf8')
  const wanted = [...schema.matchAll(/@@map\("(\w+)"\)/g)].map((match) => match[1])
  const rows = await query(await server.database(), `select tablename from pg_tables where schemaname = 'public'`)
  expect(rows.map((row) => row.tablename)).toEqual(expect.arrayContaining(wanted))
})

test('a database of a newer Bramble, or with an edited migration, is refused and left alone', async () => {
  const edited = await server.database()
  await query(edited, `update _prisma_migrations set checksum = 'else'`)
  await expect(applyMigrations(edited)).rejects.toMatchObject({ code: 'database-edited' })
  const newer = await server.database()
  await query(newer, `update _prisma_migrations set migration_name = '29990101000000_future'`)
  await expect(applyMigrations(newer)).rejects.toMatchObject({ code: 'database-newer' })
})
