/**
 * Writing a card. Bramble's own writer and not `dd`: it lays patches over the image, skips what is empty, ends within a
 * second even at 1 MB/s, and names the byte that fails. lab/bench/flash.ts sets both side by side.
 */
import { Trouble } from '../../engine/types.ts'
import type { ByteRange, CachedImage, OpenCard, Patch, Progress, WriteResult } from '../types.ts'
import { alignedBuffer, firstBlock, pump } from './blocks.ts'
import { flush, wipeFirstBlock, writeBlock } from './card-io.ts'
import { cleared } from './clearing.ts'
import { Content } from './content.ts'
import { bytesOf, type Span, spansOf } from './layout.ts'

export interface CardWork {
  card: OpenCard
  image: CachedImage
  /** Bytes that replace the image's own, also where it has a gap. */
  patches: readonly Patch[]
  signal: AbortSignal
  onProgress: (progress: Progress) => void
}

/** The partition table: written as the very last bytes, small enough to be there or not. */
const table: ByteRange = { offset: 0, length: 64 * 1024 }

/**
 * Takes the old partition table away, writes everything, and the first block last: a card that was not finished never boots.
 * An abort takes less than a second. Throws Trouble `cancelled`, `card-io`, `card-gone`, `card-too-small`, `image-missing`.
 */
export async function writeCard(work: CardWork): Promise<WriteResult> {
  const { card, image, patches, signal } = work
  refuseSmall(card, image)
  if (signal.aborted)
    throw new Trouble('cancelled', `Canceled before ${card.identity.path} was changed.`, 'Press Flash to start again.')
  const begun = performance.now()
  const content = await Content.open(image, patches)
  // Unbootable from here on, but while the first block is being written.
  let bootable = true
  try {
    await pump([firstBlock], signal, (block, memory, timed) => {
      memory.fill(0)
      return timed(writeBlock(card, memory, block.offset))
    })
    await flush(card)
    bootable = false
    const { ranges, skipped } = await toWrite(work)
    const written = bytesOf(ranges) + table.length
    await copy(work, content, ranges, written)
    await flush(card)
    signal.throwIfAborted()
    bootable = true
    const first = alignedBuffer(table.length)
    await content.fill(first, table.offset)
    await writeBlock(card, first, table.offset)
    await flush(card)
    signal.throwIfAborted()
    work.onProgress({ done: written, total: written })
    return { written, skipped, seconds: (performance.now() - begun) / 1000 }
  } catch (error) {
    if (bootable) await wipeFirstBlock(card, error)
    throw signal.aborted && !isGone(error) ? cancelled(card) : error
  } finally {
    await content.close()
  }
}

/** All but the table: from behind the first block to the end, then the rest of the first block. */
async function toWrite({ card, image, patches, signal }: CardWork): Promise<{ ranges: ByteRange[]; skipped: number }> {
  const spans = spansOf(image, patches, card.identity.size)
  const gaps = spans.filter(({ kind }) => kind === 'gap')
  const skips = image.gaps === 'unmapped' || (await cleared(card, gaps, signal))
  signal.throwIfAborted()
  const behind = (skips ? spans.filter(({ kind }) => kind === 'data') : spans).flatMap(afterFirstBlock)
  const end = Math.min(firstBlock.length, endOf(spans))
  return {
    ranges: [...behind, { offset: table.length, length: end - table.length }],
    skipped: skips ? bytesOf(gaps) : 0,
  }
}

async function copy(
  { card, signal, onProgress }: CardWork,
  content: Content,
  ranges: readonly ByteRange[],
  total: number,
) {
  let done = 0
  await pump(ranges, signal, async (block, memory, timed) => {
    await content.fill(memory, block.offset)
    await timed(writeBlock(card, memory, block.offset))
    done += block.length
    onProgress({ done, total })
  })
}

function afterFirstBlock({ offset, length }: Span): ByteRange[] {
  const from = Math.max(offset, firstBlock.length)
  return from < offset + length ? [{ offset: from, length: offset + length - from }] : []
}

const endOf = (spans: readonly Span[]): number => Math.max(...spans.map(({ offset, length }) => offset + length))

function refuseSmall({ identity }: OpenCard, { size }: CachedImage): void {
  if (size <= identity.size) return
  throw new Trouble(
    'card-too-small',
    `${identity.path} holds ${identity.size} bytes, and the image needs ${size}.`,
    'Use a larger card.',
  )
}

const isGone = (error: unknown) => error instanceof Trouble && error.code === 'card-gone'

export function cancelled({ identity }: OpenCard): Trouble {
  return new Trouble(
    'cancelled',
    `Canceled: ${identity.path} is partially written and not bootable, and its previous content is lost.`,
    'Press Flash to start again.',
  )
}
