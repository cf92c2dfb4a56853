/** `./bramble secret-key rotate` on the embedded PostgreSQL: killed at any moment it loses nothing and can be run again. */
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { disconnect, prisma } from '@bramble/db'
import { createCluster } from '@bramble/db/clusters'
import { applyMigrations } from '@bramble/db/migrate'
import { checkSecretsKey, isSecretsKey, issuedSecrets, nodeLogins, storeIssuedSecrets } from '@bramble/db/secrets'
import { newCluster } from '@bramble/db/test/clusters'
import { start } from '@bramble/process'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { root } from './checkout.ts'
import { loadKeys, openDataDir } from './data.ts'
import { backUpBeforeUpgrade, restoreHouse, withDatabase } from './house-backup.ts'
import { rotateKey, settleKeys } from './key-rotation.ts'
import { takeLock } from './lock.ts'

let folder: string
let data: string
let backup: string
const cluster = newCluster()
const stored = Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`secret.${n}`, `value ${n}`]))
const file = (name: string) => path.join(data, name)
const quiet = () => undefined

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bramble-rotation-'))
  data = await openDataDir(path.join(folder, 'data'))
  const keys = await loadKeys(data)
  await withDatabase(data, keys, async ({ url }) => {
    Object.assign(process.env, { DATABASE_URL: url, BRAMBLE_SECRET_KEY: keys.secretKey })
    await applyMigrations(url)
    await checkSecretsKey()
    await createCluster(cluster)
    const { id } = await prisma().cluster.findUniqueOrThrow({ where: { name: cluster.spec.name } })
    await storeIssuedSecrets(id, stored)
    backup = await backUpBeforeUpgrade(data, keys, url, 'test')
    await disconnect()
  })
}, 400_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Starts the database as `up` does, and reads every secret with the keys that hold then. Returns those. */
async function readAll(): Promise<string> {
  return withDatabase(data, await loadKeys(data), async ({ url }) => {
    process.env.DATABASE_URL = url
    try {
      const { secretKey } = await settleKeys(data, await loadKeys(data), quiet)
      process.env.BRAMBLE_SECRET_KEY = secretKey
      await checkSecretsKey()
      const { id } = await prisma().cluster.findUniqueOrThrow({ where: { name: cluster.spec.name } })
      expect(await issuedSecrets(id)).toEqual(stored)
      expect(Object.keys(await nodeLogins(id))).toEqual(['pi-1', 'pi-2', 'pi-3'])
      return secretKey
    } finally {
      await disconnect()
    }
  })
}

/** The automatic backup opens with the key. */
async function restores(secretKey: string): Promise<void> {
  const target = path.join(folder, 'restored')
  await restoreHouse(target, backup, secretKey)
  await rm(target, { recursive: true })
}

it('replaces the key in the file, in the database and of the automatic backups', async () => {
  const before = (await loadKeys(data)).secretKey
  await rotateKey(data, quiet)
  const after = await readAll()
  expect(after).not.toBe(before)
  expect(existsSync(file('keys.next.json'))).toBe(false)
  await restores(after)
  await expect(restores(before)).rejects.toMatchObject({ code: 'passphrase-wrong' })
}, 400_000)

it('refuses while Bramble runs', async () => {
  const lock = await takeLock(data, 'http://127.0.0.1:1')
  await expect(rotateKey(data, quiet)).rejects.toMatchObject({ code: 'running' })
  await lock.release()
}, 400_000)

it('killed before the database was changed: the old key holds; after it: the new one', async () => {
  const old = await readAll()
  await copyFile(file('keys.json'), file('keys.old.json'))
  await copyFile(backup, path.join(folder, 'old-backup'))
  await rotateKey(data, quiet)
  const next = await readAll()
  // As a kill right after the commit leaves it.
  await copyFile(file('keys.json'), file('keys.next.json'))
  await copyFile(file('keys.old.json'), file('keys.json'))
  await copyFile(path.join(folder, 'old-backup'), backup)
  expect(await readAll()).toBe(next)
  expect(JSON.parse(await readFile(file('keys.json'), 'utf8')).secretKey).toBe(next)
  await restores(next)
  // As a kill right before the transaction leaves it.
  await copyFile(file('keys.old.json'), file('keys.next.json'))
  expect(await readAll()).toBe(next)
  expect([old === next, existsSync(file('keys.next.json'))]).toEqual([false, false])
}, 400_000)

it.each([0, 60, 250])(
  'killed %i ms after it had begun to write: nothing is lost, and it can be run again',
  async (ms) => {
    const before = await readAll()
    const argv = [process.execPath, '--import', import.meta.resolve('tsx'), path.join(root, 'apps/cli/src/main.ts')]
    const child = start([...argv, 'secret-key', 'rotate', '--data', data], { stdio: 'ignore' })
    const exited = once(child, 'exit')
    const written = async () => {
      while (!existsSync(file('keys.next.json')) && child.exitCode === null)
        await new Promise((next) => setTimeout(next, 2))
      await new Promise((next) => setTimeout(next, ms))
    }
    await Promise.race([written(), exited])
    child.kill('SIGKILL')
    await exited
    const kept = await readAll()
    await restores(kept)
    await rotateKey(data, quiet)
    const after = await readAll()
    expect([after === kept, after === before]).toEqual([false, false])
    await withDatabase(data, await loadKeys(data), async ({ url }) => {
      process.env.DATABASE_URL = url
      expect([await isSecretsKey(after), await isSecretsKey(kept)]).toEqual([true, false])
      await disconnect()
    })
  },
  400_000,
)
