import { expect, test } from 'vitest'
import { until, useDatabase } from '../../test/database.ts'
import { nodeSample, someLook, watchedCluster } from '../../test/watching.ts'
import { getCluster, removeCluster, updateSpec } from '../clusters/index.ts'
import { pool, prisma } from '../store/connection.ts'
import { claimWatch, followWatch, listWatchable, readWatch, recordTick, releaseWatch } from './index.ts'

useDatabase()
const by = 'ada@example.org'
const bare = { samples: [], events: [] }

test('of many that want to watch a cluster one gets it, keeps it while it renews, and gives it back', async () => {
  const { id: cluster } = await watchedCluster()
  const owners = Array.from({ length: 12 }, (_, at) => `worker-${at}`)
  const claims = await Promise.all(owners.map((owner) => claimWatch({ cluster, owner })))
  expect(claims.filter(Boolean)).toHaveLength(1)
  const holder = owners[claims.indexOf(true)]!
  expect(await claimWatch({ cluster, owner: holder })).toBe(true)
  await releaseWatch({ cluster, owner: 'somebody else' })
  expect(await claimWatch({ cluster, owner: 'heir' })).toBe(false)
  await releaseWatch({ cluster, owner: holder })
  expect(await claimWatch({ cluster, owner: 'heir' })).toBe(true)
})

test('the watch of one that fell silent is taken over, by one of many', async () => {
  const { id: cluster } = await watchedCluster()
  await claimWatch({ cluster, owner: 'silent' })
  const { rows } = await pool().query(
    `update watch_lease set until = now() - interval '1 ms' where cluster_id = $1
     returning until > now() - interval '1 minute' as recent`,
    [cluster],
  )
  expect(rows).toEqual([{ recent: true }])
  const heirs = ['a', 'b', 'c', 'd', 'silent']
  const claims = await Promise.all(heirs.map((owner) => claimWatch({ cluster, owner })))
  expect(claims.filter(Boolean)).toHaveLength(1)
})

test('a cluster that is gone is watched by nobody', async () => {
  const { id, name } = await watchedCluster()
  await claimWatch({ cluster: id, owner: 'worker' })
  await removeCluster({ cluster: name, typedName: name, by })
  expect(await claimWatch({ cluster: id, owner: 'worker' })).toBe(false)
})

test('worth watching is what a provision has built', async () => {
  const { id, name } = await watchedCluster()
  const listed = async () => (await listWatchable()).find((entry) => entry.id === id)
  const ran = (kind: string, status: string) =>
    prisma().run.create({ data: { clusterId: id, kind, status, request: {}, spec: {}, requestedBy: by } })
  await ran('plan', 'succeeded')
  await ran('provision', 'failed')
  expect(await listed()).toBeUndefined()
  await ran('provision', 'partial')
  expect(await listed()).toEqual({ id, spec: (await getCluster(name))!.spec })
})

test('the last look at each node that the cluster has, in its order; an older look changes nothing', async () => {
  const { id, name } = await watchedCluster()
  expect(await readWatch(name)).toEqual({ at: null, states: [] })
  const early = new Date('2026-11-26T10:00:00.000Z')
  const late = new Date('2026-11-26T10:00:05.000Z')
  const trouble = { code: 'away', message: 'It does not answer \u0000 \ud800.', cure: 'Look at its lights.' }
  await recordTick({ cluster: id, at: late, states: [someLook('pi-2', late), someLook('pi-1', late)], ...bare })
  await recordTick({
    ...{ cluster: id, at: early, ...bare },
    states: [someLook('pi-2', early), someLook('pi-3', early, { trouble }), someLook('pi-9', early)],
  })
  const watch = await readWatch(name)
  expect(watch.at).toBe(late.toISOString())
  expect(watch.states.map(({ node, at }) => [node, at])).toEqual([
    ['pi-1', late.toISOString()],
    ['pi-2', late.toISOString()],
    ['pi-3', early.toISOString()],
  ])
  expect(watch.states[2]?.trouble?.message).toBe('It does not answer \u2400 \ufffd.')
  expect(await readWatch(id)).toEqual(watch)

  // A change of the spec makes the rows of its nodes anew: what was seen of those that stay is still known.
  const { spec } = (await getCluster(name))!
  await updateSpec({ cluster: name, spec: { ...spec, preset: 'fast' }, by })
  expect(await readWatch(name)).toEqual(watch)
  await expect(readWatch('nowhere')).rejects.toMatchObject({ code: 'cluster-unknown' })
})

test('who follows gets what is known at once, then each tick of this cluster, and the end', async () => {
  const { id, name } = await watchedCluster()
  const { id: other } = await watchedCluster()
  const at = (second: number) => new Date(Date.UTC(2026, 10, 26, 12, 0, second))
  const tick = (cluster: string, second: number) =>
    recordTick({ cluster, at: at(second), states: [someLook('pi-1', at(second))], ...bare })
  await tick(id, 0)
  const leaving = new AbortController()
  const seen: (string | null)[] = []
  const following = (async () => {
    for await (const watch of followWatch({ cluster: name, signal: leaving.signal })) seen.push(watch.at)
  })()
  await until('the first one came', () => seen.length === 1)
  await tick(other, 1)
  await tick(id, 2)
  await until('the second one came', () => seen.length === 2)
  await pool().query(
    `select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen %' and datname = current_database()`,
  )
  await tick(id, 4)
  await until('the third one came in spite of the lost connection', () => seen.length === 3)
  expect(seen).toEqual([0, 2, 4].map((second) => at(second).toISOString()))
  leaving.abort()
  await following
})

test('who follows a cluster that is removed comes to an end', async () => {
  const { id, name } = await watchedCluster()
  const now = new Date()
  await recordTick({ cluster: id, at: now, states: [someLook('pi-1', now)], ...bare })
  let looks = 0
  const following = (async () => {
    for await (const watch of followWatch({ cluster: name, signal: new AbortController().signal }))
      looks += watch.states.length
  })()
  await until('it follows', () => looks === 1)
  await removeCluster({ cluster: name, typedName: name, by })
  await following
})

test('a tick of a cluster that is gone is refused, whole', async () => {
  const { id } = await watchedCluster()
  const at = new Date()
  const gone = '00000000-0000-4000-8000-000000000000'
  await expect(
    recordTick({
      cluster: gone,
      at,
      states: [someLook('pi-1', at)],
      samples: [nodeSample('pi-1', { cpu: 1 })],
      events: [],
    }),
  ).rejects.toMatchObject({ code: 'cluster-unknown' })
  expect(await prisma().watchSubject.count({ where: { clusterId: id } })).toBe(0)
})
