/** A worker that ends in the middle of a restore, or of an upgrade of PostgreSQL: both run on, and the next worker follows them to their end. */
import { requestBackup } from '@bramble/db/backups'
import { getRun, readLog, requestOperation } from '@bramble/db/runs'
import { until, useDatabase } from '@bramble/db/test/database'
import { takeBackup } from '@bramble/provision'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { olderPostgres } from '../src/index.ts'
import { type HeldCommand, holdCommand } from './held-command.ts'
import { runningUnit } from './slow-package.ts'
import { rowsOf } from './sql.ts'
import { eventually, openStage, type Stage } from './stage.ts'
import { watchStage } from './watched.ts'
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts'

const minute = 60_000
const by = 'ada@example.org'
useDatabase()
let stage: Stage
const workers: WorkerProcess[] = []
beforeAll(async () => {
  // The nodes run Debian 13, which has 17.
  const postgres = await olderPostgres()
  stage = await openStage({
    id: 85,
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
  await watchStage(stage)
  await sql('create table kept (n int primary key)')
}, 20 * minute)
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.end()
}, 2 * minute)
afterAll(() => stage?.close(), 2 * minute)

async function worker(): Promise<WorkerProcess> {
  const started = await startWorkerProcess(stage.id)
  workers.push(started)
  return started
}

const sql = (text: string) => eventually(120, () => rowsOf<Record<string, string>>(text, stage.database(5000)))
const lines = async (run: string) => (await readLog({ run, from: 0, limit: 5000 })).map(({ text }) => text)
const succeeds = async (run: string) => {
  await until(
    'the run ends',
    async () => !['queued', 'running'].includes((await getRun(run))?.status ?? ''),
    10 * minute,
  )
  expect(await getRun(run)).toMatchObject({ status: 'succeeded' })
}

/** SIGTERM to the worker while `held` stands still on a node; the next one follows it there. */
async function handOver(first: WorkerProcess, run: string, held: HeldCommand): Promise<void> {
  expect(await first.end()).toBe(0)
  expect(await runningUnit(stage, held.node)).toBe(held.unit)
  await worker()
  const follows = async () => (await lines(run)).some((line) => line.includes('started earlier is still running'))
  await until('the next worker follows it', follows, 2 * minute)
  expect(await runningUnit(stage, held.node)).toBe(held.unit)
  console.log(`${held.node}: ${held.unit} before and after the worker ended`)
  await held.release()
  await succeeds(run)
  for (const { name } of stage.spec.nodes) expect([name, await stage.on(name, 'dpkg', '--audit')]).toEqual([name, ''])
  await stage.allCopies()
}

it(
  'SIGTERM to the worker during a restore: pgBackRest runs on in the same unit, and the database is as it was then',
  async () => {
    const { spec, secrets, fleet } = stage
    const told = { since: new Date(), signal: new AbortController().signal, emit: () => undefined }
    expect((await takeBackup({ spec, secrets, fleet, ...told, type: 'full' })).status).toBe('succeeded')
    await sql('insert into kept values (1)')
    await sql('select pg_sleep(1.1)')
    const to = (await sql(`select to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at`))[0]!.at
    await sql('select pg_sleep(1.1)')
    await sql('insert into kept values (2)')
    const held = await holdCommand(stage, ['pgbackrest', 'restore'])
    const first = await worker()
    const run = await requestBackup({ cluster: spec.name, request: { kind: 'restore', to }, typed: spec.name, by })
    await handOver(first, run, await held())
    expect(await sql('select n from kept')).toEqual([{ n: 1 }])
  },
  15 * minute,
)

it(
  'SIGTERM to the worker during an upgrade: pg_upgrade runs on in the same unit, and the database has the new version',
  async () => {
    const held = await holdCommand(stage, ['/usr/lib/postgresql/17/bin/pg_upgrade', '!--check'])
    const first = await worker()
    const run = await requestOperation({ cluster: stage.spec.name, operation: { kind: 'upgrade', to: 17 }, by })
    await handOver(first, run, await held())
    expect((await sql('show server_version'))[0]?.server_version).toMatch(/^17/)
    expect(await sql('select n from kept')).toEqual([{ n: 1 }])
  },
  15 * minute,
)
