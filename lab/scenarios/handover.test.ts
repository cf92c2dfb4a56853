/** A worker that ends, or loses its lease, in the middle of a long action on a node: the action runs on, and the next worker continues there. */
import { prisma } from '@bramble/db'
import { getRun, readLog, requestCancel, requestOperation } from '@bramble/db/runs'
import { until, useDatabase } from '@bramble/db/test/database'
import { type Fleet, openFleet, type Transport } from '@bramble/provision'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { installSlowPackage, runningUnit, type SlowPackage } from './slow-package.ts'
import { openStage, type Stage } from './stage.ts'
import { watchStage } from './watched.ts'
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts'

const minute = 60_000
const by = 'ada@example.org'
useDatabase()
let stage: Stage
let slow: SlowPackage
let node: string
const workers: WorkerProcess[] = []
const fleets: Fleet[] = []
beforeAll(async () => {
  stage = await openStage({ id: 84, nodes: 3, built: true })
  await watchStage(stage)
  const primary = await stage.primary()
  node = stage.spec.nodes.find(({ name }) => name !== primary)!.name
  slow = await installSlowPackage(stage, node)
}, 15 * minute)
afterEach(async () => {
  await slow.finish()
  for (const fleet of fleets.splice(0)) await fleet.close()
  for (const worker of workers.splice(0)) await worker.end()
}, 2 * minute)
afterAll(() => stage?.close(), 2 * minute)

async function worker(): Promise<WorkerProcess> {
  const started = await startWorkerProcess(stage.id)
  workers.push(started)
  return started
}

/** *Update packages* is asked for on the node, and apt waits in the new version of the package. */
async function updating(): Promise<{ run: string; unit: string }> {
  await slow.offer()
  const run = await requestOperation({ cluster: stage.spec.name, operation: { kind: 'update', nodes: [node] }, by })
  return { run, unit: await slow.unit() }
}

/** The way to the node of the worker that claimed the run as the n-th. */
async function fenceOf(run: string, fence: number): Promise<Transport> {
  const { createdAt } = await prisma().run.findUniqueOrThrow({ where: { id: run } })
  const { spec, secrets } = stage
  const fleet = openFleet({
    spec,
    logins: () => [{ user: spec.ssh.user, privateKey: secrets.ssh.privateKey }],
    hostKey: ({ hostKey }) => hostKey,
    claim: { run, since: createdAt.getTime(), fence },
  })
  fleets.push(fleet)
  return fleet.connect(spec.nodes.find(({ name }) => name === node)!)
}

const status = async (run: string) => (await getRun(run))?.status
const lines = async (run: string) => (await readLog({ run, from: 0, limit: 5000 })).map(({ text }) => text)
const said = async (run: string, words: string) => (await lines(run)).some((line) => line.includes(words))
const succeeds = async (run: string) => {
  await until('the run succeeds', async () => !['queued', 'running'].includes((await status(run)) ?? ''), 5 * minute)
  expect(await getRun(run)).toMatchObject({ status: 'succeeded' })
}
const followed = 'started earlier is still running'
const takenUp = (run: string) => until('the next worker follows it', () => said(run, followed), 2 * minute)

it(
  'SIGTERM to the worker during Update packages: apt runs on in the same unit, and the next worker follows it to its end',
  async () => {
    const first = await worker()
    const { run, unit } = await updating()
    expect(await first.end()).toBe(0)
    expect(await runningUnit(stage, node)).toBe(unit)
    await worker()
    await takenUp(run)
    expect(await runningUnit(stage, node)).toBe(unit)
    await slow.finish()
    await succeeds(run)
    expect(await slow.installed()).toBe(true)
    const log = await lines(run)
    expect(log.filter((line) => /cancel/i.test(line))).toEqual([])
    expect(log.filter((line) => line.includes('slow 2: done'))).not.toEqual([])
  },
  10 * minute,
)

it(
  'apt that ends while no worker is there: its output is in the log of the run, and it is not run again',
  async () => {
    const first = await worker()
    const { run, unit } = await updating()
    expect(await first.end()).toBe(0)
    await slow.finish()
    const [name = '', id] = unit.split(' ')
    const state = async () => stage.on(node, 'systemctl', 'show', '--value', '--property=SubState', name)
    await until('apt ends', async () => (await state()).trim() === 'exited', minute)
    await worker()
    await succeeds(run)
    expect(await slow.installed()).toBe(true)
    expect(await said(run, 'slow 3: done')).toBe(true)
    const invocations = await stage.on(node, 'journalctl', '-o', 'cat', '--output-fields=INVOCATION_ID', '-u', name)
    expect(invocations).not.toBe('')
    expect((await stage.on(node, 'systemctl', 'show', '--value', '--property=InvocationID', name)).trim()).toBe(id)
  },
  10 * minute,
)

it(
  'a worker that sleeps past its lease: the next one follows the same unit, and the first one stops nothing when it wakes up',
  async () => {
    const asleep = await worker()
    const { run, unit } = await updating()
    asleep.freeze()
    await worker()
    await takenUp(run)
    expect(await runningUnit(stage, node)).toBe(unit)
    // It wakes up in the middle of a command: the node has seen its successor.
    const late = await fenceOf(run, 1)
    for (const as of ['root', 'postgres', undefined] as const)
      await expect(late.exec(['touch', '/tmp/late'], as ? { as } : {})).rejects.toMatchObject({ code: 'superseded' })
    expect(await stage.on(node, 'find', '/tmp/late', '-maxdepth', '0').catch(() => 'absent')).toBe('absent')
    asleep.thaw()
    // It ends only when it has let go of what it was doing.
    expect(await asleep.end()).toBe(0)
    expect(await runningUnit(stage, node)).toBe(unit)
    await slow.finish()
    await succeeds(run)
    expect(await slow.installed()).toBe(true)
  },
  10 * minute,
)

it(
  'a cancel stops apt on the node, and the next update completes what was interrupted',
  async () => {
    await worker()
    const { run } = await updating()
    await requestCancel({ run, by })
    await until('the run is cancelled', async () => (await status(run)) === 'cancelled', minute)
    await expect(runningUnit(stage, node)).rejects.toThrow('none')
    expect(await slow.installed()).toBe(false)
    await slow.finish()
    const again = await requestOperation({ cluster: stage.spec.name, operation: { kind: 'update', nodes: [node] }, by })
    await succeeds(again)
    expect(await slow.installed()).toBe(true)
  },
  10 * minute,
)
