import { expect, it } from 'vitest'
import { parseClusterFile } from '../file.ts'
import { withAppEntry } from './file-entry.ts'
import { ImageReference, looksLikeImage, registryOf } from './image.ts'

const digest = `sha256:${'a'.repeat(64)}`

it.each([
  ['nginx', 'docker.io'],
  ['library/nginx:1.27-alpine', 'docker.io'],
  ['docker://ghcr.io/team/shop:1.4', 'ghcr.io'],
  [`registry.example.org:5000/a/b/c__d.e@${digest}`, 'registry.example.org:5000'],
  ['localhost/shop', 'localhost'],
])('%s is an image', (text, registry) => {
  const reference = ImageReference.parse(text)
  expect([reference, registryOf(reference)]).toEqual([text.replace('docker://', ''), registry])
})

it.each([
  ...['', 'Shop', '-shop', 'shop:', 'shop:a b', 'shop@sha256:12', '../shop', 'a//b', 'shop;id', '$(id)', '"x"', "a'b"],
  ...['https://ghcr.io/shop', 'user:secret@ghcr.io/shop', `${'a/'.repeat(200)}b`, 'a\nb', '--authfile=/etc/x', 'a/-b'],
])('%j is none', (text) => {
  const { error } = ImageReference.safeParse(text)
  expect(error?.issues[0]?.message).toBeDefined()
})

it('only what says so is taken for an image on the command line', () => {
  expect(['docker://nginx', 'nginx', './docker', 'git@host:docker'].map(looksLikeImage)).toEqual([
    true,
    false,
    false,
    false,
  ])
})

const head = `name: shelf
vip: 192.168.1.100
nodes:
  - { name: pi-1, address: 192.168.1.11, roles: [etcd, postgres, balancer, web] }
`

it('the cluster file names the image and the port of an app, and a deploy of another tag replaces it', () => {
  const text = withAppEntry(head, { name: 'shop', domains: [], kind: 'image', image: 'ghcr.io/team/shop:1' })
  const next = withAppEntry(text, { name: 'shop', domains: [], kind: 'image', image: 'ghcr.io/team/shop:2' })
  expect(parseClusterFile(next).spec?.apps).toMatchObject([{ kind: 'image', image: 'ghcr.io/team/shop:2' }])
  expect(withAppEntry(next, { name: 'shop', domains: [], kind: 'image', image: 'ghcr.io/team/shop:2' })).toBe(next)
})

it('an image and a port are refused for an app of another kind', () => {
  const { findings } = parseClusterFile(`${head}apps:\n  - { name: shop, kind: node, image: nginx, port: 80 }\n`)
  expect(findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['app-image-kind', 'app-port-kind']))
})
