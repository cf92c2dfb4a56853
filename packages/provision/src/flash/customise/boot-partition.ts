/** The image's boot partition as a file for a moment: changed with mtools, then told as patches. */
import { type FileHandle, open } from 'node:fs/promises'
import { must } from '@bramble/process'
import { Trouble } from '../../engine/types.ts'
import type { ByteRange, CachedImage, Patch } from '../types.ts'
import { openFat } from './fat.ts'

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

/** A copy of the partition with holes where the image holds nothing: half a gigabyte holds a tenth of it. */
export async function copyBoot({ image, boot, copy, signal }: ChangeOptions): Promise<void> {
  const [source, target] = [await open(image.file, 'r'), await open(copy, 'wx', 0o600)]
  const buffer = Buffer.alloc(piece)
  try {
    await target.truncate(boot.length)
    for (const { offset, length } of pieces(within(image.data, boot))) {
      signal?.throwIfAborted()
      await target.write(await fill(buffer.subarray(0, length), source, offset), 0, length, offset - boot.offset)
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

/**
 * What is otherwise in the copy than in the image, in whole blocks of the image. Only what its file system uses: what
 * lies in free clusters is nobody's, and reading holes takes longer than all the rest.
 */
export async function patchesOf({ image, boot, copy, signal }: ChangeOptions): Promise<Patch[]> {
  const [source, target] = [await open(image.file, 'r'), await open(copy, 'r')]
  const [before, after] = [Buffer.alloc(piece), Buffer.alloc(piece)]
  const patches: Patch[] = []
  try {
    const volume = await openFat(async (offset, length) => fill(Buffer.alloc(length), target, offset), {
      offset: 0,
      length: boot.length,
    })
    for (const { offset, length } of pieces(wholeBlocks(volume.used(), boot.offset))) {
      signal?.throwIfAborted()
      const was = await fill(before.subarray(0, length), source, offset)
      const is = after.subarray(0, length)
      was.copy(is)
      // The first and the last block may reach over the partition's ends.
      const from = Math.max(offset, boot.offset) - offset
      const until = Math.min(offset + length, boot.offset + boot.length) - offset
      await fill(is.subarray(from, until), target, offset + from - boot.offset)
      collect(patches, offset, is, (at, end) => {
        const equal = is.subarray(at, end).equals(was.subarray(at, end))
        return !equal || (image.gaps === 'unmapped' && !holds(image.data, offset + at))
      })
    }
  } finally {
    await source.close()
    await target.close()
  }
  return patches
}

/** Neighbours become one patch. */
function collect(patches: Patch[], offset: number, is: Buffer, differs: (at: number, end: number) => boolean): void {
  for (let at = 0; at < is.length; at += block) {
    if (!differs(at, at + block)) continue
    const data = is.subarray(at, at + block)
    const last = patches.at(-1)
    if (last && last.offset + last.data.length === offset + at) last.data = Buffer.concat([last.data, data])
    else patches.push({ offset: offset + at, data: Buffer.from(data) })
  }
}

/** A partition may begin in the midst of a block. */
function wholeBlocks(ranges: readonly ByteRange[], base: number): ByteRange[] {
  const whole: ByteRange[] = []
  for (const range of ranges) {
    const offset = Math.floor((base + range.offset) / block) * block
    const end = Math.ceil((base + range.offset + range.length) / block) * block
    const last = whole.at(-1)
    if (last && offset <= last.offset + last.length) last.length = end - last.offset
    else whole.push({ offset, length: end - offset })
  }
  return whole
}

function* pieces(ranges: readonly ByteRange[]): Generator<ByteRange> {
  for (const { offset, length } of ranges)
    for (let at = 0; at < length; at += piece) yield { offset: offset + at, length: Math.min(piece, length - at) }
}

function within(ranges: readonly ByteRange[], frame: ByteRange): ByteRange[] {
  return ranges.flatMap((range) => {
    const offset = Math.max(range.offset, frame.offset)
    const end = Math.min(range.offset + range.length, frame.offset + frame.length)
    return end > offset ? [{ offset, length: end - offset }] : []
  })
}

const holds = (ranges: readonly ByteRange[], offset: number) =>
  ranges.some((range) => range.offset <= offset && offset < range.offset + range.length)

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
      'The programs that edit a boot partition are missing on this station.',
      'Install them: apt install mtools',
      { cause: error },
    )
  if (/full/i.test(words))
    return new Trouble(
      'customise-full',
      'There is not enough free space on the boot partition of the image for the settings of the node.',
      'Use an image with some free space on its boot partition, such as an official one.',
      { cause: error },
    )
  return new Trouble(
    'customise-image',
    `The boot partition of the image cannot be edited: ${words.slice(0, 300)}`,
    'The image may be damaged: delete it and download it again.',
    { cause: error },
  )
}
