/**
 * Bytes between image and card: aligned memory, and the pump that keeps a card busy.
 *
 * Two blocks are under way at a time, so that the card never waits for the image. Each occupies a thread of libuv's pool while
 * the card works: the process must be started with UV_THREADPOOL_SIZE of at least 2 for each card, 64 for a station.
 */
import type { ByteRange } from '../types.ts'

declare const WebAssembly: { Memory: new (options: { initial: number }) => { buffer: ArrayBuffer } }

const mebibyte = 2 ** 20
const largest = mebibyte
const smallest = 64 * 1024
const lanes = 2
/** Milliseconds that a block may take: more, and a cancel would take too long; less, and larger blocks go faster. */
const slow = 200
const quick = 60

/** The first block holds the partition table: without it no Pi boots. */
export const firstBlock: ByteRange = { offset: 0, length: mebibyte }

/** Zeroed memory as direct I/O wants it: V8 puts WebAssembly's memory on page boundaries, and nothing else of Node's. */
export function alignedBuffer(bytes: number): Buffer {
  return Buffer.from(new WebAssembly.Memory({ initial: Math.ceil(bytes / 65_536) }).buffer, 0, bytes)
}

/** Cuts ranges into blocks of the size that suits the card's speed. */
export class Cutter<R extends ByteRange> {
  readonly #ranges: Iterator<R>
  #range: R | null = null
  #at = 0
  /** Cards at 1 MB/s exist: begin small. */
  #size = 4 * smallest

  constructor(ranges: Iterable<R>) {
    this.#ranges = ranges[Symbol.iterator]()
  }

  /** The next block, on multiples of its size inside the range; null at the end. */
  next(): R | null {
    while (!this.#range || this.#at >= this.#range.offset + this.#range.length) {
      const next = this.#ranges.next()
      if (next.done) return null
      this.#range = next.value
      this.#at = next.value.offset
    }
    const offset = this.#at
    const boundary = Math.floor(offset / this.#size + 1) * this.#size
    this.#at = Math.min(this.#range.offset + this.#range.length, boundary)
    return { ...this.#range, offset, length: this.#at - offset }
  }

  took(milliseconds: number, bytes: number): void {
    if (milliseconds > slow) this.#size = Math.max(smallest, this.#size / 2)
    else if (milliseconds < quick && bytes >= this.#size) this.#size = Math.min(largest, this.#size * 2)
  }
}

/** Hands every block to `work` with memory for it, a few at a time, until done or aborted; the first error ends all. */
export async function pump<R extends ByteRange>(
  ranges: Iterable<R>,
  signal: AbortSignal,
  work: (block: R, memory: Buffer, timed: <T>(io: Promise<T>) => Promise<T>) => Promise<void>,
): Promise<void> {
  const cutter = new Cutter(ranges)
  const errors: unknown[] = []
  async function lane(): Promise<void> {
    const memory = alignedBuffer(largest)
    for (let block = cutter.next(); block && errors.length === 0 && !signal.aborted; block = cutter.next()) {
      const { length } = block
      const timed = async <T>(io: Promise<T>): Promise<T> => {
        const begun = performance.now()
        const result = await io
        cutter.took(performance.now() - begun, length)
        return result
      }
      await work(block, memory.subarray(0, length), timed)
    }
  }
  const running = Array.from({ length: lanes }, () => lane().catch((error: unknown) => errors.push(error)))
  await Promise.all(running)
  // All lanes have come to rest: nothing touches the card any more.
  if (errors.length > 0) throw errors[0]
  signal.throwIfAborted()
}
