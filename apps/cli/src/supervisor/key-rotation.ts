/**
 * A new `secretKey` for a data directory. The new keys wait in `keys.next.json` until the database is encrypted with them, so
 * that at every moment one of the two files has the key of the database; `up` ends what was interrupted.
 */
import { randomBytes } from 'node:crypto'
import { readdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { disconnect } from '@bramble/db'
import { pendingMigrations } from '@bramble/db/migrate'
import { isSecretsKey, rotateSecretsKey } from '@bramble/db/secrets'
import { Trouble } from '@bramble/provision'
import { type Keys, loadKeys, readKeys, writeKeys } from './data.ts'
import { withDatabase } from './house-backup.ts'
import { AlreadyRunning } from './lock.ts'
import { readSealed, writeSealed } from './sealed-file.ts'

type Say = (line: string) => void

const nextFile = (dataDir: string) => path.join(dataDir, 'keys.next.json')

/** Of a Bramble that is stopped. Troubles `no-data`, `running`, `not-migrated`; Refusals of the database. */
export async function rotateKey(dataDir: string, say: Say): Promise<void> {
  const there: string[] = await readdir(dataDir).catch(() => [])
  if (!there.includes('keys.json') || !there.includes('postgres'))
    throw new Trouble('no-data', `There is no Bramble in ${dataDir}.`, 'Give its folder with --data.')
  const keys = await loadKeys(dataDir)
  await withDatabase(dataDir, keys, async ({ url }) => {
    process.env.DATABASE_URL = url
    try {
      if ((await pendingMigrations(url)).pending.length > 0)
        throw new Trouble(
          'not-migrated',
          'The database was created by an earlier version of Bramble.',
          'Start this version once with ./bramble up, stop it, and run this again.',
        )
      const old = await settleKeys(dataDir, keys, say)
      const next = { ...old, secretKey: randomBytes(32).toString('base64') }
      await writeKeys(nextFile(dataDir), next)
      const { count, unreadable } = await rotateSecretsKey(old.secretKey, next.secretKey)
      for (const place of unreadable)
        say(`could not be decrypted with the old key either and was not changed: ${place}`)
      await promote(dataDir, old, next, say)
      say(`${count} stored secrets are encrypted with a new key`)
    } finally {
      await disconnect()
    }
  }).catch((error: unknown) => {
    if (!(error instanceof AlreadyRunning)) throw error
    throw new Trouble('running', error.message, 'Stop it, run this again, then start it.')
  })
}

/** Ends or undoes what a killed rotation began. The database has to run, at DATABASE_URL. Returns the keys that hold. */
export async function settleKeys(dataDir: string, keys: Keys, say: Say): Promise<Keys> {
  const next = await readKeys(nextFile(dataDir))
  if (!next) return keys
  if (await isSecretsKey(next.secretKey)) {
    say('the key rotation that was interrupted is completed')
    return promote(dataDir, keys, next, say)
  }
  await rm(nextFile(dataDir))
  return keys
}

/** The database is encrypted with the next keys by now. */
async function promote(dataDir: string, old: Keys, next: Keys, say: Say): Promise<Keys> {
  await encryptBackupsAgain(path.join(dataDir, 'backups'), old.secretKey, next.secretKey, say)
  await rename(nextFile(dataDir), path.join(dataDir, 'keys.json'))
  return next
}

/** The automatic backups, whose passphrase is the key. One that is damaged stays as it is. */
async function encryptBackupsAgain(folder: string, from: string, to: string, say: Say): Promise<void> {
  const names: string[] = await readdir(folder).catch(() => [])
  for (const name of names.filter((one) => one.endsWith('.bramble'))) {
    const file = path.join(folder, name)
    if (await opens(file, to)) continue
    const draft = `${file}.next`
    try {
      await rm(draft, { force: true })
      await writeSealed(draft, to, readSealed(file, from))
      await rename(draft, file)
    } catch (error) {
      if (!(error instanceof Trouble)) throw error
      say(`${file} was not changed: ${error.message}`)
    }
  }
}

async function opens(file: string, passphrase: string): Promise<boolean> {
  try {
    for await (const _ of readSealed(file, passphrase)) return true
    return true
  } catch (error) {
    if (error instanceof Trouble) return false
    throw error
  }
}
