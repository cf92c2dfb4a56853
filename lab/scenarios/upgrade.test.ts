/** PostgreSQL 15 to 17 under a client that writes: refused in words, taken up by another worker, gone back from, finished. */
import type { RunEvent } from '@bramble/cluster'
import {
  finishUpgrade,
  goBack,
  readRepository,
  type Upgraded,
  type UpgradeInput,
  upgradePostgres,
} from '@bramble/provision'
import { type Sight, startWitness } from '@bramble/provision/availability'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { olderPostgres, powerOff, powerOn } from '../src/index.ts'
import { rowsOf } from './sql.ts'
import { eventually, openStage, type Stage } from './stage.ts'

const minute = 60_000
let stage: Stage

beforeAll(async () => {
  // The nodes run Debian 13, which has 17.
  const postgres = await olderPostgres()
  stage = await openStage({
    id: 57,
    nodes: 3,
    change: (spec) => ({
      ...spec,
      postgres,
      backup: {
        repository: { kind: 'node', node: 'pi-1', path: '/var/lib/pgbackrest', mounted: false },
        schedule: { time: '03:00', full: 'sunday', between: 'diff', drill: 'weekly' },
        keep: 3,
        encrypted: true,
      },
    }),
  })
  const { outcome } = await stage.apply()
  expect(outcome.status, outcome.message).toBe('succeeded')
  await sql('create table kept (n int primary key, word text); create index on kept (word)')
  await sql(`insert into kept select n, 'word ' || n from generate_series(1, 20000) n`)
}, 15 * minute)
afterAll(() => stage?.close(), 2 * minute)

const sql = <T extends pg.QueryResultRow>(text: string) => eventually(60, () => rowsOf<T>(text, stage.database(5000)))
const count = async () => Number((await sql<{ n: string }>('select count(*) as n from kept'))[0]!.n)
const serving = async () =>
  Number.parseInt((await sql<{ v: string }>(`select current_setting('server_version') as v`))[0]!.v, 10)

interface Asked {
  done: Upgraded
  sight: Sight
  events: RunEvent[]
}

/** With a client at the virtual IP the whole time; afterwards the stage has the spec that the upgrade has made. */
async function ask(
  work: (input: UpgradeInput) => Promise<Upgraded>,
  { since = new Date(), onEvent = () => {} }: { since?: Date; onEvent?: (event: RunEvent) => void } = {},
): Promise<Asked> {
  const witness = await startWitness(stage.spec, stage.secrets, { patience: 60 })
  const events: RunEvent[] = []
  try {
    const done = await work({
      ...{ spec: stage.spec, secrets: stage.secrets, fleet: stage.fleet, since, cancelled: () => false },
      signal: new AbortController().signal,
      emit(event) {
        events.push(event)
        onEvent(event)
      },
    })
    const sight = await witness.finish(60)
    return { done, sight, events }
  } finally {
    await witness.end()
    console.log(events.flatMap((event) => (event.type === 'step-failed' ? [`${event.step}: ${event.message}`] : [])))
  }
}

async function adopt({ postgres }: Upgraded): Promise<void> {
  if (postgres) stage = await stage.become((spec) => ({ ...spec, postgres }))
}

async function nothingToDo(): Promise<void> {
  await stage.allCopies()
  const { changes, findings, nodes } = await stage.plan()
  const todo = nodes.flatMap(({ node, steps }) =>
    (steps ?? []).filter(({ verdict }) => verdict === 'todo').map(({ id, because }) => `${node} ${id}: ${because}`),
  )
  expect({ changes, todo, findings }).toEqual({ changes: 0, todo: [], findings: [] })
}

const told = ({ writeOutage, acknowledged, lost }: Sight) =>
  `writes away for ${writeOutage.toFixed(1)} s, ${lost} of ${acknowledged} acknowledged ones lost`

describe('before anything is stopped', () => {
  it(
    'what pg_upgrade cannot carry over is named, and the database serves on',
    async () => {
      await sql('create table odd (config regconfig, proc regproc)')
      await expect(ask((input) => upgradePostgres(input, 17))).rejects.toMatchObject({
        code: 'not-begun',
        message: expect.stringMatching(/cannot upgrade this database\. Your installation .*public\.odd\.proc/),
      })
      expect(await serving()).toBe(15)
      await sql('drop table odd')
      await nothingToDo()
    },
    5 * minute,
  )

  it('a version that is not newer is refused', async () =>
    expect(ask((input) => upgradePostgres(input, 15))).rejects.toMatchObject({ code: 'not-newer' }))

  it(
    'a copy that is away is named',
    async () => {
      const primary = await stage.primary()
      const replica = stage.spec.nodes.find(({ name }) => name !== primary)!.name
      await stage.on(replica, 'systemctl', 'stop', 'patroni')
      await eventually(60, () =>
        expect(ask((input) => upgradePostgres(input, 17))).rejects.toMatchObject({
          message: expect.stringContaining(replica),
        }),
      )
      await stage.on(replica, 'systemctl', 'start', 'patroni')
      await nothingToDo()
    },
    5 * minute,
  )

  it(
    'settings alone do not change the version',
    async () => {
      stage = await stage.become((spec) => ({ ...spec, postgres: { ...spec.postgres!, version: 17 } }))
      const { findings } = await stage.plan()
      expect(findings.map(({ code }) => code)).toContain('postgres-version')
      await expect(stage.apply()).rejects.toMatchObject({ code: 'preflight' })
      stage = await stage.become((spec) => ({ ...spec, postgres: { ...spec.postgres!, version: 15 } }))
    },
    3 * minute,
  )
})

describe('an upgrade', () => {
  it(
    'that fails in the middle goes back by itself, and nothing acknowledged is lost',
    async () => {
      let spoilt: Promise<unknown> | null = null
      const { done, sight } = await ask((input) => upgradePostgres(input, 17), {
        // After pg_upgrade was asked and before it works: somebody adds what it cannot carry over.
        onEvent(event) {
          if (event.type === 'step-started' && event.step === 'upgrade/begin')
            spoilt ??= sql('create table late (proc regproc)').catch(() => undefined)
        },
      })
      await spoilt
      console.log('failed in the middle:', told(sight), done.outcome.message)
      expect(done.outcome.status).toBe('failed')
      expect(done.outcome.message).toContain('The cluster is back on PostgreSQL 15')
      expect(done.postgres).toBeNull()
      expect(sight.lost).toBe(0)
      expect(await serving()).toBe(15)
      expect(await count()).toBe(20000)
      await sql('drop table late')
      await nothingToDo()
    },
    8 * minute,
  )

  it(
    'is taken up where another worker left it, keeps every row and every acknowledged write, and tells its outage',
    async () => {
      const since = new Date()
      const first = new AbortController()
      const { done, sight } = await ask(
        async (input) => {
          const left = await upgradePostgres(
            {
              ...input,
              signal: first.signal,
              emit(event) {
                if (event.type === 'step-started' && event.step === 'upgrade/data') first.abort()
                input.emit(event)
              },
            },
            17,
          )
          expect(left).toMatchObject({ postgres: null, outcome: { status: 'cancelled' } })
          return upgradePostgres(input, 17)
        },
        { since },
      )
      console.log('upgrade:', told(sight), done.outcome.message)
      expect(done.outcome.status, done.outcome.message).toBe('succeeded')
      expect(sight.lost).toBe(0)
      expect(sight.writeOutage).toBeLessThan(90)
      expect(done.postgres).toMatchObject({ version: 17, wayBack: { version: 15, since: since.toISOString() } })
      await adopt(done)
      expect(await serving()).toBe(17)
      expect(await count()).toBe(20000)
      // The cluster's own limits hold without another restart.
      expect(await sql('show max_connections')).toEqual([{ max_connections: '40' }])
      await nothingToDo()
      const { backups, trouble } = await readRepository(stage)
      expect(trouble).toBeNull()
      // Those of 15 cannot be restored with 17.
      expect(backups.map(({ type }) => type)).toEqual(['full'])
    },
    10 * minute,
  )

  it(
    'is left as it is when it is asked for once more',
    async () => {
      const { done, sight, events } = await ask((input) => upgradePostgres(input, 17))
      expect(done.outcome.status, done.outcome.message).toBe('succeeded')
      expect(events.flatMap((event) => (event.type === 'step-started' ? [event.step] : []))).toEqual(['backup/take'])
      expect(sight).toMatchObject({ lost: 0 })
    },
    5 * minute,
  )

  it(
    'is gone back from: what was there before is there, what was written since is not',
    async () => {
      await sql(`insert into kept values (20001, 'since')`)
      const { done, sight } = await ask(goBack)
      console.log('way back:', `writes away for ${sight.writeOutage.toFixed(1)} s`, done.outcome.message)
      expect(done.outcome.status, done.outcome.message).toBe('succeeded')
      await adopt(done)
      expect(await serving()).toBe(15)
      expect(await count()).toBe(20000)
      await nothingToDo()
      for (const { name } of stage.spec.nodes)
        expect(await stage.on(name, 'ls', '/var/lib/postgresql/17'), name).toBe('')
    },
    8 * minute,
  )

  it(
    'is finished: the old version is gone, and the copies follow a new primary',
    async () => {
      const up = await ask((input) => upgradePostgres(input, 17))
      console.log('second upgrade:', told(up.sight))
      expect(up.done.outcome.status, up.done.outcome.message).toBe('succeeded')
      await adopt(up.done)
      const { done, sight } = await ask(finishUpgrade)
      expect(done.outcome.status, done.outcome.message).toBe('succeeded')
      expect(sight.writeOutage).toBeLessThan(10)
      await adopt(done)
      expect(stage.spec.postgres).not.toHaveProperty('wayBack')
      for (const { name } of stage.spec.nodes) {
        expect(await stage.on(name, 'ls', '/usr/lib/postgresql'), name).toBe('17\n')
        expect(await stage.on(name, 'find', '/var/lib/postgresql/15', '-mindepth', '1'), name).toBe('')
      }
      await nothingToDo()
      await expect(ask(goBack)).rejects.toMatchObject({ code: 'no-upgrade' })
      const before = await stage.primary()
      // Without these rights Patroni could not rewind a primary that died.
      const rights = `select has_function_privilege('rewind', 'pg_read_binary_file(text)', 'execute')`
      expect(await stage.on(before, 'runuser', '-u', 'postgres', '--', 'psql', '-XAtqw', '-c', rights)).toBe('t\n')
      await powerOff({ id: stage.id, node: before })
      await eventually(120, async () => expect(await stage.primary()).not.toBe(before))
      await powerOn({ id: stage.id, node: before })
      await stage.allCopies()
      expect(await serving()).toBe(17)
      expect(await count()).toBe(20000)
    },
    10 * minute,
  )
})
