/** What is taken for a container image, and what is known of it before a node has it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { packImage } from '../index.ts'
import { readSource } from '../source/index.ts'
import { builtImage } from './image.ts'
import { type AppWishes, resolveApp } from './index.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bramble-image-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function read<T>(contents: Record<string, unknown>, look: Parameters<typeof readSource<T>>[0]['look']) {
  for (const [name, content] of Object.entries(contents)) {
    const path = join(folder, 'app', name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  }
  return (await readSource({ source: join(folder, 'app'), into: join(folder, 'releases'), look })).seen
}
const detected = (contents: Record<string, unknown>, wishes?: AppWishes) =>
  read(contents, (files) => resolveApp(files, wishes))
const saved = (...names: string[]) => names.map((name) => ({ Config: 'c.json', RepoTags: [name], Layers: ['l.tar'] }))

it('docker save and OCI archives are images, with the name that they give', async () => {
  expect(await detected({ 'manifest.json': saved('shop:1'), 'c.json': '{}', 'l.tar': '' })).toMatchObject({
    ...{ kind: 'image', processes: {}, health: '/', packages: { trixie: ['crun', 'passt'] } },
    image: { from: 'docker-archive', reference: 'shop:1', id: null, digest: null, port: null },
    build: ['skopeo copy docker-archive', 'umoci unpack'],
  })
  rmSync(join(folder, 'app'), { recursive: true })
  const index = { manifests: [{ annotations: { 'org.opencontainers.image.ref.name': '1.4' } }] }
  expect(await detected({ 'oci-layout': '{}', 'index.json': index }, { port: 3000 })).toMatchObject({
    image: { from: 'oci-archive', reference: '1.4', port: 3000 },
  })
})

it('an archive of several images is refused, with their names', async () => {
  await expect(detected({ 'manifest.json': saved('one:1', 'two:2') })).rejects.toMatchObject({
    code: 'image-several',
    message: 'The archive contains 2 images: one:1, two:2.',
  })
})

it('a manifest.json of a web page is none, and neither is a folder whose kind was set to image', async () => {
  expect(await detected({ 'manifest.json': { name: 'page' }, 'index.html': '' })).toMatchObject({ kind: 'static' })
  await expect(detected({}, { kind: 'image' })).rejects.toMatchObject({ code: 'app-image' })
})

it('a name in bramble.yaml is pulled from its registry, and own build commands change nothing', async () => {
  const manifest = 'image: ghcr.io/team/shop:1\nport: 8000\nbuild: [make]\nprocesses: { worker: ./work }\n'
  expect(await detected({ 'bramble.yaml': manifest })).toMatchObject({
    image: { from: 'registry', reference: 'ghcr.io/team/shop:1', port: 8000 },
    build: ['skopeo copy docker://ghcr.io/team/shop:1', 'umoci unpack'],
    processes: { worker: './work' },
  })
  const packed = await packImage('nginx:1', { into: join(folder, 'releases') })
  expect(packed).toMatchObject({ kind: 'image', image: { from: 'registry', reference: 'nginx:1' } })
})

it.each<[string, object, RegExp[]]>([
  ['no port', { port: 8080, exposed: [], volumes: [] }, [/exposes no port.*8080/]],
  ['several ports', { port: 80, exposed: [80, 443], volumes: [] }, [/80, 443, and requests go to 80/]],
  ['a volume', { port: 80, exposed: [80], volumes: ['/data'] }, [/\/data is lost/]],
])('what a person should know of an image with %s is said once it is there', async (_, file, expected) => {
  const before = { from: 'registry' as const, reference: 'shop', digest: 'sha256:1', id: null, port: null }
  const { image, notes } = await read({ 'image.json': { id: 'sha256:2', ...file } }, (files) =>
    builtImage(files, before),
  )
  expect(image).toMatchObject({ digest: 'sha256:1', id: 'sha256:2' })
  expect(notes).toEqual(expected.map((pattern) => expect.stringMatching(pattern)))
})
