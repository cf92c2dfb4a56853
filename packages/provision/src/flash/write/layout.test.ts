import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ByteRange, CachedImage } from '../types.ts'
import { Cutter } from './blocks.ts'
import { stampsFor } from './capacity.ts'
import { joined, spansOf } from './layout.ts'

const kib = 1024
const mib = 1024 * kib

const imageOf = (size: number, data: ByteRange[]): CachedImage => ({
  file: '/nowhere.img',
  size,
  sha256: '',
  data,
  gaps: 'zero',
  boot: null,
  firstBoot: 'unknown',
  os: '',
})

describe('what is written of an image', () => {
  it('is its data, its first block and the patches; short gaps are written along', () => {
    const image = imageOf(64 * mib, [
      { offset: 4 * mib, length: mib },
      { offset: 5 * mib + 128 * kib, length: mib },
    ])
    const patches = [{ offset: 32 * mib, data: Buffer.alloc(8 * kib) }]
    expect(spansOf(image, patches, 128 * mib)).toEqual([
      { kind: 'data', offset: 0, length: mib },
      { kind: 'gap', offset: mib, length: 3 * mib },
      { kind: 'data', offset: 4 * mib, length: 2 * mib + 128 * kib },
      { kind: 'gap', offset: 6 * mib + 128 * kib, length: 32 * mib - (6 * mib + 128 * kib) },
      { kind: 'data', offset: 32 * mib, length: 8 * kib },
      { kind: 'gap', offset: 32 * mib + 8 * kib, length: 32 * mib - 8 * kib },
    ])
  })

  it('ends with the image on whole sectors of 4 KiB, but never beyond the card', () => {
    const image = imageOf(2 * mib + 512, [{ offset: 0, length: 2 * mib + 512 }])
    expect(spansOf(image, [], 8 * mib)).toEqual([{ kind: 'data', offset: 0, length: 2 * mib + 4096 }])
    expect(spansOf(image, [], 2 * mib + 1024)).toEqual([{ kind: 'data', offset: 0, length: 2 * mib + 1024 }])
  })

  it('covers every byte once, whatever the map', () => {
    const piece = fc.record({
      offset: fc.nat(4000).map((n) => n * 4 * kib),
      length: fc.integer({ min: 1, max: 900 * kib }),
    })
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (data) => {
        const size = 20 * mib
        const spans = spansOf(imageOf(size, data), [], size)
        let at = 0
        for (const span of spans) {
          expect(span.offset).toBe(at)
          at += span.length
        }
        expect(at).toBe(size)
        for (const { offset, length } of data)
          for (const gap of spans.filter(({ kind }) => kind === 'gap'))
            expect(gap.offset >= offset + length || gap.offset + gap.length <= offset).toBe(true)
      }),
    )
  })
})

describe('blocks', () => {
  const blocksOf = (ranges: ByteRange[], milliseconds: number) => {
    const cutter = new Cutter(ranges)
    const blocks: ByteRange[] = []
    for (let block = cutter.next(); block; block = cutter.next()) {
      blocks.push(block)
      cutter.took(milliseconds, block.length)
    }
    return blocks
  }

  it('grow to a mebibyte on a quick card and shrink to 64 KiB on a slow one, without a gap', () => {
    const range = { offset: 300 * kib, length: 40 * mib }
    for (const [milliseconds, length] of [
      [10, mib],
      [900, 64 * kib],
    ] as const) {
      const blocks = blocksOf([range], milliseconds)
      expect(blocks.at(-3)).toMatchObject({ length })
      expect(joined(blocks)).toEqual([range])
      expect(Math.max(...blocks.map((block) => block.length))).toBeLessThanOrEqual(Math.max(length, 256 * kib))
    }
  })
})

describe('the places of the capacity probe', () => {
  it('find a fold at any multiple of the step, on cards of 64 MB to 2 TB', () => {
    for (const size of [64 * mib, 31_914_983_424, 64 * 1024 * mib, 2_000_398_934_016]) {
      const offsets = stampsFor(size).map(({ offset }) => offset)
      expect(offsets.length).toBeLessThan(220)
      expect(offsets.at(-1)).toBeGreaterThan(size - 32 * kib)
      const step = offsets[1]! - offsets[0]!
      for (let fold = step; fold < size - 2 * step; fold += step) {
        const places = new Set<number>()
        const collides = offsets.some((offset) => {
          const real = offset % fold
          if (places.has(real)) return true
          places.add(real)
          return false
        })
        expect(collides, `${size} folding at ${fold}`).toBe(true)
      }
    }
  })
})
