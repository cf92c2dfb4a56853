/** Apps on a cluster of three, with no Bramble at all: what etcd says is served, whatever was off, restarted or cut off. */
import type { ServingRecord } from '@bramble/provision/serving'
import { keysOf, removedKey } from '@bramble/provision/serving'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { cut, heal, powerOff, powerOn } from '../src/index.ts'
import {
  announce,
  balanced,
  deploy,
  etcdctl,
  putEnvironment,
  putRelease,
  readReports,
  serve,
  slotsAre,
  withdraw,
} from './app-records.ts'
import { askHost, startVisitors, type Visitors } from './app-visitors.ts'
import { askHaproxy } from './haproxy-socket.ts'
import { eventually, openStage, type Stage } from './stage.ts'

const minute = 60_000
const nodes = ['pi-1', 'pi-2', 'pi-3']
const balancers = ['pi-1', 'pi-2']
let stage: Stage
let visitors: Visitors | undefined

/** Says its release, the node's name in a header; `/reach/HOST/PORT` says whether it can connect there. */
const server = `import http.server, os, socket, sys, time
release = open('marker').read().strip()
if release == 'broken':
    sys.exit('no configuration')
class App(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        words = self.path.split('/')
        status, body = 200, release + ' ' + os.environ.get('GREETING', '')
        if release == 'sick':
            status, body = 500, 'sick'
        if words[1] == 'host':
            body = self.headers['Host']
        if words[1] == 'reach':
            try:
                socket.create_connection((words[2], int(words[3])), 3).close()
                body = 'connected'
            except OSError as error:
                body = type(error).__name__
        body = body.encode()
        self.send_response(status)
        self.send_header('Content-Length', str(len(body)))
        self.send_header('X-Node', socket.gethostname())
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
Server(('0.0.0.0', int(os.environ['PORT'])), App).serve_forever()
`

const blog = async (marker: string, generation: number, slot: 'a' | 'b', on = nodes): Promise<ServingRecord> => ({
  app: 'blog',
  generation,
  release: await putRelease(stage, on, 'blog', { 'server.py': server, marker }),
  environment: await putEnvironment(stage, on, 'blog', { GREETING: 'ü "quoted" $HOME' }),
  slot,
  kind: 'python',
  port: 20_000,
  processes: { web: 'exec python3 server.py' },
  folder: null,
  health: { path: '/', timeout: 30 },
  domains: ['blog.example', '*.blog.example'],
  nodes,
  memory: null,
  cron: [],
})

beforeAll(async () => {
  const base = await openStage({ id: 105, nodes: 3, built: true })
  const before = await base.plan()
  expect(before.changes).toBe(0)
  const own = [
    { name: 'blog', domains: ['blog.example', '*.blog.example'], kind: 'python' as const },
    { name: 'page', domains: ['page.example'] },
  ]
  stage = await base.become((spec) => ({
    ...spec,
    apps: own.map((app) => ({ ...app, health: { timeout: 30 }, database: false })),
  }))
  const { outcome } = await stage.apply()
  expect(outcome.status, outcome.message).toBe('succeeded')
}, 15 * minute)
afterAll(() => stage?.close(), 2 * minute)
afterEach(async () => {
  await visitors?.stop()
  visitors = undefined
  for (const node of nodes) {
    await powerOn({ id: stage.id, node })
    await heal({ id: stage.id, node })
  }
}, 4 * minute)

const ask = (host: string, path = '/') => askHost(stage.site, host, path)

/** Nodes that answer for an app, each seen at least once. */
async function servedBy(host: string): Promise<string[]> {
  const seen = new Set<string>()
  for (let i = 0; i < 12; i++) seen.add(String((await ask(host)).headers['x-node']))
  return [...seen].sort()
}

/** Counts answers while it lasts: only these releases may be among them. */
async function only(word: string, seconds: number): Promise<void> {
  const start = performance.now()
  await eventually(seconds, async () => {
    expect(Object.keys(visitors!.since(start))).toEqual([word])
    expect(visitors!.since(start)[word]).toBeGreaterThan(300)
  })
}

describe('an app', () => {
  let current: ServingRecord

  it(
    'is served by its domain from every web node, and an unknown host gets a page',
    async () => {
      expect((await ask('blog.example')).status).toBe(503)
      current = await blog('first', 1, 'a')
      await deploy(stage, current, balancers)
      await eventually(60, async () => expect(await servedBy('blog.example')).toEqual(nodes))
      for (const host of ['BLOG.example', 'blog.example:80', 'blog.example.', 'www.blog.example'])
        expect([host, (await ask(host, '/host')).body]).toEqual([host, host])
      for (const host of ['example', 'a.b.blog.example', 'blog.example.org', 'page.blog.example.']) {
        const { status, body } = await ask(host)
        expect([host, status, body]).toEqual(
          host.startsWith('page')
            ? [host, 200, 'first ü "quoted" $HOME']
            : [host, 404, expect.stringContaining('No app')],
        )
      }
      expect((await ask(stage.spec.vip)).status).toBe(200)
      expect(await askHaproxy(stage, 'pi-1', 'show stat')).toContain('app-blog,pi-1-a')
    },
    4 * minute,
  )

  it(
    'reaches the virtual IP and nothing of the cluster beside it',
    async () => {
      const own = stage.spec.nodes.map(({ address }) => address)
      const reach = async (host: string, port: number) => (await ask('blog.example', `/reach/${host}/${port}`)).body
      await eventually(60, async () => expect(await reach(stage.spec.vip, 5000)).toBe('connected'))
      for (const host of ['127.0.0.1', ...own])
        for (const port of [22, 2379, 2380, 5432, 8008, 8404, 20_000])
          expect([host, port, await reach(host, port)]).toEqual([host, port, 'ConnectionRefusedError'])
      // From the node itself, as anybody but an app, they are there.
      for (const port of [2379, 5432, 8008])
        await stage.on('pi-1', 'python3', '-c', `import socket; socket.create_connection(('${own[0]}', ${port}), 3)`)
      // And nobody but the balancers comes to an app.
      await expect(
        stage.on('pi-3', 'python3', '-c', `import socket; socket.create_connection(('${own[0]}', 20000), 3)`),
      ).rejects.toThrow(/refused|timed out/i)
    },
    2 * minute,
  )

  it(
    'switches to the next release under load without a failed request, and the old one is stopped',
    async () => {
      visitors = startVisitors(stage.site, 'blog.example', 8)
      await eventually(60, async () => expect(visitors!.answers()).toBeGreaterThan(200))
      current = await blog('second', 2, 'b')
      await deploy(stage, current, balancers)
      await only('second', 60)
      await eventually(90, async () => {
        for (const { slots } of Object.values(await readReports(stage))) expect(slots).not.toHaveProperty('blog/a')
      })
      for (const node of nodes)
        expect(
          await stage.on(node, 'systemctl', 'list-units', '--plain', '--no-legend', 'bramble-app-*'),
        ).not.toContain('blog-a')
      await visitors.stop()
      expect(visitors.failures()).toEqual([])
    },
    4 * minute,
  )

  it(
    'keeps what serves when the next release does not answer or ends at once',
    async () => {
      visitors = startVisitors(stage.site, 'blog.example', 4)
      for (const [marker, words] of [
        ['sick', /answers 500/],
        ['broken', /ends as soon as it is started[\s\S]*no configuration/],
      ] as const) {
        const bad = await blog(marker, 3, 'a')
        await announce(stage, bad)
        await slotsAre(stage, bad, 'failed')
        for (const [node, { slots }] of Object.entries(await readReports(stage)))
          expect([node, slots['blog/a']!.message]).toEqual([node, expect.stringMatching(words)])
        await withdraw(stage, 'blog')
        await eventually(60, async () => {
          for (const { slots } of Object.values(await readReports(stage)))
            expect(Object.keys(slots).filter((key) => key.startsWith('blog/'))).toEqual(['blog/b'])
        })
      }
      await visitors.stop()
      expect(visitors.failures()).toEqual([])
      expect(Object.keys(visitors.since(0))).toEqual(['second'])
    },
    5 * minute,
  )

  it(
    'is served on while its agent restarts and HAProxy reloads, and again when HAProxy restarts',
    async () => {
      visitors = startVisitors(stage.site, 'blog.example', 4)
      await eventually(30, async () => expect(visitors!.answers()).toBeGreaterThan(50))
      for (const node of nodes) await stage.on(node, 'systemctl', 'restart', 'bramble-apps.service')
      for (const node of balancers) await stage.on(node, 'systemctl', 'reload', 'haproxy.service')
      await only('second', 60)
      await visitors.stop()
      expect(visitors.failures()).toEqual([])
      for (const node of balancers) await stage.on(node, 'systemctl', 'restart', 'haproxy.service')
      visitors = startVisitors(stage.site, 'blog.example', 4)
      await eventually(60, async () => expect((await ask('blog.example')).body).toContain('second'))
      await only('second', 60)
    },
    4 * minute,
  )

  it(
    'never answers with the old release when a web node or a balancer comes back that was off during a switch',
    async () => {
      const { id } = stage
      const holder = await holderOf()
      for (const [off, marker, slot, generation] of [
        ['pi-3', 'third', 'a', 4],
        [holder, 'fourth', 'b', 5],
      ] as const) {
        await powerOff({ id, node: off })
        const on = nodes.filter((name) => name !== off)
        const next = { ...(await blog(marker, generation, slot, on)), nodes: on }
        await announce(stage, next)
        await slotsAre(stage, next, 'ready', on)
        // The deploy leaves out who is off; the record names every node that is to serve.
        current = { ...next, nodes }
        await serve(
          stage,
          current,
          on.filter((name) => balancers.includes(name)),
        )
        await eventually(60, async () => expect((await ask('blog.example')).body).toContain(marker))
        visitors = startVisitors(stage.site, 'blog.example', 4)
        await powerOn({ id, node: off })
        await slotsAre(stage, current, 'missing', [off], 180)
        await only(marker, 60)
        // Bramble brings it what it lacks: then it serves too.
        await reached(off)
        await blog(marker, generation, slot, [off])
        await slotsAre(stage, current, 'ready', [off], 120)
        if (balancers.includes(off)) await balanced(stage, current, [off])
        await eventually(60, async () => expect(await servedBy('blog.example')).toEqual(nodes))
        await visitors.stop()
        expect(Object.keys(visitors.since(0))).toEqual([marker])
      }
    },
    10 * minute,
  )

  it(
    'starts nothing and stops nothing on a node that is cut off, and is right when that returns',
    async () => {
      const { id } = stage
      await cut({ id, node: 'pi-3' })
      const on = ['pi-1', 'pi-2']
      // Two switches: the slot that the lost node still runs is the one that serves in the end.
      for (const [marker, generation, slot] of [
        ['fifth', 6, 'a'],
        ['sixth', 7, 'b'],
      ] as const) {
        const next = { ...(await blog(marker, generation, slot, on)), nodes: on }
        await announce(stage, next)
        await slotsAre(stage, next, 'ready', on)
        current = { ...next, nodes }
        await serve(stage, current, balancers)
        await eventually(90, async () => {
          for (const name of on) {
            const keys = Object.keys((await readReports(stage))[name]!.slots).filter((key) => key.startsWith('blog/'))
            expect([name, keys]).toEqual([name, [`blog/${slot}`]])
          }
        })
      }
      visitors = startVisitors(stage.site, 'blog.example', 4)
      await heal({ id, node: 'pi-3' })
      await slotsAre(stage, current, 'missing', ['pi-3'], 180)
      await only('sixth', 60)
      await reached('pi-3')
      await blog('sixth', 7, 'b', ['pi-3'])
      await slotsAre(stage, current, 'ready', ['pi-3'], 120)
      await eventually(60, async () => expect(await servedBy('blog.example')).toEqual(nodes))
      await visitors.stop()
      expect(Object.keys(visitors.since(0))).toEqual(['sixth'])
    },
    6 * minute,
  )

  it(
    'is served in the right release when all nodes lose power',
    async () => {
      const { id } = stage
      await Promise.all(nodes.map((node) => powerOff({ id, node })))
      await Promise.all(nodes.map((node) => powerOn({ id, node })))
      visitors = startVisitors(stage.site, 'blog.example', 4)
      await eventually(240, async () => expect(await servedBy('blog.example')).toEqual(nodes))
      await visitors.stop()
      expect(Object.keys(visitors.since(0))).toEqual(['sixth'])
      await Promise.all(nodes.map(reached))
    },
    6 * minute,
  )
})

/** Ends when the test reaches the node again: a connection from before its power was cut is found dead only when it is used. */
const reached = (node: string) => eventually(180, async () => void (await stage.on(node, 'true')))

/** Which balancer carries the virtual IP. */
async function holderOf(): Promise<string> {
  for (const node of balancers)
    if ((await stage.on(node, 'ip', '-4', '-o', 'address')).includes(`${stage.spec.vip}/`)) return node
  throw new Error('No balancer carries the virtual IP')
}

it(
  'a static app has types, versions, ranges and its own page for what is missing, and shows no hidden file',
  async () => {
    const files = {
      'public/index.html': 'home',
      'public/style.css': 'a { color: red }',
      'public/deep/index.html': 'deep',
      'public/empty/x.txt': 'x',
      'public/404.html': 'nothing here',
      'public/.env': 'SECRET=1',
      'public/.git/config': 'x',
      'public/.well-known/security.txt': 'contact',
      'secret.txt': 'outside',
    }
    const page = async (change: Record<string, string>, generation: number, slot: 'a' | 'b') => ({
      app: 'page',
      generation,
      release: await putRelease(stage, nodes, 'page', { ...files, ...change }),
      environment: await putEnvironment(stage, nodes, 'page', {}),
      ...{ slot, kind: 'static' as const, port: 20_002, processes: {}, folder: 'public', health: { timeout: 30 } },
      ...{ domains: ['page.example'], nodes, memory: null, cron: [] },
    })
    await deploy(stage, await page({}, 1, 'a'), balancers)
    const get = (path: string, headers: Record<string, string> = {}) =>
      askHost(stage.site, 'page.example', path, { headers })
    await eventually(60, async () => expect((await get('/')).body).toBe('home'))
    const css = await get('/style.css')
    expect(css.headers['content-type']).toBe('text/css; charset=utf-8')
    const etag = String(css.headers.etag)
    for (let i = 0; i < 6; i++) expect((await get('/style.css', { 'If-None-Match': etag })).status).toBe(304)
    const range = await get('/style.css', { Range: 'bytes=0-2' })
    expect([range.status, range.body]).toEqual([206, 'a {'])
    const folder = await get('/deep')
    expect([folder.status, folder.headers.location]).toEqual([301, '/deep/'])
    expect((await get('/deep/')).body).toBe('deep')
    for (const path of [
      '/missing',
      '/empty/',
      '/.env',
      '/.git/config',
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/404.html',
    ]) {
      const { status, body } = await get(path)
      expect([path, body.includes('SECRET') || body.includes('outside')]).toEqual([path, false])
      expect([path, status]).toEqual([path, path.includes('..') || path.includes('%2e%2e') ? 400 : 404])
      if (status === 404) expect([path, body]).toEqual([path, 'nothing here'])
    }
    expect((await get('/.well-known/security.txt')).body).toBe('contact')
    // A file of the same size in the next release is another version of it.
    await deploy(stage, await page({ 'public/style.css': 'a { color: tan }' }, 2, 'b'), balancers)
    await eventually(60, async () => {
      const next = await get('/style.css', { 'If-None-Match': etag })
      expect([next.status, next.body]).toEqual([200, 'a { color: tan }'])
    })
    // Its package has a service that would take port 80.
    await expect(stage.on('pi-1', 'systemctl', 'is-active', 'nginx.service')).rejects.toThrow('inactive')
  },
  5 * minute,
)

it(
  'an app that is taken out of the cluster file stops, and with the last one all that served them',
  async () => {
    const one = await stage.become((spec) => ({ ...spec, apps: spec.apps!.filter(({ name }) => name === 'page') }))
    stage = one
    expect((await stage.apply()).outcome.status).toBe('succeeded')
    await eventually(60, async () => expect((await ask('blog.example')).status).toBe(404))
    await eventually(60, async () => {
      for (const node of nodes)
        expect(await stage.on(node, 'sh', '-c', 'ls /etc/systemd/system')).not.toContain('bramble-app-blog')
    })
    expect((await ask('page.example')).body).toBe('home')
    await etcdctl(stage, 'del', keysOf('page').serving)
    await etcdctl(stage, 'put', removedKey('page'), '{}')
    await eventually(60, async () => expect((await ask('page.example')).status).toBe(503))
    stage = await stage.become(({ apps: _, ...spec }) => spec)
    expect((await stage.apply()).outcome.status).toBe('succeeded')
    for (const node of nodes) {
      const left = await stage.on(node, 'sh', '-c', 'ls /etc/systemd/system /etc/bramble; systemctl list-units --plain')
      expect(left).not.toMatch(/bramble-app|apps\.json/)
    }
    expect((await ask('blog.example')).status).toBe(200)
    expect((await stage.plan()).changes).toBe(0)
  },
  5 * minute,
)
