import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppSpec, parseClusterFile } from '@bramble/cluster'
import { run } from '@bramble/process'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { root } from '../../supervisor/checkout.ts'
import { plannedEntry } from './entry.ts'
import { AppValues } from './values.ts'

let folder: string
let cluster: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bramble-values-'))
  cluster = join(folder, 'cluster.yaml')
  const node = (n: number) => `  - { name: pi-${n}, address: 192.0.2.1${n}, roles: [etcd, postgres, balancer, web] }\n`
  const app = '  - { name: shop, domains: [shop.example], environment: { GREETING: Hello, FROM: file } }\n'
  writeFileSync(cluster, `name: shelf\nvip: 192.0.2.100\nnodes:\n${[1, 2, 3].map(node).join('')}apps:\n${app}`)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('set values come before those of the cluster file, and nobody else can read them', () => {
  const values = new AppValues(folder)
  const app = AppSpec.parse({ name: 'shop', environment: { GREETING: 'Hello', FROM: 'file' } })
  values.setEnvironment('shop', { FROM: 'set', KEY: 'a\nb' })
  expect(new AppValues(folder).complete(app)).toEqual({ GREETING: 'Hello', FROM: 'set', KEY: 'a\nb' })
  const password = values.databasePassword('shop').reveal()
  expect(values.databasePassword('shop').reveal()).toBe(password)
  expect(values.environment('shop')).toEqual({ FROM: 'set', KEY: 'a\nb' })
  const digest = values.keep('shop', { A: '1' })
  expect(values.kept('shop', digest)).toEqual({ A: '1' })
  for (const file of ['apps.json', `environments/shop/${digest}.json`])
    expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600)
  values.remove('shop')
  expect([values.environment('shop'), values.kept('shop', digest)]).toEqual([{}, null])
})

test('an entry that would break a rule is refused, and the file stays', () => {
  const before = readFileSync(cluster, 'utf8')
  expect(() => plannedEntry(cluster, { name: 'blog', domains: ['SHOP.example.'] })).toThrow(
    'The apps shop and blog both have the domain shop.example.',
  )
  expect(() => plannedEntry(cluster, { name: 'web', domains: [] })).toThrow('must be another name')
  const { text, app } = plannedEntry(cluster, { name: 'blog', domains: ['Blog.example'], kind: 'static' })
  expect(app).toMatchObject({ name: 'blog', domains: ['blog.example'], kind: 'static' })
  expect(parseClusterFile(text!).spec?.apps?.map(({ name }) => name)).toEqual(['shop', 'blog'])
  expect(readFileSync(cluster, 'utf8')).toBe(before)
})

const bramble = async (...words: string[]) => {
  const argv = [process.execPath, '--import', 'tsx', join(root, 'apps/cli/src/main.ts'), 'app', ...words]
  return run([...argv, '--cluster', cluster, '--data', folder], { cwd: root })
}

test('a cluster that was not provisioned from this machine is refused before anything is asked', async () => {
  for (const words of [['list'], ['env', 'set', 'shop', 'A=1'], ['deploy', folder, '--app', 'shop', '--yes']]) {
    const { code, stderr } = await bramble(...words)
    expect([code, stderr]).toEqual([1, expect.stringContaining('was not provisioned from this machine')])
  }
})
