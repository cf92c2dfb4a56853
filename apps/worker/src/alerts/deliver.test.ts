import type { ClusterSpec, ClusterWatch } from '@bramble/cluster'
import { wellAt, without } from '@bramble/cluster/specimen'
import { prisma } from '@bramble/db'
import { addChannel, awaitDelivery, listAlerts, listDeliveries, silenceAlerts, testChannel } from '@bramble/db/alerts'
import { getCluster } from '@bramble/db/clusters'
import { listTimeline } from '@bramble/db/metrics'
import { until, useDatabase } from '@bramble/db/test/database'
import { watchedCluster } from '@bramble/db/test/watching'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { answering, type HttpReceiver, httpReceiver } from '../../test/receivers.ts'
import { deliverAlerts } from './deliver.ts'
import { evaluateAlerts } from './evaluate.ts'

useDatabase()
const by = 'ada@example.org'
let receiver: HttpReceiver
let ending: AbortController
let workers: Promise<void>[]

beforeEach(async () => {
  await prisma().channel.deleteMany()
  receiver = await httpReceiver()
  ending = new AbortController()
  workers = []
})
afterEach(async () => {
  ending.abort()
  await Promise.all(workers)
  await receiver.stop()
})
const work = (count: number) => {
  for (let at = 0; at < count; at++)
    workers.push(deliverAlerts(`worker-${at}`, 'http://bramble.example', ending.signal))
}
const hook = (name = 'hook') =>
  addChannel({
    name,
    config: { kind: 'webhook', url: `http://127.0.0.1:${receiver.port}/` },
    leastLevel: 'warning',
    by,
  })
const bodies = () => receiver.received.map(({ body }) => JSON.parse(body))

/** A cluster under watch; `look` is one tick of a watcher, `at` seconds after the first. */
async function stage(): Promise<{
  name: string
  id: string
  spec: ClusterSpec
  look: (at: number, change?: Change) => Promise<number>
}> {
  const { name, id } = await watchedCluster()
  const { spec } = (await getCluster(name))!
  const begin = Date.now()
  const look = (at: number, change: Change = (watch) => watch) => {
    const now = new Date(begin + at * 1000)
    return evaluateAlerts({ cluster: id, spec, watch: change(wellAt(spec, now.toISOString())), samples: [], now })
  }
  return { name, id, spec, look }
}
type Change = (watch: ClusterWatch) => ClusterWatch

test('from a look to the message and back: fired once, over once, both on the timeline', async () => {
  await hook()
  work(2)
  const { name, look } = await stage()
  const down: Change = (watch) => without(watch, 'pi-3')
  for (let at = 0; at <= 60; at += 5) await look(at, down)
  expect(await look(65, down)).toBe(1)
  await until('it was told', () => receiver.received.length === 1)
  expect(bodies()[0]).toMatchObject({ kind: 'alert', level: 'critical', title: `${name}: Node down: pi-3` })
  for (let at = 70; at <= 100; at += 5) await look(at)
  await until('it was told that it is over', () => receiver.received.length === 2)
  expect(bodies()[1]).toMatchObject({ kind: 'over', alerts: [{ event: 'over', rule: 'node-down' }] })
  expect((await listAlerts({ cluster: name })).alerts).toMatchObject([{ rule: 'node-down', node: 'pi-3' }])
  const events = await listTimeline({
    cluster: name,
    from: new Date(Date.now() - 60_000),
    to: new Date(Date.now() + 300_000),
  })
  expect(events.map(({ kind, words }) => `${kind} ${words}`)).toEqual([
    'alert Node down: pi-3.',
    'alert-over Resolved after 70 s: Node down: pi-3.',
  ])
  expect(events[0]!.until).toBe(events[1]!.at)
})

test('the watch passes to another worker in the middle: nothing is lost, nothing comes twice', async () => {
  await hook()
  work(4)
  const { name, look } = await stage()
  const down: Change = (watch) => without(watch, 'pi-3')
  // Each look is told by three workers at once, as if each believed that the watch was its own.
  for (let at = 0; at <= 60; at += 5) await Promise.all([look(at, down), look(at, down), look(at, down)])
  await until('it was told', () => receiver.received.length > 0)
  for (let at = 65; at <= 95; at += 5) await Promise.all([look(at), look(at), look(at)])
  await until('it was told that it is over', () => receiver.received.length > 1)
  expect(bodies().map(({ kind }) => kind)).toEqual(['alert', 'over'])
  expect((await listAlerts({ cluster: name })).alerts).toHaveLength(1)
  expect((await listDeliveries()).map(({ state, attempts }) => `${state} ${attempts}`)).toEqual(['sent 1', 'sent 1'])
})

test('many at once are one message', async () => {
  await hook()
  const { look } = await stage()
  const hot: Change = (watch) => ({
    ...watch,
    states: watch.states.map((state) => ({
      ...state,
      machine: state.machine && { ...state.machine, temperature: 88, diskFree: 1e8 },
    })),
  })
  for (let at = 0; at <= 40; at += 5) await look(at, hot)
  work(2)
  await until('they were told', () => receiver.received.length > 0)
  await until('all are sent', async () => (await listDeliveries()).every(({ state }) => state === 'sent'))
  expect(receiver.received).toHaveLength(1)
  expect(bodies()[0].alerts).toHaveLength(6)
  expect(bodies()[0].title).toMatch(/6 at once \(6 critical\)/)
})

test('a receiver that fails is asked again, and the list says how it went', async () => {
  await hook()
  receiver.answers.push(answering(500, 'busy'), answering(503))
  const { look } = await stage()
  for (let at = 0; at <= 40; at += 5) await look(at, (watch) => without(watch, 'pi-3'))
  work(1)
  await until('it failed', async () => (await listDeliveries())[0]?.trouble?.code === 'server-error')
  for (let times = 0; times < 2; times++) {
    await until('it waits', async () => (await listDeliveries())[0]?.state === 'queued')
    await prisma().delivery.updateMany({ data: { nextTry: new Date() } })
    await prisma().$queryRaw`select pg_notify('bramble_delivery', '')::text`
    await until('it was asked again', () => receiver.received.length === times + 2)
  }
  await until('it is sent', async () => (await listDeliveries())[0]?.state === 'sent')
  expect((await listDeliveries())[0]).toMatchObject({ attempts: 3, trouble: null, answer: '200: {"id":"1"}' })
})

test('one channel that hangs does not hold the other one up', async () => {
  await hook('slow')
  const other = await httpReceiver()
  await addChannel({
    ...{ name: 'quick', leastLevel: 'warning', by },
    config: { kind: 'ntfy', server: `http://127.0.0.1:${other.port}`, topic: 't' },
  })
  receiver.answers.push(() => undefined)
  const { look } = await stage()
  for (let at = 0; at <= 40; at += 5) await look(at, (watch) => without(watch, 'pi-3'))
  work(1)
  await until('both were called', () => receiver.received.length === 1 && other.received.length === 1)
  await until('the quick one is done', async () => (await listDeliveries()).some(({ state }) => state === 'sent'))
  expect((await listDeliveries()).filter(({ state }) => state === 'sending')).toHaveLength(1)
  await other.stop()
})

test('a silenced alert is written down and not sent', async () => {
  await hook()
  work(1)
  const { name, look } = await stage()
  const soon = new Date(Date.now() + 3_600_000)
  await silenceAlerts({ cluster: name, rule: 'node-down', node: null, until: soon, reason: 'moving house', by })
  for (let at = 0; at <= 60; at += 5) await look(at, (watch) => without(watch, 'pi-3'))
  const { alerts } = await listAlerts({ cluster: name, open: true })
  expect(alerts).toMatchObject([{ rule: 'node-down', silence: { reason: 'moving house' } }])
  expect(await listDeliveries()).toEqual([])
})

test('the test button really sends, and brings the answer back', async () => {
  const { id } = await hook()
  work(2)
  receiver.answers.push(answering(200, 'thank you'))
  const good = await testChannel({ id, by })
  expect(await awaitDelivery(good.id)).toMatchObject({ state: 'sent', answer: '200: thank you' })
  expect(bodies()[0]).toMatchObject({ kind: 'test', text: expect.stringContaining(by) })
  receiver.answers.push(answering(302, '', { location: '/else' }))
  const bad = await testChannel({ id, by })
  expect(await awaitDelivery(bad.id)).toMatchObject({ state: 'failed', trouble: { code: 'redirect' } })
  expect(receiver.received).toHaveLength(2)
})

test('that the disk of the host fills up is raised once, in the oldest cluster that is watched', async () => {
  const clusters = [await watchedCluster(), await watchedCluster(), await watchedCluster()]
  const [unbuilt, ...built] = clusters.map(({ id }) => id)
  for (const id of built)
    await prisma().run.create({
      data: { clusterId: id, kind: 'provision', status: 'succeeded', request: {}, spec: {}, requestedBy: by },
    })
  const hostDisk = { host: 'attic', folder: '/srv/bramble', free: 0.5e9, images: 0, uploads: 0 }
  for (let at = 0; at <= 65; at += 5)
    for (const { id, name } of clusters) {
      const { spec } = (await getCluster(name))!
      const now = new Date(Date.now() + at * 1000)
      await evaluateAlerts({ cluster: id, spec, watch: wellAt(spec, now.toISOString()), samples: [], hostDisk, now })
    }
  const raised = async (id = '') => prisma().alert.count({ where: { clusterId: id, rule: 'host-disk' } })
  expect([await raised(unbuilt), await raised(built[0]), await raised(built[1])]).toEqual([0, 1, 0])
})
