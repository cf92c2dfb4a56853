/** What an app can take from its node, on a cluster of three with small cards: memory, the card, what is secret. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type AppCommands, appCommands, smallApp } from './app-command.ts'
import { misbehavingApp } from './app-misbehaving.ts'
import { etcdctl } from './app-records.ts'
import { startVisitors } from './app-visitors.ts'
import { rowsOf } from './sql.ts'
import { eventually, openStage, type Stage } from './stage.ts'

const minute = 60_000
const nodes = ['pi-1', 'pi-2', 'pi-3']
let stage: Stage
let bramble: AppCommands

beforeAll(async () => {
  stage = await openStage({ id: 142, nodes: 3, built: true, diskMB: 4000 })
  bramble = await appCommands(
    stage,
    `apps:
  - { name: hard, domains: [hard.example] }
  - { name: calm, domains: [calm.example], health: { timeout: 30 } }
`,
  )
  await bramble.must('deploy', bramble.app(misbehavingApp('one')), '--app', 'hard', '--yes')
  await notePort()
  await bramble.must('deploy', bramble.app(smallApp('calm')), '--app', 'calm', '--yes')
}, 20 * minute)
afterAll(async () => {
  bramble?.close()
  await stage?.close()
}, 2 * minute)

/** Where it listens on every node; nothing else is deployed with success. */
let port = 0
async function notePort(): Promise<void> {
  const { serving } = JSON.parse((await bramble.must('show', 'hard', '--json')).stdout)
  port = serving.port + (serving.slot === 'b' ? 1 : 0)
}
/** As a balancer asks the app on one node. */
async function ask(node: string, path: string): Promise<string> {
  const { address } = stage.spec.nodes.find(({ name }) => name === node)!
  const url = `http://${address}:${port}${path}`
  return stage.on('pi-1', 'curl', '-sS', '-m', '20', '-H', 'Host: hard.example', url)
}
const unit = async (node: string, property: string) => {
  const slot = port % 2 === 0 ? 'a' : 'b'
  return (await stage.on(node, 'systemctl', 'show', `bramble-app-hard-${slot}@web`, '-p', property, '--value')).trim()
}
/** Leader of etcd, primary and its timeline: none of it may change. */
async function keepers() {
  const status = JSON.parse(await etcdctl(stage, 'endpoint', 'status', '--cluster', '-w', 'json')) as {
    Status: { leader: number; raftTerm: number }
  }[]
  const [row] = await rowsOf<{ timeline: number }>(
    'select timeline_id as timeline from pg_control_checkpoint()',
    stage.database(5000),
  )
  return { terms: status.map(({ Status }) => Status.raftTerm), primary: await stage.primary(), timeline: row!.timeline }
}

it(
  'an app that leaks memory on the node of the primary dies alone',
  async () => {
    const before = await keepers()
    const load = startVisitors(stage.site, 'hard.example', 4)
    const other = startVisitors(stage.site, 'calm.example', 2)
    await ask(before.primary, '/leak')
    await eventually(120, async () => expect(Number(await unit(before.primary, 'NRestarts'))).toBeGreaterThan(0))
    await eventually(60, async () => expect(await ask(before.primary, '/')).toBe('one'))
    await Promise.all([load.stop(), other.stop()])
    console.log(
      `Leak: ${load.answers()} requests, ${load.failures().length} failed; other app ${other.failures().length}`,
    )
    expect(other.failures()).toEqual([])
    expect(load.failures().length).toBeLessThanOrEqual(4)
    expect(await keepers()).toEqual(before)
  },
  6 * minute,
)

it(
  'a fork bomb on the node of the primary takes nothing from anybody else',
  async () => {
    const before = await keepers()
    const load = startVisitors(stage.site, 'hard.example', 4)
    const other = startVisitors(stage.site, 'calm.example', 2)
    expect(await ask(before.primary, '/bomb')).toBe('begun')
    const running = async () => Number(await stage.on(before.primary, 'pgrep', '-c', '-U', 'app-hard'))
    await eventually(30, async () => expect(await running()).toBeGreaterThan(100))
    const most = await running()
    // LimitNPROC holds. It counts users, and the nodes of a lab share them: there the app fails on the other nodes, too.
    expect(most).toBeLessThanOrEqual(513)
    await eventually(90, async () => expect(await running()).toBeLessThan(4))
    await eventually(60, async () => expect(await ask(before.primary, '/')).toBe('one'))
    await Promise.all([load.stop(), other.stop()])
    console.log(
      `Fork bomb of ${most} processes: ${load.answers()} requests, ${load.failures().length} failed; other app ${other.failures().length}`,
    )
    expect(other.failures()).toEqual([])
    expect(await keepers()).toEqual(before)
  },
  6 * minute,
)

it('an app writes to memory of a fixed size beside its HOME', async () => {
  for (const folder of ['/tmp', '/var/tmp', '/dev/shm'])
    expect(Number(await ask('pi-2', `/space${folder}`)), folder).toBeLessThanOrEqual(512)
})

it(
  'an app reads no secrets, and reaches nothing of the cluster, by IPv6 neither',
  async () => {
    await Promise.all(
      nodes.map((node, at) =>
        stage.on(node, 'ip', '-6', 'address', 'add', `2001:db8::${at + 1}/64`, 'dev', 'eth0', 'nodad'),
      ),
    )
    // As anybody else on the node, it is there.
    await stage.on('pi-2', 'python3', '-c', "import socket; socket.create_connection(('2001:db8::1', 22), 5)")
    const addresses = [
      '127.0.0.1',
      '::1',
      ...stage.spec.nodes.map(({ address }) => address),
      '2001:db8::1',
      '2001:db8::2',
    ]
    for (const address of addresses)
      for (const port of [22, 2379, 2380, 5432, 8008, 8404])
        expect([address, port, await ask('pi-2', `/reach/${address}/${port}`)]).toEqual([
          ...[address, port, 'ConnectionRefusedError'],
        ])
    for (const path of ['/etc/bramble/node.key', '/etc/patroni/config.yml', '/var/lib/etcd', '/var/lib/postgresql'])
      expect([path, await ask('pi-2', `/read${path}`)]).toEqual([path, 'PermissionError'])
    for (const path of ['/srv/bramble/apps/calm/environments', '/srv/bramble/apps/calm/releases'])
      expect([path, await ask('pi-2', `/read${path}`)]).toEqual([path, 'PermissionError'])
  },
  5 * minute,
)

it(
  'an app that fills the card is stopped on that node, and starts again when there is space',
  async () => {
    const load = startVisitors(stage.site, 'hard.example', 4)
    const primary = await stage.primary()
    expect(await ask(primary, '/fill')).toBe('begun')
    await eventually(600, async () => {
      const { nodes: states } = JSON.parse((await bramble.must('show', 'hard', '--json')).stdout)
      expect(JSON.stringify(states[primary])).toMatch(/"failed".*(below HOME|had \d+ MB left)/)
    })
    const free = Number((await stage.on(primary, 'df', '-BM', '--output=avail', '/var/lib')).match(/(\d+)M/)![1])
    console.log(`The app was stopped with ${free} MB left on the card of ${primary}.`)
    expect(free).toBeGreaterThan(200)
    expect(await stage.primary()).toBe(primary)
    await rowsOf('create table if not exists after_filling (at timestamptz)', stage.database(5000))
    // With the command that it names.
    await stage.on(primary, 'sh', '-c', 'rm -rf /var/lib/bramble-app-hard/*')
    await eventually(90, async () => expect(await ask(primary, '/')).toBe('one'))
    await load.stop()
    console.log(`Full card: ${load.answers()} requests, ${load.failures().length} failed`)
    expect(load.failures().length).toBeLessThanOrEqual(4)
  },
  14 * minute,
)

it(
  'a deploy to a full card is refused, and nothing changes',
  async () => {
    const load = startVisitors(stage.site, 'hard.example', 2)
    const text = await stage.on('pi-3', 'df', '-BM', '--output=avail', '/srv')
    const free = Number(text.match(/(\d+)M/)![1])
    await stage.on('pi-3', 'fallocate', '-l', `${free - 150}M`, '/srv/ballast')
    try {
      const end = await bramble.run('deploy', bramble.app(misbehavingApp('two')), '--app', 'hard', '--yes')
      expect([end.code, end.stdout]).toEqual([1, expect.stringMatching(/MB are free there, and the release needs/)])
      expect(end.stdout).toContain('Nothing changed: release')
    } finally {
      await stage.on('pi-3', 'rm', '/srv/ballast')
    }
    await load.stop()
    expect([load.failures(), Object.keys(load.since(0))]).toEqual([[], ['one']])
  },
  5 * minute,
)
