/** Content becomes a sparse file: blocks of zeros stay holes. The digest and the map of data are made on the way. */
import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import type { ByteRange } from '../types.ts'

const blockSize = 64 * 1024
/** One buffer is filled while the other is written. */
const bufferSize = 2 * 1024 * 1024
const zeros = Buffer.alloc(blockSize)

export interface SparseResult {
  /** Bytes, holes included. */
  size: number
  /** SHA-256, hex. */
  sha256: string
  data: ByteRange[]
}

export class SparseWriter {
  readonly #file: FileHandle
  readonly #hash = createHash('sha256')
  readonly #data: ByteRange[] = []
  #filling: Buffer<ArrayBuffer> = Buffer.allocUnsafe(bufferSize)
  #spare: Buffer<ArrayBuffer> = Buffer.allocUnsafe(bufferSize)
  #filled = 0
  #size = 0
  #writing: Promise<void> = Promise.resolve()

  /** `file` must be empty. */
  constructor(file: FileHandle) {
    this.#file = file
  }

  /** Bytes taken so far. */
  get size(): number {
    return this.#size + this.#filled
  }

  /** Bytes that are no hole. */
  get stored(): number {
    return this.#data.reduce((sum, { length }) => sum + length, 0)
  }

  async add(chunk: Buffer): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      const length = Math.min(bufferSize - this.#filled, chunk.length - at)
      chunk.copy(this.#filling, this.#filled, at, at + length)
      this.#filled += length
      at += length
      if (this.#filled === bufferSize) await this.#flush()
    }
  }

  async end(): Promise<SparseResult> {
    await this.#flush()
    await this.#writing
    // What ends in zeros ends in a hole, which only this makes part of the file.
    await this.#file.truncate(this.#size)
    await this.#file.sync()
    return { size: this.#size, sha256: this.#hash.digest('hex'), data: this.#data }
  }

  async #flush(): Promise<void> {
    const content = this.#filling.subarray(0, this.#filled)
    const base = this.#size
    this.#hash.update(content)
    await this.#writing
    this.#writing = this.#write(content, base)
    // Looked at by the next flush or the end; without this an early failure would count as unhandled.
    this.#writing.catch(() => {})
    this.#size += this.#filled
    this.#filled = 0
    ;[this.#filling, this.#spare] = [this.#spare, this.#filling]
  }

  async #write(content: Buffer, base: number): Promise<void> {
    for (const { offset, length } of dataRanges(content)) {
      await writeAll(this.#file, content.subarray(offset, offset + length), base + offset)
      addRange(this.#data, { offset: base + offset, length })
    }
  }
}

function* dataRanges(content: Buffer): Generator<ByteRange> {
  let start = -1
  for (let at = 0; at < content.length; at += blockSize) {
    const block = content.subarray(at, at + blockSize)
    const empty = block.equals(block.length === blockSize ? zeros : zeros.subarray(0, block.length))
    if (!empty && start < 0) start = at
    if (empty && start >= 0) {
      yield { offset: start, length: at - start }
      start = -1
    }
  }
  if (start >= 0) yield { offset: start, length: content.length - start }
}

async function writeAll(file: FileHandle, content: Buffer, position: number): Promise<void> {
  for (let at = 0; at < content.length; ) {
    const { bytesWritten } = await file.write(content, at, content.length - at, position + at)
    at += bytesWritten
  }
}

function addRange(ranges: ByteRange[], next: ByteRange): void {
  const last = ranges.at(-1)
  if (last && last.offset + last.length === next.offset) last.length += next.length
  else ranges.push({ ...next })
}

/** Ranges grow outwards to whole blocks and join where they meet. `size` ends the last one. */
export function wholeBlocks(ranges: readonly ByteRange[], size: number): ByteRange[] {
  const result: ByteRange[] = []
  for (const { offset, length } of ranges) {
    const start = Math.floor(offset / blockSize) * blockSize
    const end = Math.min(size, Math.ceil((offset + length) / blockSize) * blockSize)
    const last = result.at(-1)
    if (last && last.offset + last.length >= start) last.length = Math.max(last.length, end - last.offset)
    else result.push({ offset: start, length: end - start })
  }
  return result
}
