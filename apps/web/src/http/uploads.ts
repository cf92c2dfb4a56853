/** Image files that a browser sends: written below the data folder that the worker of this machine reads too. */
import { createHash, randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { defaultDataDir, uploadsIn } from '@bramble/db/data-dir'
import { DiskFull, type Reservation, reserve } from '@bramble/db/disk-space'

/** Reserved at first when the browser does not announce a length. Bytes. */
const unannounced = 64e6

export class UploadRefused extends Error {
  override name = 'UploadRefused'
  constructor(
    readonly code: 'upload-empty' | 'upload-too-big' | 'upload-cut',
    message: string,
    readonly cure: string,
  ) {
    super(message)
  }
}

/** Below `BRAMBLE_DATA`, as the worker reads it; `BRAMBLE_UPLOADS` is how a dashboard without root's rights gets there. */
export function uploadsFolder(source: Record<string, string | undefined> = process.env): string {
  if (source.BRAMBLE_UPLOADS) return source.BRAMBLE_UPLOADS
  return uploadsIn(path.resolve(source.BRAMBLE_DATA || defaultDataDir(source)))
}

/** A name of our own that keeps what the file is called, without anything that could lead elsewhere. */
export function uploadName(given: string, mark = randomBytes(4).toString('hex')): string {
  const plain = given
    .split(/[/\\]/)
    .at(-1)!
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .slice(-120)
  return `${mark}-${plain || 'image'}`
}

export interface KeptUpload {
  /** Name in the folder of uploads. */
  file: string
  /** Of the file as it arrived, hex. */
  sha256: string
  /** Bytes. */
  size: number
}

/**
 * Writes the body to the disk. `length`: bytes as the browser announced them.
 * UploadRefused when it is empty, was cut off, or would fill the disk; nothing is left behind then.
 */
export async function keepUpload(input: {
  body: ReadableStream<Uint8Array>
  given: string
  length: number | null
  folder: string
}): Promise<KeptUpload> {
  const { body, length, folder } = input
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const name = uploadName(input.given)
  const part = path.join(folder, `${name}.part`)
  let space: Reservation | undefined
  try {
    space = await reserve({ book: folder, folder, bytes: length ?? unannounced, file: `${name}.part` })
    const reserved = space
    let taken = 0
    const hash = createHash('sha256')
    const counted = async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        taken += chunk.length
        hash.update(chunk)
        await reserved.wrote(taken)
        yield chunk
      }
    }
    await pipeline(Readable.fromWeb(body), counted, createWriteStream(part, { flags: 'wx', mode: 0o600 }))
    const { size } = await stat(part)
    if (size === 0) throw new UploadRefused('upload-empty', 'The file is empty.', 'Choose another file.')
    if (length !== null && size !== length)
      throw new UploadRefused('upload-cut', 'The file did not arrive completely.', 'Send it again.')
    await rename(part, path.join(folder, name))
    return { file: name, sha256: hash.digest('hex'), size }
  } catch (error) {
    await rm(part, { force: true })
    throw error instanceof DiskFull ? tooBig(error) : error
  } finally {
    await space?.release()
  }
}

function tooBig({ needs, has }: DiskFull): UploadRefused {
  const gigabytes = (amount: number) => `${(Math.max(0, amount) / 1e9).toFixed(1)} GB`
  return new UploadRefused(
    'upload-too-big',
    `The file needs ${gigabytes(needs)}, and ${gigabytes(has)} can be used: 1 GB stays free for the database, and what other uploads and images still need is reserved.`,
    'Remove images that you do not need on the Images page, the largest first, or free space on the disk of the data folder.',
  )
}
