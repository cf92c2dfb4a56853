import { prisma } from '@bramble/db'
import { addChannel, changeChannel, listChannels } from '@bramble/db/alerts'
import { until, useDatabase } from '@bramble/db/test/database'
import { watchedCluster } from '@bramble/db/test/watching'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { answering, type HttpReceiver, httpReceiver } from '../../test/receivers.ts'
import { sendHeartbeats } from './heartbeats.ts'

useDatabase()
let receiver: HttpReceiver
let ending: AbortController
let workers: Promise<void>[]

beforeEach(async () => {
  await prisma().channel.deleteMany()
  await prisma().cluster.deleteMany()
  receiver = await httpReceiver()
  ending = new AbortController()
  workers = []
})
afterEach(async () => {
  ending.abort()
  await Promise.all(workers)
  await receiver.stop()
})
const work = (count = 1) => {
  for (let at = 0; at < count; at++) workers.push(sendHeartbeats(ending.signal))
}
const heartbeat = () =>
  addChannel({
    name: 'healthchecks',
    config: { kind: 'heartbeat', url: `http://127.0.0.1:${receiver.port}/ping/1f0` },
    leastLevel: 'critical',
    by: 'ada@example.org',
  })
const last = async () => (await listChannels())[0]!.last
/** A cluster that was built and seen that many seconds ago. */
async function seen(secondsAgo: number): Promise<string> {
  const { name, id } = await watchedCluster()
  await prisma().run.create({
    data: { clusterId: id, kind: 'provision', status: 'succeeded', request: {}, spec: {}, requestedBy: 'ada' },
  })
  const at = new Date(Date.now() - secondsAgo * 1000)
  await prisma().nodeState.create({ data: { clusterId: id, node: 'pi-1', at, state: {} } })
  return name
}
const aMinuteLater = () => prisma().channel.updateMany({ data: { heartbeatNext: new Date(0) } })

test('it is requested once a minute, by one of several workers', async () => {
  await seen(1)
  await heartbeat()
  work(3)
  await until('the heartbeat', async () => (await last())?.state === 'sent')
  expect(receiver.received.map(({ method, path, body }) => [method, path, body])).toEqual([['GET', '/ping/1f0', '']])
  await aMinuteLater()
  work()
  await until('the heartbeat', async () => receiver.received.length === 2)
})

test('it stays away while a cluster is not monitored, and the channel says which', async () => {
  const name = await seen(300)
  await heartbeat()
  work()
  await until('the heartbeat', async () => (await last())?.trouble != null)
  expect((await last())?.trouble?.message).toContain(name)
  expect(receiver.received).toEqual([])
})

test('what the service answers is shown, and a channel that is off is left alone', async () => {
  await seen(1)
  receiver.answers.push(answering(404))
  const { id } = await heartbeat()
  work()
  await until('the heartbeat', async () => (await last())?.trouble?.code === 'not-found')
  await changeChannel({ id, enabled: false, by: 'ada@example.org' })
  await aMinuteLater()
  const on = await addChannel({
    name: 'another',
    config: { kind: 'heartbeat', url: `http://127.0.0.1:${receiver.port}/on` },
    leastLevel: 'critical',
    by: 'ada@example.org',
  })
  work()
  await until('the heartbeat', async () =>
    (await listChannels()).some((channel) => channel.id === on.id && channel.last?.state === 'sent'),
  )
  expect(receiver.received.map(({ path }) => path)).toEqual(['/ping/1f0', '/on'])
})
