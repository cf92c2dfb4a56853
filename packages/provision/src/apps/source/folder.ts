/** A folder of this machine as entries. Links are read, never followed. */
import { createReadStream } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { SourceEntry } from './entries.ts'

export async function* fromFolder(root: string, below = ''): AsyncGenerator<SourceEntry> {
  for (const name of (await readdir(join(root, below))).sort()) {
    // Large, and dropped later anyway.
    if (name === '.git') continue
    const path = below === '' ? name : `${below}/${name}`
    const at = join(root, path)
    const found = await lstat(at)
    if (found.isDirectory()) {
      yield { path, kind: 'folder' }
      yield* fromFolder(root, path)
    } else if (found.isSymbolicLink()) yield { path, kind: 'link', target: await readlink(at), hard: false }
    else if (found.isFile()) {
      const executable = (found.mode & 0o111) !== 0
      yield { path, kind: 'file', executable, size: found.size, content: () => createReadStream(at) }
    } else yield { path, kind: 'other', what: 'a device, a pipe or a socket' }
  }
}
