/** What of a card is written and read back: the image's data with one card's patches, and the emptiness between. */
import type { ByteRange, CachedImage, Patch } from '../types.ts'
import { firstBlock } from './blocks.ts'

/** Shorter gaps are written along: a card writes 256 KiB faster than it begins anew. */
const worthSkipping = 256 * 1024
/** Direct I/O on every card, also those with 4 KiB sectors. */
const sector = 4096

export interface Span extends ByteRange {
  kind: 'data' | 'gap'
}

/** The image from its first byte to its last, ascending, without holes. The first block is data whatever it holds. */
export function spansOf(image: CachedImage, patches: readonly Patch[], cardSize: number): Span[] {
  const end = Math.min(cardSize, Math.ceil(image.size / sector) * sector)
  const patched = patches.map(({ offset, data }) => ({ offset, length: data.length }))
  const spans: Span[] = []
  let at = 0
  for (const { offset, length } of merge([firstBlock, ...image.data, ...patched], end)) {
    if (offset > at) spans.push({ kind: 'gap', offset: at, length: offset - at })
    spans.push({ kind: 'data', offset, length })
    at = offset + length
  }
  if (at < end) spans.push({ kind: 'gap', offset: at, length: end - at })
  return spans
}

export const bytesOf = (ranges: readonly ByteRange[]): number => ranges.reduce((sum, { length }) => sum + length, 0)

/** Ascending and apart, on sectors, inside the card. */
function merge(ranges: readonly ByteRange[], end: number): ByteRange[] {
  const merged: { offset: number; length: number }[] = []
  for (const range of [...ranges].sort((a, b) => a.offset - b.offset)) {
    const from = Math.floor(range.offset / sector) * sector
    const to = Math.min(end, Math.ceil((range.offset + range.length) / sector) * sector)
    if (to <= from) continue
    const last = merged.at(-1)
    if (last && from - (last.offset + last.length) < worthSkipping)
      last.length = Math.max(last.length, to - last.offset)
    else merged.push({ offset: from, length: to - from })
  }
  return merged
}

/** Ranges that follow each other closely are one, so that a bad region is named once. */
export function joined(ranges: readonly ByteRange[], apart = 0): ByteRange[] {
  const result: ByteRange[] = []
  for (const range of [...ranges].sort((a, b) => a.offset - b.offset)) {
    const last = result.at(-1)
    if (last && range.offset - (last.offset + last.length) <= apart)
      last.length = Math.max(last.length, range.offset + range.length - last.offset)
    else result.push({ ...range })
  }
  return result
}
