/** The user's own projects: from what is uploaded to a release, and what the release needs. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { manifestName } from '@bramble/cluster'
import { type AppWishes, type ResolvedApp, resolveApp } from './detect/index.ts'
import { readSource } from './source/index.ts'

export { type AppWishes, resolveApp } from './detect/index.ts'
export { readSource } from './source/index.ts'

export interface InspectedApp extends ResolvedApp {
  /** SHA-256 of the release that this source makes, in hex. */
  digest: string
  /** Files, folders and links, and the bytes of all files. */
  entries: number
  bytes: number
  /** The one folder of the archive that everything was in; its content is the release. */
  root: string | null
}

export interface PackedApp extends InspectedApp {
  /** The archive of the release, in the folder that was named. */
  path: string
}

/** Makes the release of a folder or an archive, to be built and deployed. Troubles: of `readSource` and `resolveApp`. */
export async function packApp(input: {
  source: string
  /** Folder for the archive. It is made if need be. */
  into: string
  wishes?: AppWishes
  /** False: one folder that everything is in stays. Default true. */
  unwrap?: boolean
  signal?: AbortSignal
}): Promise<PackedApp> {
  const { source, into, wishes = {}, unwrap = true, signal } = input
  const { seen, ...release } = await readSource({
    ...{ source, into, unwrap, ...(signal ? { signal } : {}) },
    look: (files) => resolveApp(files, wishes),
  })
  return { ...release, ...seen }
}

/** The same for an image in a registry: its source is a folder that names it. The archive holds no image; a node pulls it. */
export async function packImage(
  reference: string,
  input: { into: string; wishes?: AppWishes; signal?: AbortSignal },
): Promise<PackedApp> {
  const source = await mkdtemp(join(tmpdir(), 'bramble-image-'))
  try {
    await writeFile(join(source, manifestName), JSON.stringify({ image: reference }))
    return await packApp({ ...input, source })
  } finally {
    await rm(source, { recursive: true, force: true })
  }
}

/** Reads a folder or an archive as a deploy does, runs nothing and keeps nothing. Troubles: of `readSource` and `resolveApp`. */
export async function inspectApp(source: string, wishes: AppWishes = {}): Promise<InspectedApp> {
  const into = await mkdtemp(join(tmpdir(), 'bramble-app-'))
  try {
    const { path: _, ...found } = await packApp({ source, into, wishes })
    return found
  } finally {
    await rm(into, { recursive: true, force: true })
  }
}
