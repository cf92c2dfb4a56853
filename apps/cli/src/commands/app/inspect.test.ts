import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '@bramble/process'
import { inspectApp } from '@bramble/provision'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { root } from '../../supervisor/checkout.ts'
import { inspectionText, wishesOf } from './inspect.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bramble-inspect-'))
  mkdirSync(join(folder, 'shop/public'), { recursive: true })
  writeFileSync(
    join(folder, 'shop/package.json'),
    '{ "scripts": { "start": "node server.js" }, "engines": { "node": "20" } }',
  )
  writeFileSync(join(folder, 'shop/server.js'), 'listen()\n')
  writeFileSync(join(folder, 'shop/Procfile'), 'worker: node worker.js\nrelease: node migrate.js\n')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a project is shown as it would be built and run', async () => {
  const found = await inspectApp(join(folder, 'shop'))
  expect(
    inspectionText({ ...found, digest: 'abc' }),
  ).toBe(`Kind              node: package.json: Node, without dependencies.
Build             node --version
Process web       node server.js
Process worker    node worker.js
Before it serves  node migrate.js
Health check      GET /
Packages          nodejs
Content           4 files, folders and links, 0.0 MB
Release           abc
Note              Node ^20.0.0 comes from npm and is part of the release: Debian bookworm has an older one.`)
})

test('the command prints it as JSON', async () => {
  const argv = [process.execPath, '--import', 'tsx', join(root, 'apps/cli/src/main.ts'), 'app', 'inspect']
  const { code, stdout, stderr } = await run([...argv, join(folder, 'shop'), '--json'], { cwd: root })
  expect([code, stderr]).toEqual([0, ''])
  expect(JSON.parse(stdout)).toEqual(await inspectApp(join(folder, 'shop')))
})

test('what the cluster file says of the app goes first', () => {
  const cluster = join(folder, 'cluster.yaml')
  const node = (n: number) => `  - { name: pi-${n}, address: 192.0.2.1${n}, roles: [etcd, postgres, balancer, web] }\n`
  const app = '  - { name: shop, processes: { web: node other.js }, packages: [jq], health: { path: /up } }\n'
  writeFileSync(cluster, `name: shelf\nvip: 192.0.2.100\nnodes:\n${[1, 2, 3].map(node).join('')}apps:\n${app}`)
  const named = { processes: { web: 'node other.js' }, packages: ['jq'], health: { path: '/up' } }
  expect(wishesOf({ cluster, app: 'shop' })).toMatchObject(named)
  expect(wishesOf({ cluster, app: 'shop', kind: 'static' })).toMatchObject({ ...named, kind: 'static' })
  expect(wishesOf({ kind: 'static' })).toEqual({ kind: 'static' })
  expect(() => wishesOf({ cluster, app: 'blog' })).toThrow('has no app named blog.')
  expect(() => wishesOf({ cluster })).toThrow('--app and --cluster must be used together.')
})

test('what is no app is refused in a sentence', async () => {
  await expect(inspectApp(join(folder, 'shop/server.js'))).rejects.toThrow(
    'server.js is damaged, or is not an archive: Unexpected end of data.',
  )
  await expect(inspectApp(join(folder, 'nothing'))).rejects.toThrow('does not exist')
})
