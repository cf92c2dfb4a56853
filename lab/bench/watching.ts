/**
 * What the watching costs: a cluster of four on virtual Pis, a while without and a while with the dashboard's own watcher, turn by
 * turn. CPU of a node is that of its whole control group, so what the services spend on answering is in it.
 * `pnpm --filter @bramble/lab watching -- --rounds 3 --seconds 60`
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { disconnect, listen } from '@bramble/db'
import { startPostgres } from '@bramble/db/test/postgres'
import { openWatch } from '@bramble/provision'
import { openStage } from '../scenarios/stage.ts'
import { watchStage } from '../scenarios/watched.ts'

const { values } = parseArgs({
  // pnpm hands the separating "--" through.
  args: process.argv.slice(2).filter((arg) => arg !== '--'),
  options: { rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '60' } },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)

const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)
const part = (numbers: readonly number[], share: number) =>
  sorted(numbers)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))] ?? Number.NaN
const mean = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length

const database = await startPostgres()
process.env.DATABASE_URL = await database.database()
process.env.BRAMBLE_SECRET_KEY = randomBytes(32).toString('base64')
const stage = await openStage({ id: 94, nodes: 4 })
try {
  const { outcome } = await stage.apply()
  if (outcome.status !== 'succeeded') throw new Error(outcome.message)
  await stage.allCopies()
  const watched = await watchStage(stage)
  const names = stage.spec.nodes.map(({ name }) => name)

  /** CPU seconds that each node has used since it was started. */
  const used = async () =>
    Promise.all(
      names.map(async (name) => {
        const text = await stage.on(name, 'cat', '/sys/fs/cgroup/cpu.stat')
        return Number(/^usage_usec (\d+)/m.exec(text)?.[1]) / 1e6
      }),
    )
  /** What each node uses in an hour at the rate of the next while; `work` goes on meanwhile. */
  const hourly = async () => {
    const [before, begun] = [await used(), performance.now()]
    await sleep(seconds * 1000)
    const after = await used()
    const hours = (performance.now() - begun) / 3_600_000
    return after.map((cpu, at) => (cpu - before[at]!) / hours)
  }

  const ticks: number[] = []
  const stop = await listen('bramble_watch', () => {
    // Ticks stand on whole multiples of five seconds.
    ticks.push(Date.now() % 5_000)
  })
  const rows: { without: number[]; with: number[]; worker: number }[] = []
  for (let round = 0; round < rounds; round++) {
    const without = await hourly()
    watched.begin(`round ${round}`)
    // The first minute has the heavy questions and apt in it, which come once a minute and four times a day.
    await sleep(75_000)
    const own = process.cpuUsage()
    const begun = performance.now()
    const watching = await hourly()
    const { user, system } = process.cpuUsage(own)
    rows.push({ without, with: watching, worker: (user + system) / 1e3 / (performance.now() - begun) })
    await watched.end()
    process.stderr.write(`${JSON.stringify(rows.at(-1))}\n`)
  }
  stop()

  for (const [at, name] of names.entries()) {
    const before = part(
      rows.map((row) => row.without[at]!),
      0.5,
    )
    const after = part(
      rows.map((row) => row.with[at]!),
      0.5,
    )
    const own = (await watched.average(name, 'watchCpu')) * 3600
    const memory = (await watched.average(name, 'watchMemory')) / 2 ** 20
    console.log(
      `${name} (${stage.spec.nodes[at]!.roles.join(', ')}): ${(after - before).toFixed(0)} CPU seconds an hour more ` +
        `(${before.toFixed(0)} without), of them ${own.toFixed(1)} its own; ${memory.toFixed(1)} MB`,
    )
  }
  console.log(`ticks: ${ticks.length}, until written down p50 ${part(ticks, 0.5)} ms, p95 ${part(ticks, 0.95)} ms`)
  console.log(`worker: ${(mean(rows.map(({ worker }) => worker)) * 100).toFixed(2)} % of a CPU`)
  for (const node of stage.spec.nodes) {
    const watch = await openWatch(await stage.reach(node.name), { spec: stage.spec, node })
    const sizes: number[] = []
    for (let look = 0; look < 24; look++) {
      sizes.push((await watch.ask()).size)
      await sleep(5_000)
    }
    watch.close()
    console.log(`${node.name}: ${mean(sizes).toFixed(0)} bytes an answer`)
  }
} finally {
  await stage.close()
  await disconnect()
  await database.stop()
}
