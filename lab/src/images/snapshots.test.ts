import { access, mkdir, mkdtemp, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ClusterSpec, parseClusterFile } from '@bramble/cluster'
import { expect, it, onTestFinished } from 'vitest'
import { clusterYaml } from '../nodes/cluster-yaml.ts'
import { forgetOld, snapshotName } from './snapshots.ts'

function specOf(hostKey: string): ClusterSpec {
  const node = (number: number) => ({ name: `pi-${number}`, address: `198.18.250.1${number}`, hostKey })
  const nodes = [1, 2, 3].map(node)
  const text = clusterYaml({ id: 1001, vip: '198.18.250.100', user: 'pi', keyFile: `/${hostKey}`, nodes })
  const { spec } = parseClusterFile(text)
  if (!spec) throw new Error('The lab wrote a cluster file that it cannot read')
  return spec
}

const [key, otherKey] = ['a', 'b'].map((letter) => `SHA256:${letter.repeat(43)}`) as [string, string]
const spec = specOf(key)
const made = { layers: ['golden', 'base'], sources: 'digest', now: new Date('2026-11-29T00:00:00Z') }
const options = { release: 'trixie', nodes: 3, spec } as const

it('is the same whatever host keys the nodes have and wherever the key file lies', () => {
  expect(snapshotName({ ...options, spec: specOf(otherKey) }, made)).toBe(snapshotName(options, made))
})

it('is another one when a role, a setting, a package, the code or the week differs', () => {
  const [first, ...others] = spec.nodes
  const names = [
    snapshotName(options, made),
    snapshotName({ ...options, nodes: 4 }, made),
    snapshotName({ ...options, spec: { ...spec, synchronous: !spec.synchronous } }, made),
    snapshotName({ ...options, spec: { ...spec, nodes: [{ ...first!, roles: [] }, ...others] } }, made),
    snapshotName(options, { ...made, layers: ['newer', 'base'] }),
    snapshotName(options, { ...made, sources: 'other' }),
    snapshotName(options, { ...made, now: new Date('2026-12-08T00:00:00Z') }),
  ]
  expect(new Set(names).size).toBe(names.length)
})

it('goes when nobody asked for it since yesterday, unless a lab stands on it', async () => {
  const cache = await mkdtemp(join(tmpdir(), 'bramble-snapshots-'))
  const before = process.env.BRAMBLE_CACHE
  process.env.BRAMBLE_CACHE = cache
  onTestFinished(async () => {
    if (before === undefined) delete process.env.BRAMBLE_CACHE
    else process.env.BRAMBLE_CACHE = before
    await rm(cache, { recursive: true, force: true })
  })
  const folders = ['old', 'used', 'fresh'].map((_, at) => join(cache, `built-trixie-3-${`${at}`.repeat(12)}`))
  const golden = join(cache, 'golden-trixie-amd64-000000000000')
  const yesterday = new Date(Date.now() - 25 * 3_600_000)
  for (const folder of [...folders, golden]) await mkdir(folder)
  for (const folder of [folders[0]!, folders[1]!, golden]) await utimes(folder, yesterday, yesterday)
  await forgetOld(new Set([folders[1]!]))
  await expect(access(folders[0]!)).rejects.toMatchObject({ code: 'ENOENT' })
  for (const folder of [folders[1]!, folders[2]!, golden]) await access(folder)
})
