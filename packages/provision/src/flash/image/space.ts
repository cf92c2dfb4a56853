/** Room on the disk of the image cache, and what to say when it is not enough. */
import { statfs } from 'node:fs/promises'
import { Trouble } from '../../core/types.ts'

/** Left free for others who write to the same disk. */
const margin = 64 * 1024 * 1024

/** Refuses with `cache-full` when `bytes` more do not fit. */
export async function needSpace(folder: string, bytes: number): Promise<void> {
  const free = await freeBytes(folder)
  if (bytes + margin > free) throw cacheFull(folder, bytes + margin, free)
}

/** A write that met the end of the disk becomes `cache-full`; anything else stays as it is. */
export async function spaceTrouble(error: unknown, folder: string, bytes: number): Promise<unknown> {
  const code = (error as NodeJS.ErrnoException | null)?.code
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error
  return cacheFull(folder, Math.max(bytes, 1) + margin, await freeBytes(folder))
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

function cacheFull(folder: string, needs: number, has: number): Trouble {
  return new Trouble(
    'cache-full',
    `The image needs ${bytesText(needs)} in ${folder}, which has ${bytesText(has)} free.`,
    'Remove images that are not needed any more, or make room on that disk, and try again.',
  )
}

export function bytesText(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.ceil(bytes / 1e6)} MB`
}
