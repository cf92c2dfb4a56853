/** What `up` runs: PostgreSQL, then the dashboard and the worker, each brought back when it dies. */
import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { hostname } from 'node:os'
import path from 'node:path'
import { uploadsIn } from '@bramble/db/data-dir'
import { lanAddresses, urlOf } from './addresses.ts'
import { root } from './checkout.ts'
import { type Keys, loadKeys, openDataDir } from './data.ts'
import { backUpBeforeUpgrade } from './house-backup.ts'
import { settleKeys } from './key-rotation.ts'
import { type Lock, takeLock } from './lock.ts'
import { openLog } from './log.ts'
import { Part, type PartPlan } from './part.ts'
import { type Postgres, preparePostgres, stopPostgres } from './postgres.ts'
import { end, type Identity, until } from './processes.ts'
import { prepareWebUser, type WebUser } from './web-user.ts'
import { workerProcess } from './worker.ts'

type Say = (line: string) => void

interface Listening {
  port: number
  /** Where to listen once an admin exists; before that it is the loopback. */
  host: string
}

const stopNode: readonly [NodeJS.Signals, number][] = [
  ['SIGTERM', 15_000],
  ['SIGKILL', 5_000],
]

export class House {
  private readonly parts: Part[] = []
  private readonly identities: Record<string, Identity> = {}
  private poll: NodeJS.Timeout | undefined
  private database: typeof import('./database.ts') | undefined
  private stopped = false
  /** Of the dashboard's role in the database: another one each time, kept nowhere. */
  private readonly webPassword = randomBytes(24).toString('base64url')
  private webUrl = ''

  private constructor(
    private readonly dataDir: string,
    private readonly listening: Listening,
    private keys: Keys,
    private readonly lock: Lock,
    private readonly say: Say,
  ) {}

  /** Takes the data directory. Throws AlreadyRunning when another `up` has it. */
  static async open(folder: string, listening: Listening, say: Say): Promise<House> {
    const dataDir = await openDataDir(folder)
    const lock = await takeLock(dataDir, urlOf(listening.port))
    try {
      for (const [name, identity] of Object.entries(lock.leftover?.parts ?? {}).reverse())
        await end(identity, name === 'database' ? stopPostgres : stopNode)
      await requireFree(listening.port)
      return new House(dataDir, listening, await loadKeys(dataDir), lock, say)
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  /** Returns when the dashboard answers. */
  async start(signal: AbortSignal): Promise<void> {
    const postgres = await preparePostgres(this.dataDir, this.keys)
    signal.throwIfAborted()
    await this.startPart({
      name: 'database',
      command: () => ({ argv: postgres.argv, options: postgres.options }),
      stopping: stopPostgres,
      ready: () => postgres.answers(),
    })
    signal.throwIfAborted()
    await this.openDatabase(postgres)
    let hasAdmin = (await this.database?.hasAdmin()) ?? false
    // Nobody but this machine gets near the form that makes the first admin.
    const webHost = () => (hasAdmin ? this.listening.host : '127.0.0.1')

    const { user, problem } = await prepareWebUser(this.dataDir)
    if (problem) this.say(problem)
    const web = await this.startPart({
      name: 'dashboard',
      command: () => this.webCommand(postgres, webHost(), user),
      stopping: stopNode,
      ready: () => this.webAnswers(webHost()),
    })
    signal.throwIfAborted()
    await this.startPart({ name: 'worker', command: () => this.workerCommand(postgres), stopping: stopNode })
    signal.throwIfAborted()

    if (hasAdmin) return this.sayOpen()
    await this.sayFirstSteps()
    this.watchForAdmin(async () => {
      hasAdmin = true
      await web.restart()
      if (await web.isReady(120_000)) this.sayOpen()
    })
  }

  /** Tables, the secrets' key against what is stored, and from here on the verbs of the database. */
  private async openDatabase(postgres: Postgres): Promise<void> {
    process.env.DATABASE_URL = postgres.url
    const [{ applyMigrations, pendingMigrations, prepareWebRole, webUrlOf }, database] = await Promise.all([
      import('@bramble/db/migrate'),
      import('./database.ts'),
    ])
    const { pending, fresh } = await pendingMigrations(postgres.url)
    if (pending[0] !== undefined && !fresh) {
      const file = await backUpBeforeUpgrade(this.dataDir, this.keys, postgres.url, pending[0])
      this.say(`backed up before the upgrade: ${file}`)
    }
    const applied = await applyMigrations(postgres.url)
    if (applied.length > 0) this.say(`the database is at version ${applied.at(-1)}`)
    await prepareWebRole(postgres.adminUrl, this.webPassword)
    this.webUrl = webUrlOf(postgres.url, this.webPassword)
    this.database = database
    this.keys = await settleKeys(this.dataDir, this.keys, this.say)
    process.env.BRAMBLE_SECRET_KEY = this.keys.secretKey
    await database.checkSecretsKey()
  }

  /** The contract with web and worker, the same as in docker-compose.yml: each gets the one key that it uses. */
  private environment(postgres: Postgres): NodeJS.ProcessEnv {
    const { BRAMBLE_SECRET_KEY, BETTER_AUTH_SECRET, ...inherited } = process.env
    return {
      ...inherited,
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      DATABASE_URL: postgres.url,
      BRAMBLE_URL: process.env.BRAMBLE_URL || urlOf(this.listening.port),
      BRAMBLE_DATA: this.dataDir,
    }
  }

  private webCommand(postgres: Postgres, host: string, user: WebUser | null): ReturnType<PartPlan['command']> {
    const folder = path.join(root, 'apps/web')
    const next = createRequire(path.join(folder, 'package.json')).resolve('next/dist/bin/next')
    const argv = [process.execPath, next, 'start', folder, '--hostname', host, '--port', String(this.listening.port)]
    const env = { ...this.environment(postgres), DATABASE_URL: this.webUrl, BETTER_AUTH_SECRET: this.keys.authSecret }
    if (!user) return { argv, options: { cwd: folder, env } }
    // The data directory is closed to this user: it is put into the one folder that is its own before it loses root's rights.
    const own = { BRAMBLE_UPLOADS: '/proc/self/cwd', HOME: '/nonexistent' }
    return { argv, options: { cwd: uploadsIn(this.dataDir), env: { ...env, ...own }, ...user } }
  }

  private workerCommand(postgres: Postgres): ReturnType<PartPlan['command']> {
    const { argv, cwd, environment } = workerProcess(this.dataDir)
    const { BETTER_AUTH_SECRET, ...inherited } = environment
    const env = { ...inherited, ...this.environment(postgres), BRAMBLE_SECRET_KEY: this.keys.secretKey }
    return { argv, options: { cwd, env } }
  }

  private async webAnswers(host: string): Promise<boolean> {
    try {
      await fetch(urlOf(this.listening.port, host), { redirect: 'manual', signal: AbortSignal.timeout(5_000) })
      return true
    } catch {
      return false
    }
  }

  /** Looks until there is an admin. A database that is just coming back is asked again. */
  private watchForAdmin(then: () => Promise<void>): void {
    const look = async () => {
      const found = await this.database?.hasAdmin().catch(() => false)
      if (this.stopped) return
      if (found) await then()
      else this.poll = setTimeout(() => void look(), 1_000)
    }
    void look()
  }

  private async sayFirstSteps(): Promise<void> {
    const link = await this.database?.createSetupLink()
    const { port } = this.listening
    this.say(`Bramble is up: ${urlOf(port)}`)
    this.say(`Create your account here (one use, within a day): ${urlOf(port)}/setup?token=${link?.token}`)
    this.say(
      `Until then Bramble accepts connections from this machine only. From another machine: ssh -L ${port}:127.0.0.1:${port} ${hostname()}`,
    )
  }

  private sayOpen(): void {
    const { host, port } = this.listening
    const others = host === '0.0.0.0' || host === '::' ? lanAddresses() : [host]
    this.say(`Bramble is up: ${[urlOf(port), ...others.map((address) => urlOf(port, address))].join('  ')}`)
  }

  private async startPart(plan: Omit<PartPlan, 'log' | 'say' | 'changed'>, patience = 60_000): Promise<Part> {
    const part = await Part.make({
      ...plan,
      log: await openLog(path.join(this.dataDir, 'logs'), plan.name),
      say: this.say,
      changed: (identity) => {
        if (identity) this.identities[plan.name] = identity
        else delete this.identities[plan.name]
        void this.lock.update({ parts: { ...this.identities } }).catch((error: Error) => this.say(error.message))
      },
    })
    this.parts.push(part)
    await part.start(patience)
    return part
  }

  /** Stops everything, the database last. */
  async stop(): Promise<void> {
    this.stopped = true
    clearTimeout(this.poll)
    const [database, ...others] = this.parts
    await Promise.all(others.map((part) => part.stop()))
    await this.database?.disconnect()
    await database?.stop()
    await this.lock.release()
  }
}

/** A part that a killed `up` left behind may need a moment to let go of the port. */
async function requireFree(port: number): Promise<void> {
  const isFree = () =>
    new Promise<boolean>((resolve) => {
      const server = createServer()
      server.once('error', () => resolve(false))
      server.listen(port, '0.0.0.0', () => server.close(() => resolve(true)))
    })
  if (!(await until(isFree, 5_000, 200)))
    throw new Error(`Port ${port} is used by another program. Choose another port with --port.`)
}
