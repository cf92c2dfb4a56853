/** Reading a card back past every cache, and comparing it with what it shall hold. */
import { Trouble } from '../../engine/types.ts'
import type { ByteRange, VerifyResult } from '../types.ts'
import { pump } from './blocks.ts'
import { flush, readBlock, wipeFirstBlock, writeBlock } from './card-io.ts'
import { isZero } from './clearing.ts'
import { Content } from './content.ts'
import { bytesOf, joined, type Span, spansOf } from './layout.ts'
import { type CardWork, cancelled } from './write.ts'

/** Bad bytes are named by the kibibytes that hold them, and places closer than this are one. */
const grain = 4096
const apart = 64 * 1024

/**
 * Compares byte for byte with the image, which lies in the page cache. A gap that must be
 * zero and is not, because the card ignores discards, is written and read again. A card that is bad, or whose reading was
 * broken off, does not boot: its first block is zeroed. Throws Trouble `cancelled`, `card-io`, `card-gone`, `image-missing`.
 */
export async function verifyCard(work: CardWork): Promise<VerifyResult> {
  const { card, image, patches, signal, onProgress } = work
  const begun = performance.now()
  const content = await Content.open(image, patches)
  try {
    const spans = spansOf(image, patches, card.identity.size).filter(
      ({ kind }) => kind === 'data' || image.gaps === 'zero',
    )
    const total = bytesOf(spans)
    const first = await compare(work, content, spans, (done) => onProgress({ done, total }))
    const badRanges = [...first.bad, ...(await mended(work, content, first.stale))]
    if (badRanges.length > 0) await wipeFirstBlock(card)
    const seconds = (performance.now() - begun) / 1000
    return { verified: total, seconds, badRanges: joined(badRanges, apart) }
  } catch (error) {
    await wipeFirstBlock(card, error)
    throw signal.aborted && !(error instanceof Trouble && error.code === 'card-gone') ? cancelled(card) : error
  } finally {
    await content.close()
  }
}

/** `stale`: blocks of gaps that are not zero. */
async function compare(
  { card, signal }: CardWork,
  content: Content,
  spans: readonly Span[],
  told: (done: number) => void,
): Promise<{ bad: ByteRange[]; stale: Span[] }> {
  const bad: ByteRange[] = []
  const stale: Span[] = []
  const spare: Buffer[] = []
  let done = 0
  await pump(spans, signal, async (block, memory, timed) => {
    const { kind, offset, length } = block
    if (kind === 'gap') {
      await timed(readBlock(card, memory, offset))
      if (!isZero(memory)) stale.push(block)
    } else {
      const wanted = spare.pop() ?? Buffer.alloc(2 ** 20)
      await Promise.all([timed(readBlock(card, memory, offset)), content.fill(wanted.subarray(0, length), offset)])
      bad.push(...differences(memory, wanted.subarray(0, length), offset))
      spare.push(wanted)
    }
    done += length
    told(done)
  })
  return { bad, stale }
}

/** Writes zeros over stale blocks and reads them again; returns what still differs. */
async function mended(work: CardWork, content: Content, stale: readonly Span[]): Promise<ByteRange[]> {
  if (stale.length === 0) return []
  await pump(joined(stale), work.signal, (block, memory, timed) => {
    memory.fill(0)
    return timed(writeBlock(work.card, memory, block.offset))
  })
  await flush(work.card)
  const again = stale.map((span): Span => ({ ...span, kind: 'data' }))
  return (await compare(work, content, again, () => {})).bad
}

function differences(found: Buffer, wanted: Buffer, offset: number): ByteRange[] {
  if (found.equals(wanted)) return []
  const bad: ByteRange[] = []
  for (let at = 0; at < found.length; at += grain) {
    const end = Math.min(at + grain, found.length)
    if (found.compare(wanted, at, end, at, end) !== 0) bad.push({ offset: offset + at, length: end - at })
  }
  return joined(bad)
}
