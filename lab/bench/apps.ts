/**
 * What deploys of apps take and cost, on a cluster of three virtual Pis: requests that failed in deploys and rollbacks under load,
 * seconds from the command to serving, latency with 50 domains against one, a plan with 50 apps against one, memory of Bramble's own
 * parts per app. In parts: `pnpm --filter @bramble/lab app-bench -- [PART…]`
 */
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { ClusterSpec } from '@bramble/cluster'
import { appCommands, smallApp } from '../scenarios/app-command.ts'
import { askHost, startVisitors } from '../scenarios/app-visitors.ts'
import { eventually, openStage, type Stage } from '../scenarios/stage.ts'

const { values, positionals } = parseArgs({
  // pnpm hands the separating "--" through.
  args: process.argv.slice(2).filter((arg) => arg !== '--'),
  options: { rounds: { type: 'string', default: '20' }, people: { type: 'string', default: '8' } },
  allowPositionals: true,
})
const [rounds, people] = [Number(values.rounds), Number(values.people)]

const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)
const part = (numbers: readonly number[], share: number) =>
  sorted(numbers)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))] ?? Number.NaN
const median = (numbers: readonly number[]) => part(numbers, 0.5)
const seconds = (number: number) => `${number.toFixed(1)} s`

const rows: [what: string, measured: string, goal: string][] = []
const row = (...one: (typeof rows)[number]) => {
  rows.push(one)
  console.log(one.join(' · '))
}

let stage: Stage = await openStage({ id: 143, nodes: 3, built: true })
const bramble = await appCommands(stage)

const deploy = (path: string, name: string, ...more: string[]) =>
  bramble.must('deploy', path, '--app', name, '--yes', ...more)
const page = (marker: string) => bramble.app({ 'index.html': marker })
const serves = (host: string, word: string) =>
  eventually(60, async () => {
    const { body } = await askHost(stage.site, host)
    if (body !== word) throw new Error(`${host} answers ${body.slice(0, 60)}, not ${word}`)
  })

/** Seconds from the start of the command until the virtual IP answers with it. */
async function untilServing(host: string, word: string, work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  await serves(host, word)
  return (performance.now() - began) / 1000
}

const parts: Record<string, () => Promise<void>> = {
  async deploys() {
    await deploy(bramble.app(smallApp('first')), 'load', '--domain', 'load.example')
    await serves('load.example', 'first')
    const load = startVisitors(stage.site, 'load.example', people)
    const [there, back]: number[][] = [[], []]
    for (let round = 0; round < rounds; round++) {
      there!.push((await deploy(bramble.app(smallApp(`release-${round}`)), 'load')).seconds)
      back!.push((await bramble.must('rollback', 'load', '--yes')).seconds)
    }
    await load.stop()
    const failed = load.failures()
    if (failed.length > 0) console.log(failed.slice(0, 10).join('\n'))
    const asked = `${load.answers() + failed.length} requests of ${people} clients`
    row(`${rounds} deploys and ${rounds} rollbacks: requests failed`, `${failed.length} of ${asked}`, '0')
    row('deploy under load, median', seconds(median(there!)), '')
    row('rollback under load, median', seconds(median(back!)), '5 s')
  },

  async prebuilt() {
    const app = (marker: string) => {
      const path = bramble.app({
        'server.js': `require('http').createServer((_, answer) => answer.end('${marker}')).listen(process.env.PORT)\n`,
        'package.json': '{"name":"big","scripts":{"start":"node server.js"}}',
        'bramble.yaml': 'build: []\n',
      })
      // Content that does not compress.
      writeFileSync(join(path, 'node_modules.bin'), randomBytes(20 * 1024 ** 2))
      return path
    }
    // Node itself is installed by the first one.
    await deploy(app('zero'), 'big', '--domain', 'big.example')
    const times: number[] = []
    for (const marker of ['one', 'two', 'three']) {
      const path = app(marker)
      times.push(await untilServing('big.example', marker, () => deploy(path, 'big')))
    }
    row('prebuilt Node app of 20 MB, command to serving on 3 nodes, median', seconds(median(times)), '15 s')
    const back = await untilServing('big.example', 'two', () => bramble.must('rollback', 'big', '--yes'))
    row('rollback of it', seconds(back), '5 s')
  },

  async static() {
    await deploy(page('zero'), 'page', '--domain', 'page.example')
    const times: number[] = []
    for (const marker of ['one', 'two', 'three'])
      times.push(await untilServing('page.example', marker, () => deploy(page(marker), 'page')))
    row('static site, command to serving on 3 nodes, median', seconds(median(times)), '5 s')
  },

  async routing() {
    await deploy(page('routed'), 'routed', '--domain', 'routed.example')
    await serves('routed.example', 'routed')
    const one: number[] = []
    const many: number[] = []
    const all = ['routed.example', ...Array.from({ length: 49 }, (_, at) => `name-${at}.routed.example`)]
    await measure(['routed.example'], 500)
    one.push(...(await measure(['routed.example'], 2_000)))
    await deploy(page('routed'), 'routed', ...all.flatMap((domain) => ['--domain', domain]))
    await serves('name-48.routed.example', 'routed')
    await measure(all, 500)
    many.push(...(await measure(all, 4_000)))
    const [a, b] = [part(one, 0.95), part(many, 0.95)]
    row(
      'latency with 50 domains against one, p95',
      `${b.toFixed(2)} ms to ${a.toFixed(2)} ms, ratio ${(b / a).toFixed(2)}`,
      '1.05',
    )
  },

  async planning() {
    const withApps = (count: number) => (_: ClusterSpec, present: ClusterSpec) => ({
      ...present,
      apps: Array.from({ length: count }, (_, at) => ({
        ...{ name: `app-${at}`, domains: [`app-${at}.example`], kind: 'static' as const },
        ...{ health: { timeout: 30 }, database: false },
      })),
    })
    const times: Record<number, number[]> = { 1: [], 50: [] }
    for (let round = 0; round < 5; round++)
      for (const count of [1, 50]) {
        stage = await stage.become(withApps(count))
        const began = performance.now()
        await stage.plan()
        times[count]!.push((performance.now() - began) / 1000)
      }
    const [one, fifty] = [median(times[1]!), median(times[50]!)]
    row(
      'plan with 50 apps against one, median',
      `${seconds(fifty)} to ${seconds(one)}, ratio ${(fifty / one).toFixed(2)}`,
      '1.2',
    )
    const used: Record<number, number[]> = {}
    for (const count of [1, 50]) {
      stage = await stage.become(withApps(count))
      const { outcome } = await stage.apply()
      if (outcome.status !== 'succeeded') throw new Error(outcome.message)
      used[count] = await Promise.all(stage.spec.nodes.map(({ name }) => memoryOf(name)))
    }
    const perApp = used[50]!.map((bytes, at) => (bytes - used[1]![at]!) / 49 / 1e6)
    row('memory of agent and HAProxy per app on a node, most', `${Math.max(...perApp).toFixed(2)} MB`, '1 MB')
  },
}

/** Milliseconds of each request, one after the other, over connections that are kept. */
async function measure(hosts: readonly string[], count: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const times: number[] = []
  for (let at = 0; at < count; at++) {
    const began = performance.now()
    const { status } = await askHost(stage.site, hosts[at % hosts.length]!, '/', { agent })
    if (status !== 200) throw new Error(`${hosts[at % hosts.length]} answers ${status}`)
    times.push(performance.now() - began)
  }
  agent.destroy()
  return times
}

/** Bytes that are resident of Bramble's agent and of HAProxy for web traffic. */
async function memoryOf(node: string): Promise<number> {
  const script = `import os, subprocess
total = 0
for unit in ('bramble-apps.service', 'haproxy.service'):
    out = subprocess.run(['systemctl', 'show', '-p', 'ControlGroup', '--value', unit], stdout=subprocess.PIPE).stdout.decode().strip()
    for base in ('/sys/fs/cgroup', '/sys/fs/cgroup/unified'):
        try:
            pids = open('%s%s/cgroup.procs' % (base, out)).read().split()
        except OSError:
            continue
        for pid in pids:
            total += next(int(line.split()[1]) * 1024 for line in open('/proc/%s/smaps_rollup' % pid) if line.startswith('Pss:'))
print(total)`
  return Number(await stage.on(node, 'python3', '-I', '-c', script))
}

try {
  for (const name of positionals.length > 0 ? positionals : Object.keys(parts)) {
    const work = parts[name]
    if (!work) throw new Error(`There is no part ${name}: ${Object.keys(parts).join(', ')}`)
    await work()
  }
  console.log()
  console.table(rows.map(([what, measured, goal]) => ({ what, measured, goal })))
} finally {
  bramble.close()
  await stage.close()
}
