/** Where a flash keeps its copies for a moment, and where it gets its image from. */
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { FlashPlace } from './flash-job.ts'
import type { ImageKeeper } from './images.ts'

const workdirs = 'flashing'
const staleMs = 24 * 3_600_000

/** The caller removes `workdir` at the end. */
export async function openFlashPlace(at: {
  data: string
  owner: string
  protect: readonly string[]
  images: ImageKeeper
}): Promise<FlashPlace> {
  const folder = path.join(at.data, workdirs)
  const workdir = path.join(folder, at.owner)
  await mkdir(workdir, { recursive: true, mode: 0o700 })
  // A killed worker leaves its copies, with host keys in them.
  for (const name of await readdir(folder)) {
    const made = await stat(path.join(folder, name)).catch(() => null)
    if (made && Date.now() - made.mtimeMs > staleMs) await rm(path.join(folder, name), { recursive: true, force: true })
  }
  return {
    workdir,
    protect: at.protect,
    prepareImage: (image, signal, onProgress) => at.images.prepare(image, signal, onProgress),
  }
}
