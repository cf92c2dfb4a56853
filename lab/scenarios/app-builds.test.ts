/** Apps of each kind are built on a node, within limits and without reach, and run from what was built. */

import { must } from '@bramble/process'
import { cancelled } from '@bramble/provision'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type AppBench, type Built, type Files, node, openBench } from './app-on-node.ts'
import { openStage, type Stage } from './stage.ts'

const minute = 60_000
let stage: Stage
let bench: AppBench

beforeAll(async () => {
  stage = await openStage({ id: 99, nodes: 1 })
  await on('apt-get', 'update', '-q')
  bench = await openBench(stage)
}, 10 * minute)
afterAll(async () => {
  await bench?.close()
  await stage?.close()
}, 2 * minute)
afterEach(async () => {
  expect(await leftovers()).toEqual([])
}, minute)

const on = (...argv: string[]) => stage.on(node, ...argv)

/** What a build may leave nowhere: files, processes, firewall rules, units. */
async function leftovers(): Promise<string[]> {
  const lists = await Promise.all([
    on('sh', '-c', 'ls -A /srv/bramble/builds 2>/dev/null || true'),
    on('sh', '-c', 'ps -o args= -u bramble-build 2>/dev/null || true'),
    on('sh', '-c', 'nft list tables | grep bramble_build || true'),
    on('sh', '-c', "systemctl list-units --all --plain --no-legend 'bramble-app-build-*' | cat"),
  ])
  return lists.flatMap((text) => text.split('\n')).filter((line) => line.trim() !== '')
}

/** Where the lab's registry is. */
const bridge = () => stage.spec.nodes[0]!.address.replace(/\d+$/, '1')

/** A file of a release; throws when there is none. */
const fileOf = ({ path }: Built, name: string) => must(['tar', '-xOf', path, name])

const lock = (dependencies: Record<string, string>) =>
  JSON.stringify({
    ...{ name: 'app', version: '1.0.0', lockfileVersion: 3, requires: true },
    packages: {
      '': { name: 'app', version: '1.0.0', dependencies },
      ...Object.fromEntries(
        Object.entries(dependencies).map(([name, version]) => [`node_modules/${name}`, { version }]),
      ),
    },
  })

const server = `const { createServer } = require('node:http')
const ms = require('ms')
createServer((request, response) => {
  response.end(ms(60000) + ' ' + process.version + ' ' + process.env.NODE_ENV)
}).listen(process.env.PORT)
`
const nodeApp = (more: object = {}, files: Files = {}): Files => ({
  'package.json': JSON.stringify({ name: 'app', version: '1.0.0', dependencies: { ms: '2.1.3' }, ...more }),
  'package-lock.json': lock({ ms: '2.1.3' }),
  'server.js': server,
  ...files,
})

describe('what is built runs', () => {
  it(
    'Node: with a package of the registry; the same source again from the cache, to the same digest',
    async () => {
      const built = await bench.build('shop', nodeApp())
      await bench.serving('shop', built, async () => {
        expect(await bench.ask('/')).toEqual({ status: 200, body: expect.stringMatching(/^1m v20.* production$/) })
      })
      const rules = ['table inet away', 'chain inet away output { type filter hook output priority 0; }']
      for (const rule of [...rules, 'rule inet away output tcp dport 3142 reject']) await on('nft', 'add', rule)
      try {
        await expect(on('curl', '-sS', `http://${bridge()}:3142/ms`)).rejects.toThrow('connect')
        expect((await bench.build('shop', nodeApp())).digest).toBe(built.digest)
      } finally {
        await on('nft', 'delete', 'table', 'inet', 'away')
      }
    },
    10 * minute,
  )

  it(
    'Node newer than that of Debian',
    async () => {
      const built = await bench.build('newer', nodeApp({ engines: { node: '>=22' } }))
      await bench.serving('newer', built, async () => expect((await bench.ask('/')).body).toMatch(/^1m v22/))
    },
    10 * minute,
  )

  it(
    'static files that npm builds: only they are in the release',
    async () => {
      const source = {
        'package.json': JSON.stringify({ scripts: { build: 'node build.js' }, devDependencies: { ms: '2.1.3' } }),
        'index.html': 'source',
        'build.js': `const { mkdirSync, writeFileSync } = require('node:fs')
mkdirSync('dist')
writeFileSync('dist/index.html', require('ms')(1000))`,
      }
      const built = await bench.build('site', source)
      expect(built).toMatchObject({ folder: 'dist', resolved: { kind: 'static' } })
      expect(await fileOf(built, 'dist/index.html')).toBe('1s')
      await expect(fileOf(built, 'node_modules/ms/package.json')).rejects.toThrow('Not found in archive')
    },
    10 * minute,
  )
})

describe('a build', () => {
  const building = (build: string[], files: Files = {}): Files => ({
    'bramble.yaml': JSON.stringify({ build, packages: ['python3'] }),
    Procfile: 'web: true\n',
    ...files,
  })

  it(
    'that fails reports its last lines',
    async () => {
      await expect(bench.build('fails', building(['echo first', 'echo the reason >&2; exit 7']))).rejects.toMatchObject(
        {
          code: 'build-failed',
          message: expect.stringMatching(/exit 7[\s\S]*the reason/),
        },
      )
    },
    5 * minute,
  )

  it(
    'ends at its limit of memory',
    async () => {
      const eat = { 'eat.py': "x = []\nwhile True: x.append(b'x' * 10**7)\n" }
      await expect(
        bench.build('eats', building(['python3 eat.py'], eat), { limits: { memoryMB: 150 } }),
      ).rejects.toMatchObject({ code: 'build-memory', message: 'The build used more than 150 MB of memory.' })
    },
    5 * minute,
  )

  it(
    'ends at its limit of time',
    async () => {
      await expect(bench.build('sleeps', building(['sleep 600']), { limits: { seconds: 4 } })).rejects.toMatchObject({
        code: 'build-time',
        message: 'The build took longer than 4 seconds.',
      })
    },
    5 * minute,
  )

  it(
    'ends at its limit of disk, in one file or in many',
    async () => {
      const many = 'i=0; while :; do head -c 5000000 /dev/zero > "/tmp/$i"; i=$((i+1)); done'
      await expect(bench.build('fills', building([many]), { limits: { diskMB: 100 } })).rejects.toMatchObject({
        code: 'build-disk',
        message: 'The build wrote more than 100 MB.',
      })
      await expect(
        bench.build('fills', building(['head -c 900000000 /dev/zero > one']), { limits: { diskMB: 100 } }),
      ).rejects.toMatchObject({ code: expect.stringMatching(/^build-(disk|failed)$/) })
    },
    5 * minute,
  )

  it(
    'that is cancelled in the middle leaves nothing',
    async () => {
      const stop = new AbortController()
      const built = bench.build('long', building(['echo begun; sleep 600']), {
        signal: stop.signal,
        onLine: (line) => line === 'begun' && stop.abort(cancelled()),
      })
      await expect(built).rejects.toMatchObject({ code: 'cancelled' })
      expect(await leftovers()).toEqual([])
    },
    5 * minute,
  )

  it(
    'reads no secret and reaches no service of the cluster, in an install script as well',
    async () => {
      await on('mkdir', '-p', '/etc/bramble', '/srv/bramble/apps/other/environments')
      await on('sh', '-c', 'echo key > /etc/bramble/secret; echo SECRET=x > /srv/bramble/apps/other/environments/x')
      await on('sh', '-c', 'mkdir -p /var/cache/bramble-build/other; echo x > /var/cache/bramble-build/other/x')
      await on('sh', '-c', 'chmod -R a+rX /etc/bramble /srv/bramble/apps/other /var/cache/bramble-build/other')
      for (const port of ['2379', '5432', '8008', '20000'])
        await on('systemd-run', '--quiet', '--unit', `listen-${port}`, 'python3', '-m', 'http.server', port)
      const address = stage.spec.nodes[0]!.address
      const probe = `const { connect } = require('node:net')
const { readFileSync, writeFileSync } = require('node:fs')
const seen = {}
const attempt = (name, work) => { try { work(); seen[name] = 'done' } catch (error) { seen[name] = error.code } }
for (const path of ['/etc/bramble/secret', '/srv/bramble/apps/other/environments/x', '/var/cache/bramble-build/other/x', '/etc/shadow'])
  attempt(path, () => readFileSync(path))
for (const path of ['/etc/x', '/usr/x', '/srv/bramble/x', '/var/lib/x', '/home/x'])
  attempt(path, () => writeFileSync(path, 'x'))
const reach = (host, port) => new Promise((resolve) => {
  const socket = connect({ host, port, timeout: 3000 })
  const end = (what) => { seen[host + ':' + port] = what; socket.destroy(); resolve() }
  socket.on('connect', () => end('connected')).on('error', (error) => end(error.code)).on('timeout', () => end('timeout'))
})
const all = []
for (const host of ['127.0.0.1', '${address}']) for (const port of [2379, 5432, 8008, 20000]) all.push(reach(host, port))
const own = require('node:http').createServer((_, response) => response.end('x')).listen(0, '127.0.0.1', async () => {
  await Promise.all([...all, reach('127.0.0.1', own.address().port)])
  seen.own = seen['127.0.0.1:' + own.address().port]
  delete seen['127.0.0.1:' + own.address().port]
  writeFileSync('probe.json', JSON.stringify(seen))
  process.exit()
})`
      const built = await bench.build(
        'probe',
        nodeApp({ scripts: { postinstall: 'node probe.js' } }, { 'probe.js': probe }),
      )
      const { own, ...seen } = JSON.parse(await fileOf(built, 'probe.json')) as Record<string, string>
      expect(own).toBe('connected')
      expect(Object.keys(seen)).toHaveLength(17)
      for (const [what, how] of Object.entries(seen))
        expect([what, how]).toEqual([what, expect.stringMatching(/^(EACCES|EPERM|ENOENT|EROFS|ECONNREFUSED)$/)])
      for (const port of ['2379', '5432', '8008', '20000']) await on('systemctl', 'stop', `listen-${port}`)
    },
    5 * minute,
  )
})
