import { createHash } from 'node:crypto'
import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ByteRange } from '../types.ts'
import { SparseWriter, wholeBlocks } from './sparse.ts'

const block = 65536

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bramble-sparse-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function spread(content: Buffer, chunk: number) {
  const path = join(folder, 'image')
  const file = await open(path, 'w')
  try {
    const writer = new SparseWriter(file)
    for (let at = 0; at < content.length; at += chunk) await writer.add(content.subarray(at, at + chunk))
    return { path, ...(await writer.end()) }
  } finally {
    await file.close()
  }
}

test('content of any shape comes back byte for byte; the map covers what is not zero and nothing else', async () => {
  const piece = fc.record({ zero: fc.boolean(), length: fc.integer({ min: 1, max: 5 * block }) })
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 30 }),
      fc.integer({ min: 1000, max: 3_000_000 }),
      async (pieces, chunk) => {
        const content = Buffer.concat(pieces.map(({ zero, length }) => Buffer.alloc(length, zero ? 0 : 1)))
        const { path, size, sha256, data } = await spread(content, chunk)
        const back = await readFile(path)
        expect(back.equals(content)).toBe(true)
        expect({ size, sha256 }).toEqual({
          size: content.length,
          sha256: createHash('sha256').update(content).digest('hex'),
        })
        const expected: ByteRange[] = []
        for (let at = 0; at < size; at += block)
          if (content.subarray(at, at + block).includes(1))
            expected.push({ offset: at, length: Math.min(block, size - at) })
        expect(data).toEqual(wholeBlocks(expected, size))
      },
    ),
    { numRuns: 60 },
  )
})

test('zeros take no room, and still count', async () => {
  const { path, size, data } = await spread(Buffer.alloc(40 * block + 512), 100_000)
  expect({ size, data }).toEqual({ size: 40 * block + 512, data: [] })
  expect((await stat(path)).blocks).toBeLessThan(16)
})

test('ranges grow outwards, join, and end with the image', () => {
  const ranges = [
    { offset: 4096, length: 4096 },
    { offset: 60_000, length: 10_000 },
    { offset: 5 * block, length: block },
    { offset: 9 * block + 1, length: 100 },
  ]
  expect(wholeBlocks(ranges, 9 * block + 512)).toEqual([
    { offset: 0, length: 2 * block },
    { offset: 5 * block, length: block },
    { offset: 9 * block, length: 512 },
  ])
})

test('an error of the disk reaches the caller', async () => {
  const file = await open('/dev/full', 'w')
  try {
    const writer = new SparseWriter(file)
    const writing = async () => {
      await writer.add(Buffer.alloc(5_000_000, 1))
      await writer.end()
    }
    await expect(writing()).rejects.toMatchObject({ code: 'ENOSPC' })
  } finally {
    await file.close()
  }
})
