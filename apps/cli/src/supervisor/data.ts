/** The data directory: where Bramble on this machine keeps its database, keys and logs. */
import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'

export { defaultDataDir } from '@bramble/db/data-dir'

/** Creates the directory for its owner alone and returns its real path. */
export async function openDataDir(dir: string): Promise<string> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  await chmod(dir, 0o700)
  return realpath(dir)
}

/** Generated on the first start, never a default. Losing `secretKey` loses every secret stored in the database. */
export interface Keys {
  /** 32 bytes in base64: encrypts secrets at rest. */
  secretKey: string
  /** Signs the dashboard's sessions. */
  authSecret: string
  /** The database's superuser, used to create the rest. */
  postgresAdmin: string
  /** The role that worker and command line use. */
  postgresApp: string
}

const keyNames = ['secretKey', 'authSecret', 'postgresAdmin', 'postgresApp'] as const

/** Reads `keys.json` (0600) or makes it. Throws when the file is there but damaged: guessing would lose secrets. */
export async function loadKeys(dataDir: string): Promise<Keys> {
  const file = path.join(dataDir, 'keys.json')
  const found = await readKeys(file)
  if (found) return found
  const keys: Keys = {
    secretKey: randomBytes(32).toString('base64'),
    authSecret: randomBytes(32).toString('base64url'),
    postgresAdmin: randomBytes(24).toString('base64url'),
    postgresApp: randomBytes(24).toString('base64url'),
  }
  await writeKeys(file, keys)
  return keys
}

/** A hard link appears whole or not at all, and never replaces keys that are already there. */
export async function writeKeys(file: string, keys: Keys): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  await writeFile(draft, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600, flag: 'wx', flush: true })
  try {
    await link(draft, file)
  } finally {
    await rm(draft, { force: true })
  }
}

/** Undefined when there is no such file; throws when it is damaged. */
export async function readKeys(file: string): Promise<Keys | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const damaged = new Error(`${file} is damaged. Restore it from a backup: without it the stored secrets are lost.`)
  let value: Record<string, unknown>
  try {
    value = JSON.parse(text) as Record<string, unknown>
  } catch {
    throw damaged
  }
  if (value === null || typeof value !== 'object') throw damaged
  for (const name of keyNames) if (typeof value[name] !== 'string' || value[name].length < 32) throw damaged
  await chmod(file, 0o600)
  return Object.fromEntries(keyNames.map((name) => [name, value[name]])) as unknown as Keys
}
