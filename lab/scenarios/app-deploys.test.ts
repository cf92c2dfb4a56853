/** Deploys that are cut off, release commands, and apps with a database, by the command line on a cluster of three. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AppCommands, appCommands, smallApp } from './app-command.ts'
import { askHost, startVisitors } from './app-visitors.ts'
import { eventually, openStage, type Stage } from './stage.ts'

const minute = 60_000
let stage: Stage
let bramble: AppCommands

beforeAll(async () => {
  stage = await openStage({ id: 97, nodes: 3, built: true })
  bramble = await appCommands(
    stage,
    `apps:
  - { name: notes, domains: [notes.example], database: true, health: { timeout: 20 } }
  - { name: other, domains: [other.example], database: true, health: { timeout: 20 } }
`,
  )
}, 15 * minute)
afterAll(async () => {
  bramble?.close()
  await stage?.close()
}, 2 * minute)

const get = async (host: string, path = '/') => (await askHost(stage.site, host, path)).body
const sql = (database: string, statement: string, host = 'notes.example') =>
  get(host, `/sql/${database}/${statement.replaceAll(' ', '+')}`)
const words = (app: string, name = 'notes') => ['deploy', app, '--app', name, '--yes', '--verbose']
const withCommand = (marker: string, command: string) =>
  bramble.app(smallApp(marker, 'works', { Procfile: `web: exec python3 server.py\nrelease: ${command}\n` }))
const statement = (text: string) => `psql "$DATABASE_URL" -XAtqw -c "${text}"`

describe('an app with a database', () => {
  it(
    'has its tables made once by the release command, through the virtual IP and verified TLS',
    async () => {
      const app = withCommand('first', statement('create table lines (text text)'))
      const end = await bramble.must(...words(app))
      console.log(`First deploy with a database: ${end.seconds} s`)
      expect(await eventually(60, () => sql('app_notes', 'select count(*) from lines'))).toBe('0\n')
      expect(await sql('app_notes', 'select ssl from pg_stat_ssl where pid = pg_backend_pid()')).toBe('t\n')
      const url = Object.entries(JSON.parse(await get('notes.example', '/environment')) as Record<string, string>)
        .map(([name, value]) => [name, value].map((text) => Buffer.from(text, 'base64').toString()))
        .find(([name]) => name === 'DATABASE_URL')![1]
      expect(url).toMatch(/sslmode=verify-full&sslrootcert=/)
      // The same release again: "create table" would fail if the command ran a second time.
      await bramble.must(...words(app))
    },
    6 * minute,
  )

  it(
    'reaches no database but its own',
    async () => {
      await bramble.must(...words(bramble.app(smallApp('other')), 'other'))
      expect(await sql('app_other', 'select 1')).toContain('permission denied for database "app_other"')
      expect(await sql(stage.spec.database.name, 'select 1')).toContain('permission denied for database')
    },
    5 * minute,
  )

  it(
    'keeps serving when its release command fails, and says why',
    async () => {
      const load = startVisitors(stage.site, 'notes.example', 4)
      const app = withCommand('broken', statement('select * from nothing'))
      const end = await bramble.run(...words(app))
      expect([end.code, end.stdout]).toEqual([1, expect.stringContaining('relation "nothing" does not exist')])
      expect(end.stdout).toContain('Nothing changed: release')
      await load.stop()
      expect([load.failures(), Object.keys(load.since(0))]).toEqual([[], ['first']])
    },
    4 * minute,
  )
})

describe('a deploy that is killed', () => {
  it.each([
    ['while it prepares', 'Copy release'],
    ['while the slot starts', 'Start slot'],
  ])(
    '%s leaves the present release serving, and the next one works',
    async (_, phase) => {
      const before = await get('notes.example')
      const load = startVisitors(stage.site, 'notes.example', 4)
      const running = bramble.start(...words(bramble.app(smallApp('killed'))))
      await eventually(60, async () => expect(running.said()).toContain(phase))
      running.child.kill('SIGKILL')
      await running.ended
      const next = `after ${phase}`.replaceAll(' ', '-')
      const end = await bramble.must(...words(bramble.app(smallApp(next))))
      console.log(`Deploy after one was killed: ${end.seconds} s, with its wait for the claim`)
      await load.stop()
      expect(load.failures()).toEqual([])
      expect(Object.keys(load.since(0)).filter((word) => ![before, next, 'killed'].includes(word))).toEqual([])
      expect(await get('notes.example')).toBe(next)
    },
    6 * minute,
  )

  it(
    'while the release command runs: the command continues, and runs no second time',
    async () => {
      const command = `sleep 45; ${statement("insert into lines values ('once')")}`
      const app = withCommand('slow', command)
      const running = bramble.start(...words(app))
      await eventually(60, async () => {
        const { commands } = JSON.parse((await bramble.must('show', 'notes', '--json')).stdout)
        expect(Object.values(commands)).toContainEqual(expect.objectContaining({ state: 'started' }))
      })
      running.child.kill('SIGKILL')
      await running.ended
      await bramble.must(...words(app))
      expect(await get('notes.example')).toBe('slow')
      expect(await sql('app_notes', 'select count(*) from lines')).toBe('1\n')
    },
    6 * minute,
  )

  it(
    'with the node of the release command rebooted: it asks, and does what was answered',
    async () => {
      const app = withCommand('asks', `sleep 600; ${statement("insert into lines values ('twice')")}`)
      const running = bramble.start(...words(app))
      const record = await eventually(60, async () => {
        const { commands } = JSON.parse((await bramble.must('show', 'notes', '--json')).stdout)
        const found = Object.values(commands as Record<string, { state: string; node: string; unit: string }>).find(
          ({ state }) => state === 'started',
        )
        return found ?? Promise.reject(new Error('not started'))
      })
      running.child.kill('SIGKILL')
      await running.ended
      // As after a reboot: the unit is gone, and nobody knows how it ended.
      await stage.on(record.node, 'systemctl', 'stop', record.unit)
      const asked = await bramble.run(...words(app))
      expect([asked.code, asked.stdout]).toEqual([1, expect.stringContaining('its result is not known')])
      expect(await get('notes.example')).toBe('slow')
      await bramble.must(...words(app), '--release-command', 'skip')
      expect(await get('notes.example')).toBe('asks')
      expect(await sql('app_notes', 'select count(*) from lines')).toBe('1\n')
    },
    6 * minute,
  )
})

it(
  'a removed app with a database leaves it only when that was not asked for',
  async () => {
    await bramble.must('remove', 'other', '--yes', 'other', '--drop-database')
    const primary = await stage.primary()
    const listed = await stage.on(
      primary,
      'runuser',
      '-u',
      'postgres',
      '--',
      'psql',
      '-XAtqc',
      'select datname from pg_database',
    )
    expect(listed.split('\n')).not.toContain('app_other')
    expect(listed.split('\n')).toContain('app_notes')
  },
  4 * minute,
)
