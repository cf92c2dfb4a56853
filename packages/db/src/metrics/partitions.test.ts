import { expect, test } from 'vitest'
import { useDatabase } from '../../test/database.ts'
import { nodeSample, someLook, watchedCluster } from '../../test/watching.ts'
import { removeCluster } from '../clusters/index.ts'
import { pool, prisma, transaction } from '../store/connection.ts'
import { keepPartitions, listTimeline, recordEvents, recordTick, rollUp } from './index.ts'
import { type Tier, tiers } from './tiers.ts'

useDatabase()

const day = 86_400_000
const inDays = (days: number) => new Date(Date.now() + days * day)
const tick = (cluster: string, at: Date) =>
  recordTick({ cluster, at, samples: [nodeSample('pi-1', { cpu: 0.5 })], states: [], events: [] })

async function partitions(tier: Tier): Promise<string[]> {
  const { rows } = await pool().query(
    'select inhrelid::regclass::text as name from pg_inherits where inhparent = $1::regclass order by 1',
    [tier.table],
  )
  return rows.map(({ name }) => name)
}

async function count(table: string, where = 'true'): Promise<number> {
  const { rows } = await pool().query(`select count(*)::int from ${table} where ${where}`)
  return rows[0].count
}

test('samples are kept as long as their size says and go with their partitions', async () => {
  const { id } = await watchedCluster()
  for (const hours of [40, 20, 1]) await tick(id, inDays(-hours / 24))
  await rollUp()
  const counts = async () => Promise.all(tiers.map(({ table }) => count(table)))
  expect((await counts()).slice(0, 3)).toEqual([3, 3, 3])
  const hours = (await counts())[3]!
  expect(hours).toBeGreaterThanOrEqual(2)

  await keepPartitions()
  expect((await counts()).slice(0, 3)).toEqual([3, 3, 3])
  await keepPartitions(inDays(2.3))
  expect((await counts()).slice(0, 4)).toEqual([0, 3, 3, hours])
  await keepPartitions(inDays(31.1))
  expect((await counts()).slice(0, 2)).toEqual([0, 0])
  await keepPartitions(inDays(41))
  expect((await counts()).slice(2, 4)).toEqual([0, hours])
  await keepPartitions(inDays(480))
  expect((await counts()).slice(0, 4)).toEqual([0, 0, 0, 0])
  // What is dropped is the table, not its rows: two partitions of each are left, of now and of what comes.
  for (const tier of tiers.slice(0, 4)) expect([tier.name, (await partitions(tier)).length]).toEqual([tier.name, 2])
})

test('many that keep house at once do it once', async () => {
  await Promise.all(Array.from({ length: 6 }, (_, at) => keepPartitions(inDays(500 + at / 1000))))
  const { id } = await watchedCluster()
  const before = await count('history.sample_raw')
  await Promise.all(Array.from({ length: 12 }, (_, at) => tick(id, inDays(600 + at / 5))))
  expect(await count('history.sample_raw')).toBe(before + 12)
  await keepPartitions(inDays(700))
})

test('a reader that takes long does not stop the house; its partition is dropped the next time', async () => {
  const { id } = await watchedCluster()
  await tick(id, inDays(0))
  const [first] = await partitions(tiers[0]!)
  await transaction(async (client) => {
    await client.query(`select count(*) from ${first}`)
    await keepPartitions(inDays(10))
    expect(await partitions(tiers[0]!)).toContain(first)
    await tick(id, inDays(10))
  })
  await keepPartitions(inDays(10))
  expect(await partitions(tiers[0]!)).not.toContain(first)
})

test('a cluster that is removed takes its history with it, and leaves that of the others', async () => {
  const gone = await watchedCluster()
  const stays = await watchedCluster()
  const now = new Date()
  for (const { id, name } of [gone, stays]) {
    await recordTick({ cluster: id, at: now, samples: [], states: [someLook('pi-1', now)], events: [] })
    for (const hours of [30, 3, 2, 1]) await tick(id, inDays(-hours / 24))
    await recordEvents({
      cluster: name,
      events: [
        {
          at: now.toISOString(),
          until: null,
          kind: 'vip-moved',
          level: 'info',
          node: null,
          words: 'It moved.',
          link: null,
        },
      ],
    })
  }
  await pool().query('delete from history.rolled')
  await rollUp()
  const subjects = async (cluster: string) =>
    (await prisma().watchSubject.findMany({ where: { clusterId: cluster } })).map(({ id }) => id)
  const left = async (ids: number[]) =>
    Promise.all(tiers.slice(0, 4).map(({ table }) => count(table, `subject = any('{${ids}}')`)))
  const [lost, kept] = [await subjects(gone.id), await subjects(stays.id)]
  const before = await left(kept)
  expect(await left(lost)).toEqual(before)
  expect(before.every((rows) => rows >= 3)).toBe(true)

  await removeCluster({ cluster: gone.name, typedName: gone.name, by: 'ada@example.org' })
  expect(await subjects(gone.id)).toEqual([])
  expect(await prisma().nodeState.count({ where: { clusterId: gone.id } })).toBe(0)
  await keepPartitions()
  expect(await left(lost)).toEqual([0, 0, 0, 0])
  expect(await left(kept)).toEqual(before)
  expect(await count('history.forgotten')).toBe(0)
  expect(await listTimeline({ cluster: stays.name, from: inDays(-1), to: inDays(1) })).toHaveLength(1)
})

test('events are kept for a year; looks at nodes that left the cluster go', async () => {
  const { id, name } = await watchedCluster()
  const now = new Date()
  await recordTick({
    cluster: id,
    at: now,
    samples: [],
    states: [someLook('pi-1', now), someLook('pi-9', now)],
    events: [],
  })
  const event = {
    until: null,
    kind: 'vip-moved' as const,
    level: 'info' as const,
    node: null,
    words: 'It moved.',
    link: null,
  }
  await recordEvents({
    cluster: name,
    events: [-367, -365].map((days) => ({ ...event, at: inDays(days).toISOString() })),
  })
  await keepPartitions()
  expect(await listTimeline({ cluster: name, from: new Date(0), to: now })).toHaveLength(1)
  expect((await prisma().nodeState.findMany({ where: { clusterId: id } })).map(({ node }) => node)).toEqual(['pi-1'])
})
