/**
 * Does a card keep as much as it says? Forged cards answer writes beyond their memory by forgetting them, or by overwriting what
 * lies at the same place modulo their real size. Unique blocks all over the card, all written before the first is read, tell.
 */
import { createCipheriv, randomBytes } from 'node:crypto'
import type { OpenCard, Progress } from '../types.ts'
import { alignedBuffer, pump } from './blocks.ts'
import { flush, readBlock, writeBlock } from './card-io.ts'
import { cancelled } from './write.ts'

export type Capacity = { ok: true } | { ok: false /** Bytes, roughly. */; realSize: number }

/** What a flash chip writes at once; smaller ones would only fit a card's own cache. */
const blockSize = 16 * 1024
const mebibyte = 2 ** 20
/** Places of the probe; seconds on a real card. */
const places = 200

interface Stamp {
  offset: number
  length: number
}

/**
 * Erases the card's table and samples of its content: only for a card that is about to be written. Takes seconds.
 * Throws Trouble `cancelled`, `card-io`, `card-gone`.
 */
export async function probeCapacity(input: {
  card: OpenCard
  signal: AbortSignal
  onProgress: (progress: Progress) => void
}): Promise<Capacity> {
  const { card, signal, onProgress } = input
  const stamps = stampsFor(card.identity.size)
  const ink = new Ink()
  const total = stamps.length * 2 * blockSize
  let done = 0
  const tell = () => {
    done += blockSize
    onProgress({ done, total })
  }
  const readings = new Map<number, Buffer>()
  try {
    // The low ones first: what a forged card folds back onto them is seen.
    await pump(stamps, signal, async ({ offset }, memory, timed) => {
      ink.mark(offset).copy(memory)
      await timed(writeBlock(card, memory, offset))
      tell()
    })
    await flush(card)
    await pump([...stamps].reverse(), signal, async ({ offset }, memory, timed) => {
      await timed(readBlock(card, memory, offset))
      if (!memory.equals(ink.mark(offset))) readings.set(offset, Buffer.from(memory))
      tell()
    })
    if (readings.size === 0) return { ok: true }
    return { ok: false, realSize: await realSizeOf(card, stamps, readings, ink, signal) }
  } catch (error) {
    throw signal.aborted ? cancelled(card) : error
  }
}

/**
 * Baby steps and giant steps: every step `s` through the first `m` of them, then every `m·s` to the end. Whatever multiple of
 * `s` a card folds at, some giant step falls onto a baby step. The last block of all is among them.
 */
export function stampsFor(size: number): Stamp[] {
  let step = mebibyte
  while (2 * Math.sqrt(size / step) > places) step *= 2
  const units = Math.floor(size / step)
  const babies = Math.max(1, Math.ceil(Math.sqrt(units)))
  const offsets = new Set<number>()
  for (let unit = 0; unit < babies && unit < units; unit++) offsets.add(unit * step)
  for (let unit = units - 1; unit > babies; unit -= babies) offsets.add(unit * step)
  offsets.add(Math.floor(size / blockSize - 1) * blockSize)
  return [...offsets].sort((a, b) => a - b).map((offset) => ({ offset, length: blockSize }))
}

async function realSizeOf(
  card: OpenCard,
  stamps: readonly Stamp[],
  wrong: ReadonlyMap<number, Buffer>,
  ink: Ink,
  signal: AbortSignal,
): Promise<number> {
  // A place that holds another's block: the card folds at their distance, or at a part of it.
  const folds = [...wrong].flatMap(([offset, found]) => {
    const writer = stamps.find((stamp) => found.equals(ink.mark(stamp.offset)))
    return writer ? [Math.abs(writer.offset - offset)] : []
  })
  if (folds.length > 0) return Math.min(...folds)
  const firstWrong = Math.min(...wrong.keys())
  let bad = firstWrong
  let good = Math.max(0, ...stamps.map(({ offset }) => offset).filter((offset) => offset < firstWrong))
  while (bad - good > mebibyte && !signal.aborted) {
    const middle = Math.floor((good + bad) / 2 / blockSize) * blockSize
    if (await keeps(card, middle, ink)) good = middle
    else bad = middle
  }
  signal.throwIfAborted()
  return bad
}

async function keeps(card: OpenCard, offset: number, ink: Ink): Promise<boolean> {
  const memory = alignedBuffer(blockSize)
  ink.mark(offset).copy(memory)
  await writeBlock(card, memory, offset)
  await flush(card)
  await readBlock(card, memory, offset)
  return memory.equals(ink.mark(offset))
}

/** Blocks that nothing but this probe can have written, each its own. */
class Ink {
  readonly #key = randomBytes(16)
  readonly #blank = Buffer.alloc(blockSize)

  mark(offset: number): Buffer {
    const counter = Buffer.alloc(16)
    counter.writeBigUInt64BE(BigInt(offset))
    return createCipheriv('aes-128-ctr', this.#key, counter).update(this.#blank)
  }
}
