/** Things that are built once into the cache, by one command at a time, and appear there whole or not at all. */
import { randomUUID } from 'node:crypto'
import { access, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { LabError } from '../host/errors.ts'
import { cacheFolder } from '../host/layout.ts'
import { withLock } from '../host/lock.ts'
import { unmount } from '../host/mounts.ts'

export interface BuildOptions {
  /** What is built, for people: `Building the trixie base system`. */
  title: string
  /** What to do when it fails. */
  cure?: string
  onLine?: (line: string) => void
}

/**
 * Builds `path` (a file or a folder of the cache) unless it is there. `build` gets another path to build at, and may mount
 * something at `<that>.build/root`. Throws LabError `lab-layer`.
 */
export async function once(path: string, options: BuildOptions, build: (part: string) => Promise<void>): Promise<void> {
  const { title, cure = 'Check that this machine can install packages (apt-get update), then try again.' } = options
  const { onLine = () => {} } = options
  if (await exists(path)) return
  await mkdir(cacheFolder(), { recursive: true })
  const waiting = () => onLine('Another command is building it; waiting')
  await withLock(`layer:${path}`, 15 * 60_000, buildUnlessThere, waiting)

  async function buildUnlessThere() {
    if (await exists(path)) return
    for (const name of await readdir(cacheFolder()))
      if (join(cacheFolder(), name).startsWith(`${path}.part-`))
        // Of a build that was cut off, its files and the folder beside them: either may be all that is left.
        await discard(join(cacheFolder(), name.replace(/\.build$/, '')))
    const part = `${path}.part-${randomUUID().slice(0, 8)}`
    const begun = Date.now()
    onLine(title)
    try {
      await build(part)
      await rename(part, path)
      onLine(`${title}: done in ${Math.round((Date.now() - begun) / 1000)} s`)
    } catch (error) {
      await discard(part).catch(() => undefined)
      throw new LabError('lab-layer', `${title} failed: ${error instanceof Error ? error.message : error} ${cure}`, {
        cause: error,
      })
    }
  }
}

async function discard(part: string): Promise<void> {
  await unmount(join(`${part}.build`, 'root'))
  await rm(`${part}.build`, { recursive: true, force: true })
  await rm(part, { recursive: true, force: true })
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
