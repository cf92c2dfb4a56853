/** Uploads of apps on the disk: received in pieces, below the folder that the worker of this machine reads too. */
import { constants } from 'node:fs'
import { mkdir, open, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { Refusal } from '@bramble/db'
import { appUploadsIn } from '@bramble/db/data-dir'
import { DiskFull, reserve } from '@bramble/db/disk-space'
import { uploadsFolder } from '@/http/uploads.ts'

/** Bytes of one piece; `server-guard.ts` lets no larger one in. */
export const largestPiece = 4_000_000

/** Refusal `disk-full`. */
export async function refuseFullDisk(bytes: number, folder = receivedFolder()): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  try {
    const space = await reserve({ book: folder, folder, bytes })
    await space.release()
  } catch (error) {
    throw error instanceof DiskFull ? diskFull(error) : error
  }
}

/** Bytes that are there of an upload. */
export async function receivedBytes(id: string, folder = receivedFolder()): Promise<number> {
  return (await stat(path.join(folder, id)).catch(() => null))?.size ?? 0
}

/** One piece of an upload at a time. */
const turns = new Map<string, Promise<unknown>>()

/**
 * Writes a piece where the last one ended; returns how many bytes are there then. A piece that fails leaves what was there.
 * Refusal `upload-offset`: the message says where to continue; `disk-full`; `upload-invalid`: it is longer than the upload.
 */
export async function keepPiece(
  upload: { id: string; size: number },
  piece: { offset: number; bytes: Uint8Array },
  folder = receivedFolder(),
): Promise<number> {
  const before = turns.get(upload.id) ?? Promise.resolve()
  const mine = before.then(
    () => write(upload, piece, folder),
    () => write(upload, piece, folder),
  )
  turns.set(upload.id, mine)
  try {
    return await mine
  } finally {
    if (turns.get(upload.id) === mine) turns.delete(upload.id)
  }
}

async function write(
  { id, size }: { id: string; size: number },
  { offset, bytes }: { offset: number; bytes: Uint8Array },
  folder: string,
): Promise<number> {
  await refuseFullDisk(bytes.length, folder)
  const file = await open(path.join(folder, id), constants.O_WRONLY | constants.O_CREAT, 0o600)
  try {
    const there = (await file.stat()).size
    if (there !== offset)
      throw new Refusal(
        'upload-offset',
        `${there} bytes of this upload are here, and the piece begins at ${offset}.`,
        `Send the bytes from ${there} on.`,
      )
    if (offset + bytes.length > size)
      throw new Refusal(
        'upload-invalid',
        `The piece ends at ${offset + bytes.length}, and the upload was announced with ${size} bytes.`,
        'Begin another upload with the right size.',
      )
    try {
      await file.write(bytes, 0, bytes.length, offset)
    } catch (error) {
      await file.truncate(offset)
      throw error
    }
    return offset + bytes.length
  } finally {
    await file.close()
  }
}

export async function removeReceived(id: string, folder = receivedFolder()): Promise<void> {
  await rm(path.join(folder, id), { force: true })
}

const receivedFolder = (): string => appUploadsIn(uploadsFolder())

const diskFull = ({ has }: DiskFull) =>
  new Refusal(
    'disk-full',
    `The disk of Bramble's data folder has space for ${(has / 1e6).toFixed(0)} MB more.`,
    'Free some space there, for instance by removing images that are not needed, then try again.',
  )
