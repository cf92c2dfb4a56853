/** Block maps (`.bmap`, made by bmaptool): which blocks of an image a file system uses, each range with its checksum. */
import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { Trouble } from '../../engine/types.ts'
import type { ByteRange } from '../types.ts'

export interface BlockMap {
  /** Bytes of the image it was made for. */
  imageSize: number
  /** `sha256` and its like; the name of a digest of node:crypto. */
  algorithm: string
  ranges: (ByteRange & { checksum: string })[]
}

const digests: Record<string, number> = { sha1: 40, sha256: 64, sha512: 128 }

/**
 * Null: not a block map of a version we know, so the image is taken without one. `name`: what messages call it.
 * Trouble image-corrupt: it is one, and its own checksum or its numbers do not hold.
 */
export function parseBlockMap(text: string, name: string): BlockMap | null {
  const version = /<bmap\s+version="(\d+)\.\d+"\s*>/.exec(text)?.[1]
  const algorithm = field(text, 'ChecksumType')
  const own = field(text, 'BmapFileChecksum')
  const hexDigits = digests[algorithm ?? '']
  if (version !== '2' || !algorithm || !own || !hexDigits) return null
  // The checksum was made while zeros stood in its place.
  const blank = text.replace(own, '0'.repeat(own.length))
  if (createHash(algorithm).update(blank).digest('hex') !== own) throw damaged(name, 'its checksum does not match')
  const imageSize = Number(field(text, 'ImageSize'))
  const blockSize = Number(field(text, 'BlockSize'))
  if (!Number.isSafeInteger(imageSize) || imageSize < 1 || !Number.isSafeInteger(blockSize) || blockSize < 512)
    throw damaged(name, 'it does not state the size of the image')
  const ranges = []
  let end = 0
  for (const [, checksum = '', first = '', last] of text.matchAll(
    /<Range\s+chksum="([0-9a-f]+)"\s*>\s*(\d+)(?:\s*-\s*(\d+))?\s*<\/Range>/g,
  )) {
    const offset = Number(first) * blockSize
    const stop = Math.min((Number(last ?? first) + 1) * blockSize, imageSize)
    if (offset < end || stop <= offset || checksum.length !== hexDigits)
      throw damaged(name, `its range ${first} is invalid`)
    ranges.push({ offset, length: stop - offset, checksum })
    end = stop
  }
  if (ranges.length === 0) throw damaged(name, 'it maps no blocks')
  return { imageSize, algorithm, ranges }
}

/** Reads every mapped range of the image and compares. Trouble image-checksum names the first wrong one. */
export async function checkBlockMap(
  map: BlockMap,
  image: FileHandle,
  name: string,
  onProgress: (done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const total = map.ranges.reduce((sum, { length }) => sum + length, 0)
  const buffer = Buffer.allocUnsafe(1024 * 1024)
  let done = 0
  for (const { offset, length, checksum } of map.ranges) {
    const hash = createHash(map.algorithm)
    for (let at = 0; at < length; ) {
      signal?.throwIfAborted()
      const { bytesRead } = await image.read(buffer, 0, Math.min(buffer.length, length - at), offset + at)
      if (bytesRead === 0) break
      hash.update(buffer.subarray(0, bytesRead))
      at += bytesRead
      onProgress(done + at, total)
    }
    done += length
    if (hash.digest('hex') !== checksum)
      throw new Trouble(
        'image-checksum',
        `The image differs from its block map ${name} between bytes ${offset} and ${offset + length}.`,
        'Download both again: the image is damaged, or the .bmap belongs to another image.',
      )
  }
}

function field(text: string, name: string): string | undefined {
  return new RegExp(`<${name}>\\s*([^<]*?)\\s*</${name}>`).exec(text)?.[1]
}

function damaged(name: string, why: string): Trouble {
  return new Trouble(
    'image-corrupt',
    `The block map ${name} is damaged: ${why}.`,
    'Download the .bmap again, or remove it.',
  )
}
