/** Clusters that were built once, as folders of the cache: each made anew when anything that makes it what it is has changed. */
import { createHash } from 'node:crypto'
import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ClusterSpec } from '@bramble/cluster'
import { cacheFolder, layoutOf, type Release } from '../host/layout.ts'
import { once } from './built.ts'
import { buildLayers } from './layers.ts'

const checkout = fileURLToPath(new URL('../../..', import.meta.url))
/** What decides how a cluster is built. */
const sources = ['packages/cluster/src', 'packages/provision/src', 'lab/src', 'pnpm-lock.yaml']
const day = 86_400_000

export interface SnapshotOptions {
  release: Release
  nodes: number
  /** As the cluster was asked for; host keys and the place of a key file are left out. */
  spec: ClusterSpec
  onLine?: (line: string) => void
}

/**
 * Folder of the cluster, built when missing; two that ask at once wait for one build. `build` fills the folder it is given.
 * It is built anew every week, so that what is in it is never near its end. Throws LabError `lab-layer`.
 */
export async function snapshot(options: SnapshotOptions, build: (folder: string) => Promise<void>): Promise<string> {
  const { release, nodes, onLine } = options
  const told = onLine ? { onLine } : {}
  const layers = await buildLayers({ release, golden: true, ...told })
  const folder = join(
    cacheFolder(),
    snapshotName(options, { layers, sources: await digestOf(sources), now: new Date() }),
  )
  const title = `Building a ${release} cluster of ${nodes}`
  const cure = 'Check what failed on the nodes, then try again.'
  await once(folder, { title, cure, ...told }, build)
  const now = new Date()
  await utimes(folder, now, now)
  await forgetOld(await layersInUse())
  return folder
}

/** The same for the same cluster, and another one when anything that makes it what it is differs. */
export function snapshotName(
  { release, nodes, spec }: SnapshotOptions,
  made: { layers: readonly string[]; sources: string; now: Date },
): string {
  const week = Math.floor(made.now.getTime() / (7 * day))
  const digest = sha256(JSON.stringify([made.layers, nodes, plain(spec), made.sources, week]))
  return `built-${release}-${nodes}-${digest.slice(0, 12)}`
}

function plain({ ssh, nodes, ...spec }: ClusterSpec) {
  return { ...spec, user: ssh.user, nodes: nodes.map(({ hostKey, ...node }) => node) }
}

/** Of all files below the paths but tests, names and contents. */
async function digestOf(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const path of paths) {
    const isFolder = (await stat(join(checkout, path))).isDirectory()
    const below = isFolder ? await readdir(join(checkout, path), { recursive: true, withFileTypes: true }) : []
    const files = isFolder
      ? below.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
      : [join(checkout, path)]
    for (const file of files.filter((name) => !/\.test\.ts$/.test(name)).sort())
      hash.update(`${file.slice(checkout.length)}\0${sha256(await readFile(file))}\0`)
  }
  return hash.digest('hex')
}

/** Takes away what nobody asked for since yesterday and no lab stands on. */
export async function forgetOld(inUse: ReadonlySet<string>): Promise<void> {
  for (const name of (await readdir(cacheFolder())).filter((name) => /^built-[a-z]+-\d+-[0-9a-f]{12}$/.test(name))) {
    const folder = join(cacheFolder(), name)
    const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Date.now() }))
    if (Date.now() - mtimeMs > day && !inUse.has(folder)) await rm(folder, { recursive: true, force: true })
  }
}

async function layersInUse(): Promise<Set<string>> {
  const labs = dirname(layoutOf(0).state)
  const texts = (await readdir(labs).catch(() => [])).map((id) => readFile(join(labs, id, 'lab.json'), 'utf8'))
  const records = (await Promise.allSettled(texts)).flatMap((read) => (read.status === 'fulfilled' ? [read.value] : []))
  return new Set(records.flatMap((text) => [...text.matchAll(/"built": "([^"]+)\/[^"/]+"/g)].map((found) => found[1]!)))
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}
