/** A running Bramble with an admin, an operator and a viewer, and a cluster; everything asked over HTTP. */
import { createCluster, removeCluster } from '@bramble/db/clusters'
import { createToken, listUsers } from '@bramble/db/people'
import { claimRun, endRun, listRuns, requestCancel, requestRun, writeJournal } from '@bramble/db/runs'
import pg from 'pg'
import { until } from '../../src/supervisor/processes.ts'
import { databaseUrlOf, type Started, startBramble } from '../started.ts'
import { type BuiltAction, builtActions } from './built.ts'
import { type Answer, type Ask, ask, cookiesOf, encodeArguments, form } from './caller.ts'

export type Role = 'viewer' | 'operator' | 'admin'
export const roles: readonly Role[] = ['viewer', 'operator', 'admin']

export interface Person {
  role: Role
  name: string
  email: string
  password: string
}

export const people: Record<Role, Person> = {
  admin: { role: 'admin', name: 'Ada Admin', email: 'ada@people.test', password: 'correct horse battery ada' },
  operator: { role: 'operator', name: 'Oda Oper', email: 'oda@people.test', password: 'correct horse battery oda' },
  viewer: { role: 'viewer', name: 'Vic View', email: 'vic@people.test', password: 'correct horse battery vic' },
}

export interface ActionCall {
  args?: readonly unknown[]
  cookie?: string | undefined
  headers?: Record<string, string>
  /** `undefined` in a header's place takes it away. */
  without?: readonly string[]
  page?: string
  /** Seconds to wait for the answer; a minute when not given. */
  patience?: number
}

export class Dashboard {
  private readonly sessions = new Map<Role, { cookie: string; since: number }>()
  private constructor(
    readonly started: Started,
    readonly actions: BuiltAction[],
    /** For the parameters in addresses. */
    readonly parameters: Record<string, string>,
    readonly tokens: Record<Role, string>,
  ) {}

  get url(): string {
    return this.started.url
  }

  /** As `./bramble up` starts it; people and cluster come in over the same ways as in life. */
  static async start(): Promise<Dashboard> {
    const started = await startBramble()
    const actions = builtActions()
    const dashboard = new Dashboard(started, actions, {}, {} as Record<Role, string>)
    try {
      await dashboard.fill()
    } catch (error) {
      await started.stop()
      throw error
    }
    return dashboard
  }

  private async fill(): Promise<void> {
    const { admin } = people
    const token = new URL(this.started.link).searchParams.get('token') ?? ''
    const made = await this.call('setUp', { args: [null, form({ ...admin, token })] })
    if (made.headers['x-action-redirect'] === undefined)
      throw new Error(`The first admin was not made: ${made.status} ${made.body.slice(0, 400)}`)
    if (!(await this.started.opened(300_000))) throw new Error('The dashboard did not open after set-up')
    const cookie = await this.session('admin')
    for (const person of [people.operator, people.viewer])
      await this.call('addUser', { args: [null, form({ ...person })], cookie })

    process.env.DATABASE_URL = databaseUrlOf(this.started.data)
    process.env.BRAMBLE_SECRET_KEY = this.started.secretKey()
    const users = await listUsers()
    for (const role of roles) {
      const user = users.find(({ email }) => email === people[role].email)
      if (user?.role !== role) throw new Error(`${people[role].email} was not made ${role}`)
      const made = await createToken({ user: user.id, name: `matrix ${role}`, role, days: 30, by: user.email })
      this.tokens[role] = made.token
    }
    // The plan ends before the worker sees it: nobody knocks at these addresses.
    const run = await this.undisturbed(async () => {
      await createCluster(shelf)
      return endedPlan()
    })
    Object.assign(this.parameters, { cluster: shelf.spec.name, node: 'pi-1', run, image: run, format: 'text' })
    Object.assign(this.parameters, { app: 'page', upload: run, deploy: run, log: run })
  }

  ask(asked: Ask): Promise<Answer> {
    return ask(this.url, asked)
  }

  /** A cookie that holds, signed in again when the last one was ended or no longer proves who it is. */
  async session(role: Role): Promise<string> {
    const known = this.sessions.get(role)
    if (known && Date.now() - known.since < 5 * 60_000 && (await this.holds(known.cookie))) return known.cookie
    const cookie = await this.signIn(people[role])
    this.sessions.set(role, { cookie, since: Date.now() })
    return cookie
  }

  async holds(cookie: string): Promise<boolean> {
    const answer = await this.ask({ path: '/metrics', headers: { cookie } })
    return answer.status === 200
  }

  /** The cookies of a fresh sign-in. Throws when it is refused. */
  async signIn(person: Pick<Person, 'email' | 'password'>, cookie?: string): Promise<string> {
    const answer = await this.call('signIn', { args: [null, form({ ...person })], cookie })
    const set = cookiesOf(answer)
    if (answer.headers['x-action-redirect'] === undefined)
      throw new Error(`${person.email} could not sign in: ${answer.status} ${answer.body.slice(0, 300)}`)
    return [...set].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  action(name: string, file?: string): BuiltAction {
    const found = this.actions.filter((one) => one.name === name && (file === undefined || one.file === file))
    if (found.length !== 1) throw new Error(`${found.length} actions are called ${name}${file ? ` in ${file}` : ''}`)
    return found[0] as BuiltAction
  }

  /** Calls a server action as its page would. */
  async call(action: string | BuiltAction, call: ActionCall = {}): Promise<Answer> {
    const { id, pages } = typeof action === 'string' ? this.action(action) : action
    const { body, type } = await encodeArguments(call.args ?? [])
    const headers: Record<string, string> = {
      origin: this.url,
      accept: 'text/x-component',
      'next-action': id,
      'content-type': type,
      ...(call.cookie ? { cookie: call.cookie } : {}),
      ...call.headers,
    }
    for (const name of call.without ?? []) delete headers[name]
    const patience = call.patience ?? 60
    return this.ask({ method: 'POST', path: call.page ?? this.at(pages[0] ?? '/'), headers, body, patience })
  }

  /** An address with its parameters filled in. */
  at(address: string): string {
    return address.replace(/\[(\w+)\]/g, (_, name: string) => {
      const value = this.parameters[name]
      if (value === undefined) throw new Error(`${address} has a parameter that these tests have no value for: ${name}`)
      return encodeURIComponent(value)
    })
  }

  /** Holds everything still but the dashboard while `work` looks at it. */
  async undisturbed<T>(work: () => Promise<T>): Promise<T> {
    const { pid } = await this.started.part('worker')
    process.kill(-pid, 'SIGSTOP')
    try {
      return await work()
    } finally {
      process.kill(-pid, 'SIGCONT')
    }
  }

  /** Holds the worker still until the returned function is called, which first forgets the cluster: nobody knocks at its Pis. */
  async hold(): Promise<() => Promise<void>> {
    const { pid } = await this.started.part('worker')
    process.kill(-pid, 'SIGSTOP')
    return async () => {
      const cluster = shelf.spec.name
      for (const { id } of await listRuns({ status: 'queued' }))
        await requestCancel({ run: id, by: people.admin.email })
      await removeCluster({ cluster, typedName: cluster, by: people.admin.email })
      process.kill(-pid, 'SIGCONT')
    }
  }

  /** A digest of each table. When somebody was seen last, and how often somebody tried, is no change. */
  async fingerprint(): Promise<Record<string, string>> {
    const client = new pg.Client({ connectionString: databaseUrlOf(this.started.data) })
    await client.connect()
    try {
      const { rows } = await client.query<{ name: string }>(
        // Left out: a reader of an app's log, who is forgotten 30 s later.
        `select tablename as name from pg_tables where schemaname = 'public'
           and tablename not in ('credential_try', 'app_log_follow')`,
      )
      const digests: Record<string, string> = {}
      for (const { name } of rows) {
        const digest = await client.query<{ digest: string }>(
          `select md5(coalesce(string_agg(row, e'\\n' order by row), '')) as digest from
             (select (to_jsonb(t) - 'seen_at' - 'last_used_at')::text as row from "${name}" t) rows`,
        )
        digests[name] = digest.rows[0]?.digest ?? ''
      }
      return digests
    } finally {
      await client.end()
    }
  }

  /** Kills the dashboard's process; `up` starts it again. */
  async restart(): Promise<void> {
    const before = await this.started.part('dashboard')
    process.kill(before.pid, 'SIGKILL')
    const back = async () => {
      const now = await this.started.part('dashboard').catch(() => null)
      if (!now || now.pid === before.pid) return false
      return (await this.ask({ path: '/sign-in' }).catch(() => null))?.status === 200
    }
    if (!(await until(back, 180_000))) throw new Error('The dashboard did not come back')
  }
}

const shelf = {
  spec: {
    name: 'matrix',
    vip: '10.84.0.100',
    apps: [{ name: 'page' }],
    nodes: [1, 2, 3].map((n) => ({
      name: `pi-${n}`,
      address: `10.84.0.1${n}`,
      roles: ['etcd' as const, 'postgres' as const, ...(n < 3 ? ['balancer' as const] : []), 'web' as const],
      hostKey: `SHA256:${'matrixkey'.repeat(5).slice(0, 42)}${n}`,
    })),
  },
  logins: Object.fromEntries([1, 2, 3].map((n) => [`pi-${n}`, { password: `never typed ${n}` }])),
  by: people.admin.email,
}

/** Returns the run's id. */
async function endedPlan(): Promise<string> {
  const run = await requestRun({ cluster: shelf.spec.name, request: { kind: 'plan' }, by: people.admin.email })
  const lease = await claimRun(run, 'the tests')
  if (!lease) throw new Error('The plan could not be claimed')
  await writeJournal(lease, {
    lines: [{ node: 'pi-1', step: null, stream: 'stdout', text: 'a line of the log', at: new Date() }],
  })
  const outcome = { status: 'failed' as const, changed: 0, seconds: 1, message: 'Nobody was asked.', nodes: [] }
  await endRun(lease, { status: 'failed', outcome, trouble: null })
  return run
}

/** What nobody may read who is not signed in. */
export const inside = [...shelf.spec.nodes.flatMap(({ address, hostKey }) => [address, hostKey]), people.admin.email]
