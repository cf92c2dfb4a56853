/** The user's own projects: from what is uploaded to a release, and what the release needs. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

/** Reads a folder or an archive as a deploy does, runs nothing and keeps nothing. Troubles: of `readSource` and `resolveApp`. */
export async function inspectApp(source: string, wishes: AppWishes = {}): Promise<InspectedApp> {
  const into = await mkdtemp(join(tmpdir(), 'bramble-app-'))
  try {
    const {
      path: _,
      seen,
      ...release
    } = await readSource({
      source,
      into,
      look: (files) => resolveApp(files, wishes),
    })
    return { ...release, ...seen }
  } finally {
    await rm(into, { recursive: true, force: true })
  }
}
