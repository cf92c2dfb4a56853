import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { must, run } from '@bramble/process'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { FileServer } from '../../../test/file-server.ts'
import { type PackedImages, packImages } from '../../../test/packed-images.ts'
import type { CachedImage } from '../types.ts'
import { cachedImages, removeImage, sweepImages } from './cache.ts'
import { tryLock } from './lock.ts'
import { type PrepareInput, prepareImage } from './prepare.ts'

const id = '6a4f4c7e-3b58-4c38-9a35-0d2a55d7ad11'
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex')

const onLinux = process.platform === 'linux'

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

describe('the cache', () => {
  test('is swept of what a killed process left half unpacked, never of what is being made or can go on', async () => {
    const [dead, live] = [join(cache, 'dead'), join(cache, 'live')]
    for (const folder of [dead, live]) {
      await mkdir(folder)
      for (const name of ['image.img', 'image.part', 'download.part']) await writeFile(join(folder, name), 'half')
    }
    const held = await tryLock(live)
    expect(await sweepImages(cache)).toEqual([join(dead, 'image.img'), join(dead, 'image.part')])
    expect(await readdir(dead)).toEqual(['download.part'])
    expect((await readdir(live)).sort()).toEqual(['download.part', 'image.img', 'image.part', 'lock'])
    await held!.release()
  })

  test('an image that is ready returns at once, until it is another file or is removed', async () => {
    const first = await fromFile(originals.path('xz'))
    expect(await fromFile('/nowhere')).toEqual(first)
    await writeFile(first.file, 'x', { flag: 'r+' })
    await expect(fromFile('/nowhere')).rejects.toMatchObject({ code: 'image-missing' })
    await fromFile(originals.path('gz'))
    await removeImage({ id, cache })
    await removeImage({ id, cache })
    expect(await cachedImages(cache)).toEqual([])
    expect(await cachedImages(join(cache, 'never-made'))).toEqual([])
  })

  test('a folder, a pipe and a device are no images, and nobody waits for them', async () => {
    const pipe = join(cache, 'pipe')
    await must(['mkfifo', pipe])
    for (const [path, words] of [
      [cache, 'is a folder'],
      [pipe, 'device or a pipe'],
      ['/dev/zero', 'device or a pipe'],
    ] as const)
      await expect(fromFile(path)).rejects.toMatchObject({
        code: 'image-format',
        message: expect.stringContaining(words),
      })
  })

  test('what a crash left is made anew', async () => {
    await mkdir(join(cache, id))
    await writeFile(join(cache, id, 'image.part'), 'half')
    await writeFile(join(cache, id, 'image.img'), 'half')
    await writeFile(join(cache, id, 'lock'), JSON.stringify({ pid: process.pid, start: '1' }))
    await expectReady(await fromFile(originals.path('zst')))
  })

  test('two callers, one of them in another process: one does the work', async () => {
    const script = `
      import { prepareImage } from ${JSON.stringify(new URL('./prepare.ts', import.meta.url).href)}
      const { sha256 } = await prepareImage({ source: { kind: 'file', path: ${JSON.stringify(originals.path('xz'))} }, id: '${id}', cache: ${JSON.stringify(cache)} })
      console.log(sha256)`
    const elsewhere = must([process.execPath, '--import', 'tsx', '--input-type=module', '-e', script])
    const states: string[] = []
    const here = await Promise.all(
      [1, 2].map(() =>
        fromFile(originals.path('xz'), { onProgress: ({ state, done }) => done === 0 && states.push(state) }),
      ),
    )
    expect((await elsewhere).trim()).toBe(sha256(originals.content))
    for (const ready of here) await expectReady(ready)
    expect(states.length).toBeLessThanOrEqual(2)
  })

  test('an image that is being made is not removed', async () => {
    let removing: Promise<void> | undefined
    await fromFile(originals.path('xz'), {
      onProgress: () => {
        removing ??= removeImage({ id, cache })
        removing.catch(() => {})
      },
    })
    await expect(removing).rejects.toMatchObject({ code: 'image-busy' })
  })
})

describe('from the web', () => {
  let server: FileServer
  beforeEach(async () => {
    server = await FileServer.start('/pi.img.xz')
    server.content = await readFile(originals.path('xz'))
  })
  afterEach(() => server.stop())

  const fromWeb = (more: Partial<PrepareInput> = {}, published: object = {}): Promise<CachedImage> =>
    prepareImage({
      source: { kind: 'url', url: server.url, ...published },
      id,
      cache,
      patience: { pause: 5, silence: 2000 },
      ...more,
    })

  test('downloaded with everything that was published, then nothing of the download stays', async () => {
    const states: string[] = []
    await expectReady(
      await fromWeb(
        { onProgress: ({ state }) => states.push(state) },
        {
          downloadSha256: sha256(server.content),
          contentSha256: sha256(originals.content),
          downloadSize: server.content.length,
          contentSize: originals.content.length,
        },
      ),
    )
    expect([...new Set(states)]).toEqual(['downloading', 'unpacking', 'checking'])
  })

  test.each([
    [{ contentSha256: 'f'.repeat(64) }, /unpacked content .* f{64} was published/],
    [{ contentSize: 4096 }, /unpacked content .* more than 4096 bytes/],
    [{ contentSize: 2 ** 27 }, /unpacked content .* 134217728 were published/],
    [{ downloadSha256: 'f'.repeat(64) }, /The download of .* f{64} was published/],
  ])('%o does not hold', async (published, message) => {
    await expect(fromWeb({}, published)).rejects.toMatchObject({
      code: 'image-checksum',
      message: expect.stringMatching(message),
    })
    expect(await readdir(join(cache, id))).toEqual([])
  })

  test('a download that turns out damaged is not taken again', async () => {
    const whole = server.content
    server.content = Buffer.concat([whole.subarray(0, whole.length / 2), Buffer.alloc(whole.length / 2, 7)])
    await expect(fromWeb()).rejects.toMatchObject({ code: 'image-corrupt' })
    server.content = whole
    await expectReady(await fromWeb())
  })

  test('a cancel while downloading: within a second, and the next call goes on there', async () => {
    server.faults = [{ after: 500_000, kind: 'stall' }]
    const cancel = new AbortController()
    let since = 0
    const cancelled = fromWeb({
      patience: { silence: 20_000 },
      signal: cancel.signal,
      onProgress: () => {
        since = performance.now()
        cancel.abort()
      },
    })
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' })
    expect(performance.now() - since).toBeLessThan(1000)
    await expect(fromWeb({ signal: cancel.signal })).rejects.toMatchObject({ code: 'cancelled' })
    await expectReady(await fromWeb())
  })

  test('a process that is killed in the middle holds nothing up, and its part is used', async () => {
    server.faults = [{ after: 500_000, kind: 'stall' }]
    const script = `
      import { prepareImage } from ${JSON.stringify(new URL('./prepare.ts', import.meta.url).href)}
      const source = { kind: 'url', url: ${JSON.stringify(server.url)} }
      const onProgress = ({ done }) => done > 0 && process.kill(process.pid, 'SIGKILL')
      await prepareImage({ source, id: '${id}', cache: ${JSON.stringify(cache)}, onProgress })`
    const killed = await run([process.execPath, '--import', 'tsx', '--input-type=module', '-e', script])
    expect(killed.code).toBeNull()
    expect((await readdir(join(cache, id))).sort()).toEqual(['download.json', 'download.part', 'lock'])
    await expectReady(await fromWeb())
    expect(server.requests[1]?.range).toMatch(/^bytes=[1-9]/)
  })

  test('a program that is missing is named, and the download is kept for when it is there', async () => {
    const { PATH } = process.env
    process.env.PATH = cache
    try {
      await expect(fromWeb()).rejects.toMatchObject({
        code: 'program-missing',
        cure: 'Install it: apt install xz-utils',
      })
    } finally {
      process.env.PATH = PATH
    }
    await expectReady(await fromWeb())
    expect(server.requests.map(({ answered }) => answered)).toEqual([200, 416])
  })

  test('a cancel while unpacking keeps the download', async () => {
    const cancel = new AbortController()
    let since = 0
    const cancelled = fromWeb({
      signal: cancel.signal,
      onProgress: ({ state }) => {
        if (state !== 'unpacking') return
        since = performance.now()
        cancel.abort()
      },
    })
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' })
    expect(performance.now() - since).toBeLessThan(1000)
    expect((await readdir(join(cache, id))).sort()).toEqual(['download.json', 'download.part'])
    await expectReady(await fromWeb())
    expect(server.requests.map(({ answered }) => answered)).toEqual([200, 416])
  })

  test.skipIf(!onLinux)('a .bmap beside it maps what counts; a page instead of one is no map', async () => {
    const map = await blockMap()
    server.others.set('/pi.img.bmap', map)
    server.others.set('/pi.img.xz.bmap', '<html>All is well</html>')
    const ready = await fromWeb()
    await expectReady(ready)
    expect(ready.gaps).toBe('unmapped')
    // The real map covers what is not zero; so does what we made of it, in whole blocks.
    const blocks = ready.data.map(({ offset, length }) => [offset % 65536, (offset + length) % 65536])
    expect(blocks.flat().every((rest) => rest === 0)).toBe(true)
    expect(mappedAway(ready)).toBe(0)
  })

  test.skipIf(!onLinux).each([
    ['of another image', (map: string) => map, 'image-checksum', /between bytes/],
    [
      'with a wrong sum of its own',
      (map: string) => map.replace('<Range', '<Range '),
      'image-corrupt',
      /pi\.img\.bmap is damaged/,
    ],
  ])('a .bmap %s is told', async (_, change, code, message) => {
    server.others.set('/pi.img.bmap', change(await blockMap(code === 'image-checksum')))
    await expect(fromWeb()).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  /** Bytes outside the map that are not zero. */
  function mappedAway({ data }: CachedImage): number {
    const left = Buffer.from(originals.content)
    for (const { offset, length } of data) left.fill(0, offset, offset + length)
    return left.reduce((sum, byte) => sum + (byte === 0 ? 0 : 1), 0)
  }

  /** Made by the real tool, of the image or of one that differs in a byte. */
  async function blockMap(other = false): Promise<string> {
    const sparse = join(cache, 'of.img')
    await must(['cp', '--sparse=always', originals.image.file, sparse])
    if (other) {
      const file = await open(sparse, 'r+')
      await file.write(Buffer.from('?'), 0, 1, originals.image.boot.offset + 3)
      await file.close()
    }
    await must(['bmaptool', '--quiet', 'create', '-o', `${sparse}.bmap`, sparse])
    return readFile(`${sparse}.bmap`, 'utf8')
  }
})

const mounts = process.getuid?.() === 0 && onLinux
describe.skipIf(!mounts)('a full disk', () => {
  beforeEach(() => must(['mount', '-t', 'tmpfs', '-o', 'size=100m', 'bramble-test', cache]))
  afterEach(() => run(['umount', cache]))

  test('is told before the work, with numbers', async () => {
    const big = join(originals.folder, 'big.img.xz')
    await writeFile(big, await readFile(originals.path('xz')))
    await expect(fromFile(big)).rejects.toMatchObject({
      code: 'cache-full',
      message: `The image needs 68 MB in ${join(cache, id)}, but only 38 MB is available.`,
    })
  })

  test('is told when it shows midway, and the part is gone', async () => {
    // Packs to so little that the guess from its size is far too small.
    const dense = Buffer.alloc(150 * 1024 * 1024, 'dense')
    originals.content.copy(dense, 0, 0, 512)
    const path = join(originals.folder, 'dense.img.gz')
    await writeFile(path, gzipSync(dense, { level: 1 }))
    await expect(fromFile(path)).rejects.toMatchObject({ code: 'cache-full' })
    expect(await readdir(join(cache, id))).toEqual([])
  })

  test('a download that fills it makes room again', async () => {
    const server = await FileServer.start()
    try {
      server.content = Buffer.alloc(130_000_000, 1)
      server.tellsLength = false
      const web = prepareImage({ source: { kind: 'url', url: server.url }, id, cache, patience: { pause: 1 } })
      await expect(web).rejects.toMatchObject({ code: 'cache-full' })
      expect(await readdir(join(cache, id))).toEqual([])
    } finally {
      await server.stop()
    }
  })
})
