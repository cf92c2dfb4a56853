/** Measures on a database of its own: how fast charts are answered and ticks are written, and what a month takes on disk. */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import type { ClusterSpec, SubjectKind } from '@bramble/cluster'
import { specOf, wellAt } from '@bramble/cluster/specimen'
import { createCluster } from '../src/clusters/index.ts'
import { disconnect } from '../src/index.ts'
import {
  keepPartitions,
  listTimeline,
  readFigures,
  readSeries,
  readWatch,
  recordTick,
  rollUp,
} from '../src/metrics/index.ts'
import { tiers } from '../src/metrics/tiers.ts'
import { pool, prisma } from '../src/store/connection.ts'
import { startPostgres } from '../test/postgres.ts'
import { sampleOf } from './into.ts'
import { makeUp } from './made-up.ts'
import { subjectsOf } from './subjects.ts'

const tell = (words: string) => process.stderr.write(`${words}\n`)
const day = 86_400

const ranges = { '15m': 900, '1h': 3600, '6h': 21_600, '1d': day, '7d': 7 * day, '30d': 30 * day, '1y': 365 * day }

export async function measureMonth(input: { nodes: number; days: number; rounds: number }): Promise<void> {
  // As ./bramble up runs it: every commit is on the disk when it is acknowledged.
  const server = await startPostgres(['fsync=on'])
  try {
    process.env.DATABASE_URL = await server.database()
    process.env.BRAMBLE_SECRET_KEY = randomBytes(32).toString('base64')
    const cluster = await emptyCluster(specOf(input.nodes))
    const subjects = subjectsOf(cluster.spec)
    tell(`${input.nodes} nodes, ${subjects.length} subjects`)
    await makeUp({ cluster: cluster.id, subjects, now: Date.now() / 1000, days: input.days, away: [], tell })
    await pool().query('vacuum (analyze)')
    await keepPartitions()
    await printTicks(cluster, input.rounds)
    await printQuestions(cluster.name, input.rounds)
    await printSizes(subjects.length)
  } finally {
    await disconnect()
    await server.stop()
  }
}

interface BenchCluster {
  id: string
  name: string
  spec: ClusterSpec
}

async function emptyCluster(spec: ClusterSpec): Promise<BenchCluster> {
  const { name } = await createCluster({ spec, logins: {}, flash: true, by: 'bench' })
  const { id } = await prisma().cluster.findUniqueOrThrow({ where: { name } })
  return { id, name, spec }
}

interface Timing {
  /** Milliseconds of each call. */
  times: number[]
  /** Milliseconds of processor a call took, of the database and of Bramble: does not depend on what else the machine does. */
  cpu: number
}

/** Calls one after the other. */
async function timed(rounds: number, work: (round: number) => Promise<unknown>): Promise<Timing> {
  const times: number[] = []
  const before = await cpuUsed()
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    await work(round)
    times.push(performance.now() - start)
  }
  return { times, cpu: ((await cpuUsed()) - before) / rounds }
}

/** Milliseconds of processor, so far, of this process and its connections' backends; NaN where there is no /proc. */
async function cpuUsed(): Promise<number> {
  const { user, system } = process.cpuUsage()
  const { rows } = await pool().query<{ pid: number }>(
    'select pid from pg_stat_activity where datname = current_database()',
  )
  const backends = await Promise.all(
    rows.map(async ({ pid }) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
      const [utime, stime] = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .slice(11, 13)
      return (Number(utime) + Number(stime)) * msPerClockTick
    }),
  )
  return (user + system) / 1000 + backends.reduce((sum, used) => sum + used, 0)
}

const msPerClockTick = 10

function summary({ times, cpu }: Timing): string {
  const sorted = [...times].sort((a, b) => a - b)
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!
  return [times[0]!, at(0.5), at(0.95), cpu].map((value) => value.toFixed(1)).join(' | ')
}

const print = (words: string) => process.stdout.write(`${words}\n`)

async function printTicks({ id, spec }: BenchCluster, rounds: number): Promise<void> {
  const subjects = subjectsOf(spec)
  const ticks = await timed(rounds * 5, (round) => {
    const at = new Date(Date.now() + round)
    const samples = subjects.map((subject, place) => sampleOf(subject, place, at.getTime() / 1000))
    return recordTick({ cluster: id, at, samples, states: wellAt(spec, at.toISOString()).states, events: [] })
  })
  const seconds = ticks.times.reduce((sum, time) => sum + time, 0) / 1000
  const perSecond = (subjects.length * ticks.times.length) / seconds
  const figures = subjects.reduce((sum, subject) => sum + Object.keys(sampleOf(subject, 0, 0).values).length, 0)
  print('| writing | first ms | p50 ms | p95 ms | CPU ms |\n|---|---|---|---|---|')
  print(`| a tick: ${subjects.length} samples of ${figures} figures, ${spec.nodes.length} states | ${summary(ticks)} |`)
  const minutes = await timed(5, (round) => rollUp(new Date(Date.now() + (round + 1) * 60_000)))
  print(`| rolling up a minute | ${summary(minutes)} |`)
  print(`\nSamples written per second, ticks one after the other: ${Math.round(perSecond)}\n`)
}

async function printQuestions(cluster: string, rounds: number): Promise<void> {
  const measures = ['cpu', 'memoryUsed', 'temperature', 'diskWrite', 'netIn', 'netOut']
  const asked = (metric: string, kind: SubjectKind = 'node') => ({ kind, node: '*', name: '', metric })
  print('| question | step s | series | first ms | p50 ms | p95 ms | CPU ms |\n|---|---|---|---|---|---|---|')
  for (const [name, span] of Object.entries(ranges)) {
    const ask = (series: Parameters<typeof readSeries>[0]['series']) => {
      const to = Date.now()
      return readSeries({ cluster, series, from: new Date(to - span * 1000), to: new Date(to) })
    }
    const one = await timed(rounds, (round) => ask([asked(measures[round % measures.length]!)]))
    const many = await timed(rounds, () => ask(measures.map((metric) => asked(metric))))
    const { step, series } = await ask(measures.map((metric) => asked(metric)))
    print(`| ${name}, one measure of all nodes | ${step} | ${series.length / measures.length} | ${summary(one)} |`)
    print(`| ${name}, six measures of all nodes | ${step} | ${series.length} | ${summary(many)} |`)
  }
  const now = Date.now()
  const month = { from: new Date(now - 30 * day * 1000), to: new Date(now) }
  print(`| the newest figures (/metrics) | | | ${summary(await timed(rounds, () => readFigures()))} |`)
  print(`| the nodes' last states | | | ${summary(await timed(rounds, () => readWatch(cluster)))} |`)
  print(`| a month's timeline | | | ${summary(await timed(rounds, () => listTimeline({ cluster, ...month })))} |`)
}

async function printSizes(subjects: number): Promise<void> {
  print('\n| kept | rows | MB on disk | bytes a row | MB a day |\n|---|---|---|---|---|')
  let total = 0
  for (const tier of tiers) {
    const { rows } = await pool().query<{ bytes: number; count: number; days: number }>(
      `select sum(pg_total_relation_size(inhrelid))::float8 as bytes,
         (select count(*)::float8 from ${tier.table}) as count,
         (select extract(epoch from max(at) - min(at))::float8 / ${day} from ${tier.table}) as days
       from pg_inherits where inhparent = '${tier.table}'::regclass`,
    )
    const { bytes, count, days } = rows[0]!
    total += bytes
    const mb = (value: number) => (value / 1e6).toFixed(1)
    print(`| ${tier.name} | ${count} | ${mb(bytes)} | ${Math.round(bytes / count)} | ${mb(bytes / days)} |`)
  }
  print(`\nTogether ${(total / 1e6).toFixed(0)} MB for ${subjects} subjects.`)
}
