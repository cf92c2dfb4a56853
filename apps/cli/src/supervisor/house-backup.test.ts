/** Bramble's own backup with the embedded PostgreSQL: out of one data directory, into another, and nothing in between. */
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { disconnect, prisma } from '@bramble/db'
import { createCluster, getCluster } from '@bramble/db/clusters'
import { applyMigrations } from '@bramble/db/migrate'
import { readResetLink } from '@bramble/db/people'
import { issuedSecrets, storeIssuedSecrets } from '@bramble/db/secrets'
import { newCluster } from '@bramble/db/test/clusters'
import pg from 'pg'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { adminCommand } from '../commands/admin.ts'
import { type Keys, loadKeys, openDataDir } from './data.ts'
import { backUpBeforeUpgrade, backUpHouse, restoreHouse, withDatabase } from './house-backup.ts'

const passphrase = 'correct horse battery staple'
let folder: string
let data: string
let keys: Keys
let file: string
const cluster = newCluster()

/** Every row of every table, as text. */
async function contents(url: string): Promise<Record<string, string[]>> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname in ('public', 'history') and tablename <> '_prisma_migrations' order by 1`,
    )
    const all: Record<string, string[]> = {}
    for (const { name } of rows)
      all[name] = (await client.query<{ line: string }>(`select x::text as line from ${name} x order by 1`)).rows.map(
        ({ line }) => line,
      )
    return all
  } finally {
    await client.end()
  }
}

let before: Record<string, string[]>
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bramble-house-'))
  data = await openDataDir(path.join(folder, 'data'))
  keys = await loadKeys(data)
  file = path.join(folder, 'bramble.backup')
  await withDatabase(data, keys, async ({ url }) => {
    process.env.DATABASE_URL = url
    process.env.BRAMBLE_SECRET_KEY = keys.secretKey
    await applyMigrations(url)
    await createCluster(cluster)
    const { id } = await prisma().cluster.findUniqueOrThrow({ where: { name: cluster.spec.name } })
    await storeIssuedSecrets(id, { 'ca.key': 'the key of the authority', odd: 'quotes " \' \\ (,) and\nlines' })
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(
      `create table history.sample_raw_2026112606 partition of history.sample_raw
       for values from ('2026-11-26T06:00:00Z') to ('2026-11-26T12:00:00Z')`,
    )
    await client.end()
    before = await contents(url)
    await disconnect()
  })
  await backUpHouse(data, file, passphrase)
}, 240_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

it('comes back on an empty data directory: every row, the keys, and the secrets open', async () => {
  const other = path.join(folder, 'other')
  await mkdir(other)
  const { rows } = await restoreHouse(other, file, passphrase)
  expect(rows).toBe(Object.values(before).reduce((sum, lines) => sum + lines.length, 0))
  const restored = await loadKeys(other)
  expect(restored).toEqual(keys)
  await withDatabase(other, restored, async ({ url }) => {
    expect(await contents(url)).toEqual(before)
    process.env.DATABASE_URL = url
    expect((await getCluster(cluster.spec.name))?.nodes.map(({ name }) => name)).toEqual(['pi-1', 'pi-2', 'pi-3'])
    const { id } = await prisma().cluster.findUniqueOrThrow({ where: { name: cluster.spec.name } })
    expect(await issuedSecrets(id)).toMatchObject({ 'ca.key': 'the key of the authority' })
    // What is numbered goes on counting: the audit's next entry gets a number of its own.
    await prisma().audit.create({ data: { who: 'ada', what: 'setup', outcome: 'done' } })
    expect(await applyMigrations(url)).toEqual([])
    await disconnect()
  })
}, 240_000)

it('shows nothing of what is in it', async () => {
  const bytes = await readFile(file)
  for (const word of [keys.secretKey, keys.postgresApp, cluster.spec.name, 'authority'])
    expect(bytes.includes(word), word).toBe(false)
})

it('is never restored over something, nor written over', async () => {
  const full = path.join(folder, 'full')
  await mkdir(full)
  await writeFile(path.join(full, 'mine'), 'precious')
  await expect(restoreHouse(full, file, passphrase)).rejects.toMatchObject({ code: 'data-not-empty' })
  expect(await readdir(full)).toEqual(['mine'])
  await expect(backUpHouse(data, file, passphrase)).rejects.toMatchObject({ code: 'file-exists' })
  await expect(backUpHouse(full, path.join(folder, 'no'), passphrase)).rejects.toMatchObject({ code: 'no-data' })
})

it('a wrong passphrase and a damaged file leave nothing behind', async () => {
  const target = path.join(folder, 'target')
  await expect(restoreHouse(target, file, 'another passphrase')).rejects.toMatchObject({ code: 'passphrase-wrong' })
  const cut = path.join(folder, 'cut')
  await writeFile(cut, (await readFile(file)).subarray(0, -100))
  await expect(restoreHouse(target, cut, passphrase)).rejects.toMatchObject({ code: 'backup-damaged' })
  const longer = path.join(folder, 'longer')
  await writeFile(longer, await readFile(file))
  await appendFile(longer, 'x')
  await expect(restoreHouse(target, longer, passphrase)).rejects.toMatchObject({ code: 'backup-damaged' })
  expect((await readdir(folder)).filter((name) => name.startsWith('target'))).toEqual([])
}, 120_000)

it('before an upgrade one is written by itself, and opens with the secret key; the oldest go', async () => {
  const written: string[] = []
  await withDatabase(data, keys, async ({ url }) => {
    for (let n = 0; n < 6; n++) written.push(await backUpBeforeUpgrade(data, keys, url, `2026110${n}_change`))
  })
  const kept = await readdir(path.join(data, 'backups'))
  expect(kept).toHaveLength(5)
  expect(kept).not.toContain(path.basename(written[0]!))
  const target = path.join(folder, 'upgraded')
  await restoreHouse(target, written.at(-1)!, keys.secretKey)
  expect(await loadKeys(target)).toEqual(keys)
}, 240_000)

it('while nothing runs, its administrator is let in again', async () => {
  const user = { id: 'a', name: 'Ada', email: 'ada@example.org', role: 'admin' }
  await withDatabase(data, keys, async ({ url }) => {
    process.env.DATABASE_URL = url
    await prisma().user.create({ data: user })
    await disconnect()
  })
  delete process.env.DATABASE_URL
  const said = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  await adminCommand().parseAsync(['reset', user.email, '--data', data], { from: 'user' })
  const text = said.mock.calls.join('')
  said.mockRestore()
  expect(text).toContain('Bramble is not running')
  const token = /token=(\S+)/.exec(text)?.[1] ?? ''
  await withDatabase(data, keys, async ({ url }) => {
    process.env.DATABASE_URL = url
    expect(await readResetLink(token)).toEqual({ email: user.email })
    await disconnect()
  })
}, 240_000)
