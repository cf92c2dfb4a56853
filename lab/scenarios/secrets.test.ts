/** Every secret of a serving cluster is replaced under a client that writes, stopped in each phase; what was known before opens nothing. */
import { listTimeline, listWatchable, readWatch } from '@bramble/db/metrics'
import { getRun, openRotation, requestOperation } from '@bramble/db/runs'
import { issuedSecrets } from '@bramble/db/secrets'
import { until, useDatabase } from '@bramble/db/test/database'
import { openSecrets, type RotateInput, rotateSecrets } from '@bramble/provision'
import { databaseDoor, startWriter } from '@bramble/provision/availability'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { opens, replicateAgain, secretsOnDisk } from './old-secrets.ts'
import { openStage, type Stage } from './stage.ts'
import { watchStage } from './watched.ts'
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts'

const minute = 60_000
const by = 'ada@example.org'
const phases = ['trust', 'identity', 'passwords', 'finish']
useDatabase()
let stage: Stage
const workers: WorkerProcess[] = []
beforeAll(async () => {
  stage = await openStage({ id: 67, nodes: 3, built: true })
  await stage.allCopies()
  expect((await stage.plan()).changes).toBe(0)
}, 15 * minute)
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.end()
}, 2 * minute)
afterAll(() => stage?.close(), 2 * minute)

/** A store of secrets as the database is one, and what a client reads from it. */
function store(first: Readonly<Record<string, string>>) {
  let stored: Record<string, string> = { ...first }
  const keep: RotateInput['keep'] = async (change) => {
    stored = await change(stored)
    return stored
  }
  return {
    keep,
    stored: () => stored,
    live: {
      get application() {
        return openSecrets(stored).application
      },
      get ca() {
        return openSecrets(stored).ca
      },
    },
  }
}

/** Every secret's text but what anybody may see, and the key of the site authority, which no node ever has. */
const textsOf = (stored: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(stored).filter(
      ([name]) => !/certificate|public|^rotation\.|revoked|^backup\.|^site\.ca\./.test(name),
    ),
  )

it(
  'stopped in the middle of each phase it goes on to the end: no acknowledged write is lost, and the old secrets open nothing',
  async () => {
    const before = stage.stored
    const { keep, stored, live } = store(before)
    const writer = await startWriter(databaseDoor(stage.spec, live))
    const stopped: string[] = []
    const began = Date.now()
    const rotate = async () => {
      const stop = new AbortController()
      return rotateSecrets({
        ...{ spec: stage.spec, secrets: openSecrets(stored()), fleet: stage.fleet, keep, asked: 'once' },
        choice: { application: true, sftp: true },
        signal: stop.signal,
        emit(event) {
          const phase = stored()['rotation.phase']
          if (event.type !== 'step-settled' || !event.changed || !phase || stopped.includes(phase)) return
          stopped.push(phase)
          stop.abort(new Error('The worker ends'))
        },
      })
    }
    let ended = 0
    for (let tries = 0; tries < 6 && ended === 0; tries++) {
      const outcome = await rotate().catch((error: Error) => error)
      const words = outcome instanceof Error ? outcome.message : `${outcome.status}: ${outcome.message}`
      console.log(`${((Date.now() - began) / 1000).toFixed(0)} s, ${stored()['rotation.phase'] ?? 'ended'}: ${words}`)
      if (!(outcome instanceof Error) && outcome.status === 'succeeded') ended = Date.now()
    }
    await writer.next(60)
    await writer.stop()
    const missing = await writer.missing()
    console.log(
      `Rotation: ${((ended - began) / 1000).toFixed(0)} s, ${writer.acknowledged()} writes acknowledged, ${missing.length} lost, longest gap ${writer.outage().toFixed(1)} s`,
    )
    await writer.forget()
    expect(stopped).toEqual(phases)
    expect(missing).toEqual([])
    expect(writer.outage()).toBeLessThan(15)
    expect(Object.keys(stored()).filter((name) => /^(next|former)\.|^rotation\.phase/.test(name))).toEqual([])
    const [old, now] = [textsOf(before), textsOf(stored())]
    for (const [name, text] of Object.entries(old)) expect(now[name], name).not.toBe(text)

    stage = await stage.holding(stored())
    await stage.allCopies()
    expect((await stage.plan()).changes).toBe(0)
    const nothing = Object.fromEntries(Object.keys(await opens(stage, stored())).map((way) => [way, false]))
    expect(await opens(stage, before)).toEqual(nothing)
    const everything = Object.fromEntries(Object.keys(nothing).map((way) => [way, true]))
    expect(await opens(stage, stored())).toEqual(everything)
    await replicateAgain(stage)
    const primary = await stage.primary()
    for (const { name } of stage.spec.nodes) {
      const found = await secretsOnDisk(stage, name, Object.values(old))
      // Patroni writes this file when the node begins to follow another one: a primary may have that of an earlier day.
      expect(
        found.filter((path) => name !== primary || path !== '/var/lib/postgresql/.bramble-pgpass'),
        name,
      ).toEqual([])
    }
    const carriers = await Promise.all(
      stage.spec.nodes.map(({ name }) => stage.on(name, 'ip', '-4', 'address', 'show', 'to', stage.spec.vip)),
    )
    expect(carriers.filter((text) => text.includes(stage.spec.vip))).toHaveLength(1)
  },
  25 * minute,
)

it(
  'asked for in the dashboard: a worker that ends leaves it to the next, and the watching goes on without a restart',
  async () => {
    await watchStage(stage)
    const [known] = await listWatchable()
    const cluster = stage.spec.name
    const before = await issuedSecrets(known!.id)
    const work = async () => {
      const worker = await startWorkerProcess(stage.id)
      workers.push(worker)
      return worker
    }
    const ended = async () => !['queued', 'running'].includes((await getRun(run))?.status ?? '')
    const first = await work()
    const run = await requestOperation({
      ...{ cluster, operation: { kind: 'rotate-secrets', application: false, sftp: false }, typed: cluster, by },
    })
    await until('it brings certificates', async () => (await openRotation(known!.id))?.phase === 'identity', 5 * minute)
    const next = await issuedSecrets(known!.id)
    expect(await first.end()).toBe(0)
    await work()
    await until('the run ends', ended, 8 * minute)
    const seen = await getRun(run)
    console.log(`By the worker: ${seen?.message}`)
    expect(seen).toMatchObject({ status: 'succeeded' })
    const after = await issuedSecrets(known!.id)
    expect(after.superuser).toBe(next['next.superuser'])
    expect(after['ca.certificate']).toBe(next['ca.certificate'])
    expect(after.application).toBe(before.application)

    const from = Date.now()
    await until(
      'every node is seen',
      async () => {
        const { states } = await readWatch(cluster)
        return states.every(
          ({ at, trouble, silent }) => Date.parse(at) > from && !trouble && !Object.keys(silent).length,
        )
      },
      2 * minute,
    )
    const told = await listTimeline({ cluster, from: new Date(0), to: new Date() })
    expect(told.map(({ words }) => words).join('\n')).toContain('Rotate secrets succeeded')
    stage = await stage.holding(after)
    expect((await stage.plan()).changes).toBe(0)
  },
  20 * minute,
)
