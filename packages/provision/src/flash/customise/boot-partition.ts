/** The image's boot partition as a file for a moment: changed with mtools, then told as patches. */
import { type FileHandle, open } from 'node:fs/promises'
import { Trouble } from '../../core/types.ts'
import { must } from '../../transports/local.ts'
import type { ByteRange, CachedImage, Patch } from '../types.ts'

const block = 4096
const piece = 1024 ** 2

/** mtools must not read a user's own settings, nor refuse a partition for its odd geometry. */
const env = { MTOOLSRC: '/dev/null', MTOOLS_SKIP_CHECK: '1', MTOOLS_NO_VFAT: undefined, LC_ALL: 'C.UTF-8' }

export interface ChangeOptions {
  image: CachedImage
  boot: ByteRange
  /** Path of the copy; the caller removes it. */
  copy: string
  signal?: AbortSignal
}

/** A copy of the partition, with holes where there are only zeros: half a gigabyte holds a tenth of it. */
export async function copyBoot({ image, boot, copy, signal }: ChangeOptions): Promise<void> {
  const [source, target] = [await open(image.file, 'r'), await open(copy, 'wx', 0o600)]
  const [buffer, zeros] = [Buffer.alloc(piece), Buffer.alloc(piece)]
  try {
    await target.truncate(boot.length)
    for (let at = 0; at < boot.length; at += piece) {
      signal?.throwIfAborted()
      const length = Math.min(piece, boot.length - at)
      const content = await fill(buffer.subarray(0, length), source, boot.offset + at)
      if (!content.equals(zeros.subarray(0, length))) await target.write(content, 0, length, at)
    }
  } finally {
    await source.close()
    await target.close()
  }
}

/** Text of a file of the copy; null when there is none. */
export async function readFileOf(copy: string, path: string, signal?: AbortSignal): Promise<string | null> {
  try {
    return await must(['mtype', '-i', copy, `::${path}`], { env, ...(signal ? { signal } : {}) })
  } catch (error) {
    if (/not found/i.test((error as Error).message)) return null
    throw failed(error)
  }
}

/** Puts a folder's content over the copy's. */
export async function putFolder(copy: string, entries: readonly string[], signal?: AbortSignal): Promise<void> {
  try {
    await must(['mcopy', '-i', copy, '-s', '-o', '-D', 'o', ...entries, '::'], { env, ...(signal ? { signal } : {}) })
  } catch (error) {
    throw failed(error)
  }
}

/** What is otherwise in the copy than in the image, in blocks of the image. */
export async function patchesOf({ image, boot, copy, signal }: ChangeOptions): Promise<Patch[]> {
  const [source, target] = [await open(image.file, 'r'), await open(copy, 'r')]
  const [before, after] = [Buffer.alloc(piece), Buffer.alloc(piece)]
  const patches: Patch[] = []
  try {
    // Blocks of the image, not of the partition: a partition may begin in the midst of one.
    const start = Math.floor(boot.offset / block) * block
    for (let offset = start; offset < boot.offset + boot.length; offset += piece) {
      signal?.throwIfAborted()
      await fill(before, source, offset)
      const from = Math.max(offset, boot.offset)
      const until = Math.min(offset + piece, boot.offset + boot.length)
      const changed = await fill(after.subarray(from - offset, until - offset), target, from - boot.offset)
      if (changed.equals(before.subarray(from - offset, until - offset))) continue
      before.copy(after, 0, 0, from - offset)
      before.copy(after, until - offset, until - offset)
      collect(patches, offset, before, after)
    }
  } finally {
    await source.close()
    await target.close()
  }
  return patches
}

/** Neighbours become one patch. */
function collect(patches: Patch[], offset: number, before: Buffer, after: Buffer): void {
  for (let at = 0; at < after.length; at += block) {
    const data = after.subarray(at, at + block)
    if (data.equals(before.subarray(at, at + block))) continue
    const last = patches.at(-1)
    if (last && last.offset + last.data.length === offset + at) last.data = Buffer.concat([last.data, data])
    else patches.push({ offset: offset + at, data: Buffer.from(data) })
  }
}

/** The whole buffer: what lies past the file's end reads as zeros. */
async function fill(buffer: Buffer, file: FileHandle, offset: number): Promise<Buffer> {
  let done = 0
  while (done < buffer.length) {
    const { bytesRead } = await file.read(buffer, done, buffer.length - done, offset + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return buffer.fill(0, done)
}

function failed(error: unknown): Trouble {
  const words = error instanceof Error ? error.message : String(error)
  if (/ENOENT|could not be started/.test(words))
    return new Trouble(
      'customise-tools',
      'The programs that change a boot partition are missing here.',
      'Install them on this station: apt install mtools',
      { cause: error },
    )
  if (/full/i.test(words))
    return new Trouble(
      'customise-full',
      "The image's boot partition has no room for the node's settings.",
      'Take an image with some free space on its boot partition; the official ones have it.',
      { cause: error },
    )
  return new Trouble(
    'customise-image',
    `The image's boot partition cannot be changed: ${words.slice(0, 300)}`,
    'The image may be damaged: delete it and fetch it again.',
    { cause: error },
  )
}
