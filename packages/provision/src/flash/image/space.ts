/** Space on the disk of the image cache, and what to say when it is not enough. */
import { statfs } from 'node:fs/promises'
import { Trouble } from '../../engine/types.ts'

/** Bytes of a disk that are promised to the writer of one file. */
export interface Reserved {
  /** `done`: all bytes written so far. Trouble `cache-full` when more is needed than was promised, and is not there. */
  wrote(done: number): Promise<void>
  release(): Promise<void>
}

/** Promises bytes in a folder. Trouble `cache-full`. */
export type Reserve = (folder: string, bytes: number) => Promise<Reserved>

/** Left free for others who write to the same disk. */
const margin = 64 * 1024 * 1024

/** For a process that shares the disk with no other part of Bramble: looks once whether there is space. */
export const withoutOthers: Reserve = async (folder, bytes) => {
  const free = await freeBytes(folder)
  if (bytes + margin > free) throw cacheFull(folder, bytes, Math.max(0, free - margin))
  return { wrote: async () => undefined, release: async () => undefined }
}

/** A write that met the end of the disk becomes `cache-full`; anything else stays as it is. */
export async function spaceTrouble(error: unknown, folder: string, bytes: number): Promise<unknown> {
  const code = (error as NodeJS.ErrnoException | null)?.code
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error
  return cacheFull(folder, Math.max(bytes, 1), await freeBytes(folder))
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

/** Bytes that are needed, and that can be used. */
export function cacheFull(folder: string, needs: number, has: number): Trouble {
  return new Trouble(
    'cache-full',
    `The image needs ${bytesText(needs)} in ${folder}, but only ${bytesText(has)} is available.`,
    'Delete images that you do not need on the Images page, or free space on that disk, then try again.',
  )
}

export function bytesText(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.ceil(bytes / 1e6)} MB`
}
