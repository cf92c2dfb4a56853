import type { Sample } from '@bramble/cluster'
import { expect, test } from 'vitest'
import { useDatabase } from '../../test/database.ts'
import { nodeSample, watchedCluster } from '../../test/watching.ts'
import { getCluster, updateSpec } from '../clusters/index.ts'
import { pool } from '../store/connection.ts'
import { listSubjects, readSeries, recordTick, type SeriesAsked } from './index.ts'

useDatabase()

const tick = (cluster: string, at: Date, samples: Sample[]) =>
  recordTick({ cluster, at, samples, states: [], events: [] })
const cpu = (node: string): SeriesAsked => ({ kind: 'node', node, name: '', metric: 'cpu' })

/** A whole ten minutes in the last hour. */
const base = Math.floor(Date.now() / 600_000) * 600 - 1200
const at = (second: number) => new Date((base + second) * 1000)
const range = (from: number, to: number) => ({ from: at(from), to: at(to) })

test('bins of one length with average and highest; a bin without samples is a gap, and so is a missing measure', async () => {
  const { id, name } = await watchedCluster()
  await tick(id, at(0), [nodeSample('pi-1', { cpu: 0.25, temperature: 50 })])
  await tick(id, at(5), [nodeSample('pi-1', { cpu: 0.75 })])
  await tick(id, at(30), [nodeSample('pi-1', { temperature: 61 })])
  await tick(id, at(45), [nodeSample('pi-1', { cpu: 1, temperature: Number.NaN })])
  const series = [cpu('pi-1'), { ...cpu('pi-1'), metric: 'temperature' }]
  expect(await readSeries({ cluster: name, series, ...range(3, 48), points: 5 })).toEqual({
    ...{ from: base + 3, to: base + 48, step: 10, times: [0, 10, 20, 30, 40].map((second) => base + second) },
    series: [
      { ...series[0], unit: 'fraction', average: [0.5, null, null, null, 1], highest: [0.75, null, null, null, 1] },
      { ...series[1], unit: 'celsius', average: [50, null, null, 61, null], highest: [50, null, null, 61, null] },
    ],
  })
})

test('the same tick twice is one tick; a late one is as good as one in time; partitions come by themselves', async () => {
  const { id, name } = await watchedCluster()
  const yesterday = new Date(Date.now() - 30 * 3_600_000)
  for (const time of [at(0), at(0), yesterday, at(-20)]) await tick(id, time, [nodeSample('pi-1', { cpu: 0.5 })])
  const { rows } = await pool().query(
    'select at from history.sample_raw join watch_subject on id = subject where cluster_id = $1 order by at',
    [id],
  )
  expect(rows.map((row) => row.at)).toEqual([yesterday, at(-20), at(0)])
  const { series } = await readSeries({ cluster: name, series: [cpu('pi-1')], ...range(-20, 10) })
  expect(series[0]?.average).toEqual([0.5, null, 0.5])
})

test('many ticks at once, of new subjects too, lose nothing', async () => {
  const { id, name } = await watchedCluster()
  const all = Array.from({ length: 40 }, (_, place) => place)
  await Promise.all(
    all.map((place) =>
      tick(id, at(place * 10), [nodeSample('pi-1', { load1: place }), nodeSample(`pi-${1 + (place % 3)}`, { cpu: 1 })]),
    ),
  )
  const { series } = await readSeries({
    cluster: name,
    series: [{ ...cpu('pi-1'), metric: 'load1' }],
    ...range(0, 400),
  })
  expect(series[0]?.average).toEqual(all)
})

test('figures that no real can hold are no reason to lose the others', async () => {
  const { id, name } = await watchedCluster()
  const odd = { memoryTotal: 1e300, swapUsed: 1e-300, diskFree: Number.POSITIVE_INFINITY, diskRead: 2 ** 33 }
  await tick(id, at(0), [nodeSample('pi-1', odd), nodeSample('pi-2', { cpu: Number.NaN }), nodeSample('pi-3', {})])
  const ask = (metric: string) => ({ ...cpu('pi-1'), metric })
  const { series } = await readSeries({ cluster: name, series: Object.keys(odd).map(ask), ...range(0, 10) })
  expect(series.slice(0, 3).map((one) => one.average)).toEqual([[null], [0], [null]])
  expect(series[3]!.average[0]! / 2 ** 33).toBeCloseTo(1, 6)
  expect(await listSubjects(name)).toEqual([{ kind: 'node', node: 'pi-1', name: '' }])
})

test('a star stands for all there are, a beginning and a star for some; who is named is there even without samples', async () => {
  const { id, name } = await watchedCluster()
  const server = (node: string, of: string): Sample => ({ kind: 'server', node, name: of, values: { sessions: 2 } })
  const nodes = ['pi-10', 'pi-2', 'pi-1'].map((node) => nodeSample(node, { cpu: 0.1 }))
  await tick(id, at(0), [...nodes, server('pi-1', 'web/pi-3'), server('pi-2', 'web/pi-3'), server('pi-1', 'rw/pi-1')])
  await tick(id, at(-600), [server('pi-1', 'web/old')])
  const ask = async (series: SeriesAsked) => {
    const answer = await readSeries({ cluster: name, series: [series], ...range(0, 60) })
    return answer.series.map((one) => [one.node, one.name].filter(Boolean).join(' '))
  }
  expect(await ask(cpu('*'))).toEqual(['pi-1', 'pi-2', 'pi-10'])
  const sessions = { kind: 'server' as const, metric: 'sessions' }
  expect(await ask({ ...sessions, node: '*', name: 'web/*' })).toEqual(['pi-1 web/pi-3', 'pi-2 web/pi-3'])
  expect(await ask({ ...sessions, node: 'pi-1', name: '*' })).toEqual(['pi-1 rw/pi-1', 'pi-1 web/pi-3'])
  expect(await ask({ ...sessions, node: 'pi-1', name: 'web/old' })).toEqual(['pi-1 web/old'])
  expect(await ask(cpu('pi-7'))).toEqual(['pi-7'])

  // A node without samples stays in the picture as long as it belongs to the cluster.
  const later = async () => (await readSeries({ cluster: name, series: [cpu('*')], ...range(100, 160) })).series
  expect((await later()).map((one) => one.node)).toEqual(['pi-1', 'pi-2'])
  const { spec } = (await getCluster(name))!
  const nodesNow = spec.nodes.map((node) => (node.name === 'pi-2' ? { ...node, name: 'pi-4' } : node))
  await updateSpec({ cluster: name, spec: { ...spec, nodes: nodesNow }, by: 'ada@example.org' })
  expect((await later()).map((one) => one.node)).toEqual(['pi-1'])
})

test('a senseless question is refused with what would make sense', async () => {
  const { id, name } = await watchedCluster()
  const good = { cluster: name, series: [cpu('pi-1')], ...range(0, 60) }
  const many = Array.from({ length: 65 }, (_, place) => nodeSample(`pi-${place}`, { cpu: 0 }))
  await tick(id, at(0), many)
  const wrong: [string, string, object][] = [
    ['range-invalid', 'before', range(60, 60)],
    ['range-invalid', 'from', { from: new Date(Number.NaN) }],
    ['range-invalid', '1970', { from: new Date(-1) }],
    ['series-invalid', 'node has no measure warmth, only cpu', { series: [{ ...cpu('*'), metric: 'warmth' }] }],
    ['series-invalid', 'no measure __proto__', { series: [{ ...cpu('*'), metric: '__proto__' }] }],
    ['series-invalid', 'kind', { series: [{ ...cpu('*'), kind: 'sql' }] }],
    ['series-invalid', 'one', { series: [] }],
    ['series-invalid', 'points', { points: 100_000 }],
    ['series-invalid', '64', { series: many.map(({ node }) => cpu(node)) }],
    ['too-many-series', '65', { series: [cpu('*')] }],
    ['too-many-series', '605', { series: Array.from({ length: 55 }, () => cpu('pi-1*')) }],
    ['cluster-unknown', 'nowhere', { cluster: 'nowhere' }],
  ]
  for (const [code, words, change] of wrong)
    await expect(readSeries({ ...good, ...change }), `${code} ${words}`).rejects.toMatchObject({
      ...{ code, message: expect.stringContaining(words), cure: expect.stringMatching(/.+/) },
    })
})
