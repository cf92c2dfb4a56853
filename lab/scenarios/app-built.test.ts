/** Apps that have to be built, deployed by the command line on a cluster and asked through the virtual IP. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type AppCommands, appCommands } from './app-command.ts'
import { askHost } from './app-visitors.ts'
import { eventually, openStage, type Stage } from './stage.ts'

const minute = 60_000
let stage: Stage
let bramble: AppCommands

beforeAll(async () => {
  stage = await openStage({ id: 102, nodes: 1, built: true })
  bramble = await appCommands(stage)
}, 15 * minute)
afterAll(async () => {
  bramble?.close()
  await stage?.close()
}, 2 * minute)

const deploy = (app: string, files: Record<string, string>) =>
  bramble.must('deploy', bramble.app(files), '--app', app, '--domain', `${app}.example`, '--yes', '--verbose')
const answers = (app: string, body: string) =>
  eventually(30, async () => expect(await askHost(stage.site, `${app}.example`)).toMatchObject({ status: 200, body }))

const lock = JSON.stringify({
  ...{ name: 'shop', lockfileVersion: 3, requires: true },
  packages: { '': { name: 'shop', dependencies: { ms: '2.1.3' } }, 'node_modules/ms': { version: '2.1.3' } },
})
const server = (marker: string) => `const ms = require('ms')
require('node:http').createServer((_, response) => response.end('${marker} ' + ms(60000))).listen(process.env.PORT)
`

it(
  'a Node app with a package of the registry, its second release, and a rollback',
  async () => {
    const shop = (marker: string) => ({
      'package.json': JSON.stringify({ name: 'shop', dependencies: { ms: '2.1.3' } }),
      'package-lock.json': lock,
      'server.js': server(marker),
    })
    const first = await deploy('shop', shop('first'))
    expect(first.stdout).toContain('Building shop on pi-1')
    await answers('shop', 'first 1m')
    await deploy('shop', shop('second'))
    await answers('shop', 'second 1m')
    await bramble.must('rollback', 'shop', '--yes')
    await answers('shop', 'first 1m')
  },
  10 * minute,
)

it(
  'a build that fails leaves the release that serves, and the cluster file as it was',
  async () => {
    const broken = { 'package.json': JSON.stringify({ scripts: { build: 'exit 3', start: 'node a.js' } }) }
    const words = ['deploy', bramble.app(broken), '--app', 'shop', '--yes']
    const end = await bramble.run(...words)
    expect([end.code, end.stdout + end.stderr]).toEqual([1, expect.stringContaining('A build command failed (exit 3)')])
    await answers('shop', 'first 1m')
  },
  5 * minute,
)

it(
  'static files that npm builds',
  async () => {
    await deploy('page', {
      'package.json': JSON.stringify({ scripts: { build: 'mkdir dist && echo built > dist/index.html' } }),
      'index.html': 'source',
    })
    await answers('page', 'built\n')
  },
  5 * minute,
)

it(
  'PHP',
  async () => {
    await deploy('php', { 'public/index.php': '<?php echo "PHP for ", $_SERVER["HTTP_HOST"];' })
    await answers('php', 'PHP for php.example')
  },
  6 * minute,
)
