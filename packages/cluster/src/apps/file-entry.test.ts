import { expect, it } from 'vitest'
import { parseClusterFile } from '../file.ts'
import { withAppEntry, withAppPlaces, withoutAppEntry } from './file-entry.ts'

const head = `# My shelf
name: shelf
vip: 192.168.1.100 # reserved in the router
nodes:
  - { name: pi-1, address: 192.168.1.11, roles: [etcd, postgres, balancer, web] }
  - { name: pi-2, address: 192.168.1.12, roles: [etcd, postgres, balancer, web] }
  - { name: pi-3, address: 192.168.1.13, roles: [etcd, postgres] }
`
const shop = { name: 'shop', domains: ['shop.example'], kind: 'node' as const }

it('an app is added to a file that has none, and everything else stays as it was written', () => {
  const text = withAppEntry(head, shop)
  expect(text.startsWith(head)).toBe(true)
  expect(parseClusterFile(text).spec?.apps).toMatchObject([{ ...shop, database: false }])
  expect(withAppEntry(text, shop)).toBe(text)
  expect(parseClusterFile(withoutAppEntry(text, 'shop')).spec).toEqual(parseClusterFile(head).spec)
  expect(withoutAppEntry(text, 'shop')).toContain('# reserved in the router')
  expect(withoutAppEntry(text, 'other')).toBe(text)
})

it('an entry gets what it lacks and keeps its comments', () => {
  const before = `${head}apps:
  # The shop of the family
  - name: shop
    domains: [shop.example] # since 2024
    memory: 128
  - name: page
`
  const text = withAppEntry(before, { ...shop, domains: ['shop.example', 'www.shop.example'], database: true })
  expect(text).toContain('# The shop of the family')
  expect(parseClusterFile(text).spec?.apps).toMatchObject([
    { name: 'shop', domains: ['shop.example', 'www.shop.example'], kind: 'node', memory: 128, database: true },
    { name: 'page' },
  ])
  const more = withAppEntry(text, { ...shop, packages: ['ffmpeg'] })
  expect(parseClusterFile(more).spec?.apps?.[0]).toMatchObject({ memory: 128, packages: ['ffmpeg'] })
  expect(withAppEntry(more, { ...shop, packages: ['ffmpeg'] })).toBe(more)
  // A kind that somebody chose is kept.
  expect(withAppEntry(text, { ...shop, kind: 'python' })).toBe(text)
  expect(parseClusterFile(withoutAppEntry(text, 'shop')).spec?.apps).toMatchObject([{ name: 'page' }])
})

it('works in a file that is JSON', () => {
  const { spec } = parseClusterFile(head)
  const text = withAppEntry(JSON.stringify(spec), shop)
  expect(JSON.parse(text).apps).toMatchObject([shop])
})

it('an app gets other nodes, and the file keeps its comments', () => {
  const text = withAppEntry(head, shop)
  const two = withAppPlaces(text, 'shop', { count: 2 })
  expect(parseClusterFile(two).spec?.apps?.[0]).toMatchObject({ count: 2 })
  const named = withAppPlaces(two, 'shop', { nodes: ['pi-2'] })
  expect(named).toContain('# reserved in the router')
  expect(parseClusterFile(named).spec?.apps?.[0]).toMatchObject({ nodes: ['pi-2'] })
  expect(parseClusterFile(named).spec?.apps?.[0]).not.toHaveProperty('count')
  expect(parseClusterFile(withAppPlaces(named, 'shop', 'all')).spec).toEqual(parseClusterFile(text).spec)
  const { findings } = parseClusterFile(withAppPlaces(text, 'shop', { nodes: ['pi-3'] }))
  expect(findings).toMatchObject([
    { path: 'apps.0.nodes.0', message: expect.stringContaining('pi-3, which does not have') },
  ])
})
