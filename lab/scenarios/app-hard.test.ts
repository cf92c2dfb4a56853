/** What people and hardware do to apps, each under load through the virtual IP of a cluster of three. */
import { Agent } from 'node:http'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { powerOff, powerOn } from '../src/index.ts'
import { type AppCommands, appCommands } from './app-command.ts'
import { type Misbehavior, misbehavingApp } from './app-misbehaving.ts'
import { etcdctl, readReports } from './app-records.ts'
import { openTunnel } from './app-tunnel.ts'
import { askHost, startVisitors, type Visitors } from './app-visitors.ts'
import { eventually, openStage, type Stage } from './stage.ts'

const minute = 60_000
const nodes = ['pi-1', 'pi-2', 'pi-3']
let stage: Stage
let bramble: AppCommands
let load: Visitors | undefined

beforeAll(async () => {
  stage = await openStage({ id: 141, nodes: 3, built: true })
  bramble = await appCommands(
    stage,
    `apps:
  - { name: hard, domains: [hard.example, Bücher.example], database: true }
  - { name: other, domains: [other.example], health: { timeout: 30 } }
`,
  )
  await deployed('first')
}, 20 * minute)
afterAll(async () => {
  bramble?.close()
  await stage?.close()
}, 2 * minute)
afterEach(async () => {
  await load?.stop()
  load = undefined
  for (const node of nodes) await powerOn({ id: stage.id, node })
}, 2 * minute)

const visit = () => {
  load = startVisitors(stage.site, 'hard.example', 4)
  return load
}
const get = async (path = '/') => (await askHost(stage.site, 'hard.example', path)).body
const folder = (marker: string, mode?: Misbehavior, release?: string) =>
  bramble.app(misbehavingApp(marker, mode, release))
const words = (app: string, name = 'hard') => ['deploy', app, '--app', name, '--yes', '--verbose']
const deployed = (marker: string, mode?: Misbehavior) => bramble.must(...words(folder(marker, mode)))
/** Ends the load; nothing may have failed. */
async function unharmed(what: string): Promise<void> {
  await load!.stop()
  console.log(`${what}: ${load!.answers()} requests, ${load!.failures().length} failed`)
  expect(load!.failures()).toEqual([])
}

describe('a release', () => {
  it(
    'that needs 60 s to start, or answers 400 to a strange Host, is deployed',
    async () => {
      visit()
      await deployed('slow', 'slow')
      await deployed('strict', 'strict')
      await unharmed('Slow and strict')
      expect(await get()).toBe('strict')
    },
    6 * minute,
  )

  it(
    'that listens on localhost only is named as such, and changes nothing',
    async () => {
      visit()
      const end = await bramble.run(...words(folder('local', 'local')))
      expect([end.code, end.stdout]).toEqual([1, expect.stringContaining('It listens on 127.0.0.1 only')])
      expect(end.stdout).toContain('Nothing changed: release')
      await unharmed('Localhost only')
      expect(await get()).toBe('strict')
    },
    5 * minute,
  )
})

it(
  'WebSockets and a long download go on across a deploy, until they end',
  async () => {
    await deployed('before')
    const tunnel = await openTunnel(stage.site, 'hard.example')
    const download = askHost(stage.site, 'hard.example', '/download/60')
    visit()
    await deployed('after')
    expect(await get()).toBe('after')
    expect(await tunnel.say('still here')).toBe('before still here')
    expect((await download).body).toHaveLength(600_000)
    expect(await tunnel.say('and here')).toBe('before and here')
    // As long as it is open, the slot of before runs on its node.
    await eventually(30, async () => {
      const slots = Object.values(await readReports(stage)).flatMap((report) => Object.values(report.slots))
      expect(slots.filter(({ state }) => state === 'draining')).toHaveLength(1)
    })
    tunnel.close()
    await eventually(60, async () => {
      for (const { slots } of Object.values(await readReports(stage)))
        expect(Object.values(slots).map(({ state }) => state)).not.toContain('draining')
    })
    await unharmed('WebSocket and download')
  },
  6 * minute,
)

it(
  'connections that clients kept over a reload of HAProxy reach the release that serves',
  async () => {
    await deployed('reloaded')
    const clients = Array.from({ length: 20 }, () => new Agent({ keepAlive: true, maxSockets: 1 }))
    const all = async () =>
      Promise.all(clients.map((agent) => askHost(stage.site, 'hard.example', '/', { agent }).catch(String)))
    visit()
    await all()
    // They belong to the worker of before now, which is told nothing of the next switch.
    for (const balancer of ['pi-1', 'pi-2']) await stage.on(balancer, 'systemctl', 'reload', 'haproxy.service')
    await deployed('switched')
    const answers = (await all()).map((one) => (typeof one === 'string' ? one : `${one.status} ${one.body}`))
    for (const agent of clients) agent.destroy()
    const counts = [...new Set(answers)].map((one) => `${answers.filter((other) => other === one).length} × ${one}`)
    console.log(`Kept connections after a reload and a deploy: ${counts.join(', ')}`)
    expect(answers.filter((one) => !/^200 (reloaded|switched)$/.test(one))).toEqual([])
    await unharmed('Reload and deploy')
  },
  5 * minute,
)

it(
  'ten deploys leave the database sessions of others alone',
  async () => {
    const clients = Array.from({ length: 5 }, () => new pg.Client(stage.database(5000)))
    const errors: string[] = []
    for (const client of clients) {
      client.on('error', (error) => errors.push(String(error)))
      await client.connect()
    }
    const backends = () =>
      Promise.all(clients.map(async (one) => (await one.query('select pg_backend_pid() as pid')).rows[0].pid as number))
    const before = await backends()
    visit()
    for (let round = 0; round < 10; round++) await bramble.must('restart', 'hard')
    expect(await backends()).toEqual(before)
    expect(errors).toEqual([])
    await Promise.all(clients.map((client) => client.end()))
    await unharmed('Ten deploys')
  },
  10 * minute,
)

it(
  'a rollback over a migration says that the migration stays',
  async () => {
    const migration = 'psql "$DATABASE_URL" -XAtqw -c "create table moved (at int)"'
    await bramble.must(...words(folder('migrated', 'works', migration)))
    visit()
    const end = await bramble.must('rollback', 'hard', '--yes')
    expect(end.stdout).toMatch(/migrations are not undone/)
    expect(await get()).toBe('switched')
    await unharmed('Rollback over a migration')
  },
  5 * minute,
)

it(
  'an etcd that knows nothing of the apps stops none, and gets back what serves',
  async () => {
    const kept = await etcdctl(stage, 'get', '--print-value-only', 'bramble/apps/hard/serving')
    visit()
    await etcdctl(stage, 'del', '--prefix', 'bramble/app')
    await eventually(150, async () => {
      const found = await etcdctl(stage, 'get', '--print-value-only', 'bramble/apps/hard/serving')
      expect(JSON.parse(found || 'null')).toEqual(JSON.parse(kept))
    })
    await deployed('afterwards')
    expect(await get()).toBe('afterwards')
    await unharmed('An etcd without records')
  },
  6 * minute,
)

it(
  'an app that is removed leaves nothing on a node that was off',
  async () => {
    await bramble.must(...words(folder('other'), 'other'))
    await bramble.must('env', 'set', 'other', 'SECRET_KEY=canary')
    await bramble.must('restart', 'other')
    await powerOff({ id: stage.id, node: 'pi-3' })
    visit()
    const end = await bramble.run('remove', 'other', '--yes', 'other')
    expect(end.stdout).toContain('pi-3')
    await powerOn({ id: stage.id, node: 'pi-3' })
    await eventually(150, async () => {
      const left = await stage.on('pi-3', 'sh', '-c', 'ls -d /srv/bramble/apps/* /var/lib/bramble-app-*')
      expect(left).not.toContain('other')
    })
    await load!.stop()
    console.log(`Removal with a node off: ${load!.answers()} requests, ${load!.failures().length} failed`)
  },
  8 * minute,
)

it(
  'a primary that loses power during the release command: the command runs no second time',
  async () => {
    await eventually(120, () => stage.whole())
    const primary = await stage.primary()
    if (primary !== 'pi-1')
      await stage.on(
        primary,
        'patronictl',
        '-c',
        '/etc/patroni/config.yml',
        'switchover',
        '--candidate',
        'pi-1',
        '--force',
      )
    await eventually(120, async () => expect(await stage.primary()).toBe('pi-1'))
    await stage.allCopies()
    const insert =
      'psql "$DATABASE_URL" -XAtqw -c "create table if not exists tries (at timestamptz)" -c "insert into tries values (now())"'
    const app = folder('powerless', 'works', `${insert}; sleep 120`)
    const running = bramble.start(...words(app))
    await eventually(120, async () => {
      const { commands } = JSON.parse((await bramble.must('show', 'hard', '--json')).stdout)
      expect(Object.values(commands)).toContainEqual(expect.objectContaining({ state: 'started', node: 'pi-1' }))
    })
    await eventually(60, async () => expect(await tries()).toBe('1'))
    await powerOff({ id: stage.id, node: 'pi-1' })
    expect(await eventually(60, () => get())).toBe('afterwards')
    await powerOn({ id: stage.id, node: 'pi-1' })
    const end = await running.ended
    expect([end.code, end.stdout]).toEqual([1, expect.stringContaining('its result is not known')])
    const asked = await bramble.run(...words(app))
    expect([asked.code, asked.stdout]).toEqual([1, expect.stringContaining('its result is not known')])
    await bramble.must(...words(app), '--release-command', 'skip')
    // A commit of the last moment may be lost with an asynchronous replica; a second one would be a second run.
    expect(['0', '1']).toContain(await tries())
    expect(await get()).toBe('powerless')
  },
  12 * minute,
)

/** How often the release command began. */
async function tries(): Promise<string> {
  const primary = await stage.primary()
  const query = "select count(*) from pg_tables where tablename = 'tries'"
  const psql = (text: string) =>
    stage.on(primary, 'runuser', '-u', 'postgres', '--', 'psql', '-XAtq', '-d', 'app_hard', '-c', text)
  if ((await psql(query)).trim() === '0') return '0'
  return (await psql('select count(*) from tries')).trim()
}
