import { createHash } from 'node:crypto'
import { copyFile, mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { must } from '@bramble/process'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type PackedImages, packImages, packings } from '../../../test/packed-images.ts'
import type { CachedImage } from '../types.ts'
import { cachedImages, removeImage } from './cache.ts'
import { type PrepareInput, prepareImage } from './prepare.ts'

const id = '6a4f4c7e-3b58-4c38-9a35-0d2a55d7ad11'
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex')

let originals: PackedImages
beforeAll(async () => {
  originals = await packImages()
})
afterAll(() => originals.remove())

let cache: string
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'bramble-cache-'))
})
afterEach(() => rm(cache, { recursive: true }))

const fromFile = (path: string, more: Partial<PrepareInput> = {}): Promise<CachedImage> =>
  prepareImage({ source: { kind: 'file', path }, id, cache, ...more })

async function expectReady(ready: CachedImage): Promise<void> {
  expect(ready).toMatchObject({
    file: join(cache, id, 'image.img'),
    size: originals.image.size,
    sha256: sha256(originals.content),
    boot: originals.image.boot,
    firstBoot: 'cloud-init',
    os: 'Raspberry Pi OS (trixie)',
  })
  expect(sha256(await readFile(ready.file))).toBe(sha256(originals.content))
  expect((await readdir(join(cache, id))).sort()).toEqual(['image.img', 'image.json'])
}

/** What lies outside the ranges is zero, and the ranges keep the rules of CachedImage. */
function expectMap({ data, size }: CachedImage): void {
  let end = 0
  for (const { offset, length } of data) {
    expect(offset % 65536).toBe(0)
    expect((offset + length) % 65536 === 0 || offset + length === size).toBe(true)
    expect(offset === 0 || offset > end).toBe(true)
    expect(originals.content.subarray(end, offset).every((byte) => byte === 0)).toBe(true)
    end = offset + length
  }
  expect(originals.content.subarray(end).every((byte) => byte === 0)).toBe(true)
}

describe.each(packings)('an image packed as %s', (packing) => {
  test('is unpacked into a sparse file with its map, under whatever name', async () => {
    const named = join(originals.folder, `${packing}-without-a-hint`)
    await copyFile(originals.path(packing), named)
    const states: string[] = []
    const ready = await fromFile(named, { onProgress: ({ state }) => states.push(state) })
    await expectReady(ready)
    expectMap(ready)
    expect(ready.gaps).toBe('zero')
    expect([...new Set(states)]).toEqual(['unpacking', 'checking'])
    const { blocks } = await stat(ready.file)
    expect(blocks * 512).toBeLessThan(originals.image.size / 4)
    expect(await cachedImages(cache)).toEqual([{ id, bytes: expect.closeTo(blocks * 512, -5) }])
  })

  test('is told when it ends too early, and leaves nothing', async () => {
    const cut = join(originals.folder, `cut-${packing}`)
    await copyFile(originals.path(packing), cut)
    await truncate(cut, Math.floor(((await stat(cut)).size * 3) / 4 / 512) * 512 + 100)
    await expect(fromFile(cut)).rejects.toMatchObject({
      code: 'image-truncated',
      message: expect.stringContaining(cut),
      cure: expect.stringMatching(/again/),
    })
    expect(await readdir(join(cache, id))).toEqual([])
  })

  test.skipIf(packing === 'raw')('is told when it is damaged', async () => {
    const broken = join(originals.folder, `broken-${packing}`)
    await copyFile(originals.path(packing), broken)
    const file = await open(broken, 'r+')
    await file.write(Buffer.alloc(4096, 0xa5), 0, 4096, Math.floor((await file.stat()).size / 2))
    await file.close()
    await expect(fromFile(broken)).rejects.toMatchObject({
      code: 'image-corrupt',
      message: expect.stringContaining(broken),
    })
    expect(await readdir(join(cache, id))).toEqual([])
  })

  test.skipIf(packing === 'raw' || packing === 'zip')('is told when something follows it', async () => {
    const longer = join(originals.folder, `longer-${packing}`)
    await copyFile(originals.path(packing), longer)
    await writeFile(longer, Buffer.alloc(5000, 'garbage'), { flag: 'a' })
    await expect(fromFile(longer)).rejects.toMatchObject({ code: expect.stringMatching(/^image-(corrupt|truncated)$/) })
  })
})

describe('what is no image', () => {
  test.each([
    ['a web page', Buffer.from('<!DOCTYPE html><title>404</title>'.repeat(100)), 'image-format', /no partition table/],
    ['nothing at all', Buffer.alloc(0), 'image-format', /no partition table/],
    ['a packed text', gzipSync('hello '.repeat(1000)), 'image-format', /no partition table/],
  ])('%s', async (_, bytes, code, message) => {
    const path = join(originals.folder, 'other.img')
    await writeFile(path, bytes)
    await expect(fromFile(path)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  test('a path that is not there, a folder, an upload that is not there', async () => {
    await expect(fromFile('/nowhere/x.img')).rejects.toMatchObject({
      code: 'image-missing',
      message: '/nowhere/x.img does not exist.',
    })
    await expect(fromFile(originals.folder)).rejects.toMatchObject({ code: 'image-format' })
    const upload = { source: { kind: 'upload', file: 'x.img' }, id, cache } as const
    await expect(prepareImage(upload)).rejects.toMatchObject({ code: 'image-missing' })
    await expect(prepareImage({ ...upload, uploads: originals.folder })).rejects.toMatchObject({
      code: 'image-missing',
    })
  })

  test('a zip with two images, and one with notes beside the image', async () => {
    const other = join(originals.folder, 'other.img')
    await writeFile(other, 'x')
    const two = join(originals.folder, 'two.zip')
    await must(['zip', '-q', '-j', '-1', two, originals.image.file, other])
    await expect(fromFile(two)).rejects.toMatchObject({
      code: 'image-format',
      message: expect.stringContaining('pi.img, other.img'),
    })
    const notes = join(originals.folder, 'notes.txt')
    await writeFile(notes, 'read me')
    const one = join(originals.folder, 'one.zip')
    await must(['zip', '-q', '-j', '-1', one, notes, originals.image.file])
    await expectReady(await fromFile(one))
  })

  test('an id that leads elsewhere', async () => {
    for (const bad of ['../x', '', '.', 'a/b']) {
      await expect(
        prepareImage({ source: { kind: 'file', path: originals.image.file }, id: bad, cache }),
      ).rejects.toMatchObject({
        code: 'image-missing',
      })
      await expect(removeImage({ id: bad, cache })).rejects.toMatchObject({ code: 'image-missing' })
    }
  })
})
