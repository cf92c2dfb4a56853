/** Bramble's own backup: its keys and its database in one encrypted file, and back on an empty data directory. */
import { once } from 'node:events'
import { mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { createGunzip, createGzip } from 'node:zlib'
import { exportDatabase, importDatabase } from '@bramble/db/export'
import { start } from '@bramble/process'
import { Trouble } from '@bramble/provision'
import { type Keys, loadKeys } from './data.ts'
import { readRunning, takeLock } from './lock.ts'
import { preparePostgres, stopPostgres } from './postgres.ts'
import { isAlive, until } from './processes.ts'
import { readSealed, writeSealed } from './sealed-file.ts'

/** The database of the Bramble on this data directory, whether it runs or not. Trouble `no-data`. */
export async function atDatabase<T>(dataDir: string, work: (url: string, keys: Keys) => Promise<T>): Promise<T> {
  const there: string[] = await readdir(dataDir).catch(() => [])
  if (!there.includes('keys.json') || !there.includes('postgres'))
    throw new Trouble('no-data', `There is no Bramble in ${dataDir}.`, 'Give its folder with --data.')
  const keys = await loadKeys(dataDir)
  const running = await readRunning(dataDir)
  if (running && (await isAlive(running.up))) return work(await runningUrl(dataDir, keys), keys)
  return withDatabase(dataDir, keys, ({ url }) => work(url, keys))
}

/** Writes the backup of the Bramble on this data directory. Trouble `no-data`, `file-exists`. */
export async function backUpHouse(dataDir: string, file: string, passphrase: string): Promise<void> {
  await atDatabase(dataDir, (url, keys) => exportTo(file, passphrase, keys, url))
}

async function exportTo(file: string, passphrase: string, keys: Keys, url: string): Promise<void> {
  if (
    await readFile(file).then(
      () => true,
      () => false,
    )
  )
    throw new Trouble(
      'file-exists',
      `${file} already exists.`,
      'Choose another name: an existing file is never overwritten.',
    )
  async function* lines() {
    yield `${JSON.stringify({ keys })}\n`
    for await (const line of exportDatabase(url)) yield `${line}\n`
  }
  const packed = Readable.from(lines()).compose(createGzip()) as AsyncIterable<Buffer>
  await writeSealed(file, passphrase, packed)
}

async function runningUrl(dataDir: string, keys: Keys): Promise<string> {
  const lines = (await readFile(path.join(dataDir, 'postgres/postmaster.pid'), 'utf8')).split('\n')
  return `postgresql://bramble:${keys.postgresApp}@127.0.0.1:${lines[3]}/bramble`
}

/** Starts the database of a data directory for as long as the work takes. */
export async function withDatabase<T>(
  dataDir: string,
  keys: Keys,
  work: (urls: { url: string; admin: string }) => Promise<T>,
): Promise<T> {
  const lock = await takeLock(dataDir, '')
  try {
    const postgres = await preparePostgres(dataDir, keys)
    const child = start(postgres.argv, { ...postgres.options, stdio: 'ignore', detached: true })
    const exited = once(child, 'exit')
    try {
      if (!(await until(() => postgres.answers(), 60_000, 100))) throw new Error('The database did not start.')
      return await work({ url: postgres.url, admin: postgres.adminUrl })
    } finally {
      for (const [signal, patience] of stopPostgres) {
        if (child.exitCode !== null || child.signalCode !== null) break
        child.kill(signal)
        await Promise.race([exited, until(async () => child.exitCode !== null, patience)])
      }
    }
  } finally {
    await lock.release()
  }
}

/**
 * Into a data directory that is empty or not there; it appears whole or not at all. Returns what came back.
 * Troubles `data-not-empty` and those of `readSealed`; Refusals of the import.
 */
export async function restoreHouse(
  dataDir: string,
  file: string,
  passphrase: string,
): Promise<{ rows: number; at: string }> {
  const there = await readdir(dataDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (there && there.length > 0)
    throw new Trouble(
      'data-not-empty',
      `${dataDir} is not empty: a backup is only restored to an empty folder.`,
      'Give an empty folder with --data, or move the existing one.',
    )
  const draft = `${dataDir}.restoring-${process.pid}`
  await mkdir(path.dirname(dataDir), { recursive: true })
  await mkdir(draft, { mode: 0o700 })
  try {
    const packed = Readable.from(readSealed(file, passphrase))
    const unpacked = createGunzip()
    // An error of the file is told, not the one that unpacking makes of it.
    packed.on('error', (error) => unpacked.destroy(error))
    const lines = createInterface({ input: packed.pipe(unpacked), crlfDelay: Number.POSITIVE_INFINITY })[
      Symbol.asyncIterator
    ]()
    const broken = once(unpacked, 'error').then(([error]) => Promise.reject(error))
    const result = await Promise.race([broken, unpack(draft, lines)])
    if (there) await rmdir(dataDir)
    await rename(draft, dataDir)
    return result
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

async function unpack(folder: string, lines: AsyncIterator<string>): Promise<{ rows: number; at: string }> {
  const first = await lines.next()
  const { keys } = JSON.parse(String(first.value ?? '{}')) as { keys?: Keys }
  if (!keys) throw new Trouble('not-a-backup', 'The backup contains no keys.', 'Use another backup.')
  await writeFile(path.join(folder, 'keys.json'), `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
  const checked = await loadKeys(folder)
  return withDatabase(folder, checked, ({ url, admin }) =>
    importDatabase({ url: admin, owner: url, lines: { [Symbol.asyncIterator]: () => lines } }),
  )
}

/** Automatic backups that are kept. */
const keepBefore = 5

/** Before the tables are changed by a newer version; its passphrase is the `secretKey` of keys.json. */
export async function backUpBeforeUpgrade(dataDir: string, keys: Keys, url: string, first: string): Promise<string> {
  const folder = path.join(dataDir, 'backups')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const stamp = new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')
  const file = path.join(folder, `before-${first}-${stamp}.bramble`)
  await exportTo(file, keys.secretKey, keys, url)
  const old = (await readdir(folder)).filter((name) => name.startsWith('before-')).sort(byStamp)
  for (const name of old.slice(0, -keepBefore)) await rm(path.join(folder, name), { force: true })
  return file
}

const stampOf = (name: string) => name.slice(-'20261127-210000.bramble'.length)
const byStamp = (a: string, b: string) => stampOf(a).localeCompare(stampOf(b))
