/** The disk of the data folder on this machine, for the alert that it fills up. */
import { readdir, stat, statfs } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'
import type { HostDisk } from '@bramble/cluster'
import { uploadsIn } from '@bramble/db/data-dir'
import { cachedImages } from '@bramble/provision/flash'
import { dataFolder, imagesFolder } from './env.ts'

/** All clusters ask; the disk changes slowly. Milliseconds. */
const keptMs = 15_000
let kept: { at: number; disk: Promise<HostDisk | null> } | undefined

/** Null: it cannot be read. */
export function readHostDisk(): Promise<HostDisk | null> {
  if (!kept || performance.now() - kept.at > keptMs)
    kept = { at: performance.now(), disk: measure(dataFolder(process.env), imagesFolder(process.env)) }
  return kept.disk
}

export async function measure(folder: string, images: string): Promise<HostDisk | null> {
  try {
    const { bavail, bsize } = await statfs(folder)
    const unpacked = (await cachedImages(images)).reduce((sum, { bytes }) => sum + bytes, 0)
    return {
      host: hostname(),
      folder,
      free: bavail * bsize,
      images: unpacked,
      uploads: await bytesIn(uploadsIn(folder)),
    }
  } catch {
    return null
  }
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0
  for (const name of await readdir(folder).catch(() => [])) {
    const { blocks } = await stat(path.join(folder, name)).catch(() => ({ blocks: 0 }))
    bytes += blocks * 512
  }
  return bytes
}
