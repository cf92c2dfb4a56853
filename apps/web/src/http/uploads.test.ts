import { createHash } from 'node:crypto'
import { mkdtemp, open, readdir, readFile, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { ReadableStream } from 'node:stream/web'
import { ImageSource } from '@bramble/cluster'
import { keptForDatabase } from '@bramble/db/disk-space'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keepUpload, uploadName, uploadsFolder } from './uploads.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bramble-uploads-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const body = (text: string) => new Response(text).body as ReadableStream<Uint8Array>
const send = (text: string, length: number | null = text.length) =>
  keepUpload({ body: body(text), given: 'pi.img', length, folder })

describe('an upload', () => {
  it('is on the disk, whole, under a name of its own', async () => {
    const [one, two] = await Promise.all([send('first'), send('second', null)])
    expect(one.file).not.toBe(two.file)
    expect(await readFile(path.join(folder, one.file), 'utf8')).toBe('first')
    expect(await readFile(path.join(folder, two.file), 'utf8')).toBe('second')
    expect(one).toMatchObject({ size: 5, sha256: createHash('sha256').update('first').digest('hex') })
    expect(ImageSource.safeParse({ kind: 'upload', ...two }).success).toBe(true)
  })

  it.each([
    ['empty', '', 0, /empty/],
    ['cut off', 'half', 9, /completely/],
    ['too big for the disk', 'x', 1e18, /can be used/],
  ])('that is %s leaves nothing behind', async (_, text, length, message) => {
    await expect(send(text, length)).rejects.toThrow(message)
    expect(await readdir(folder)).toEqual([])
  })

  it('never counts the same space as another that still arrives', async () => {
    const { bavail, bsize } = await statfs(folder)
    const length = Math.floor((bavail * bsize - keptForDatabase) * 0.7)
    let end: () => void = () => undefined
    const slow = new globalThis.ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new Uint8Array(10))
        end = () => controller.error(new Error('the connection is gone'))
      },
    }) as ReadableStream<Uint8Array>
    const first = keepUpload({ body: slow, given: 'pi.img', length, folder })
    first.catch(() => undefined)
    await expect.poll(async () => (await readdir(folder)).some((name) => name.endsWith('.part'))).toBe(true)
    await expect(send('second', length)).rejects.toMatchObject({
      code: 'upload-too-big',
      cure: expect.stringContaining('Remove images'),
    })
    end()
    await expect(first).rejects.toThrow('is gone')
    expect(await readdir(folder)).toEqual([])
  })

  it('whose connection breaks leaves nothing behind', async () => {
    const broken = new globalThis.ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new Uint8Array(10))
        queueMicrotask(() => controller.error(new Error('the connection is gone')))
      },
    }) as ReadableStream<Uint8Array>
    await expect(keepUpload({ body: broken, given: 'pi.img', length: null, folder })).rejects.toThrow('is gone')
    expect(await readdir(folder)).toEqual([])
  })
})

it.each([
  ['pi os.img.xz', '00000000-pi-os.img.xz'],
  ['../../etc/passwd', '00000000-passwd'],
  ['C:\\images\\pi.img', '00000000-pi.img'],
  ['..', '00000000-.'],
  ['', '00000000-image'],
  ['\u0000; rm -rf', '00000000--rm--rf'],
  ['é'.repeat(300), '00000000--'],
])('the name %j leads nowhere else', (given, kept) => {
  const name = uploadName(given, '00000000')
  expect(name).toBe(kept)
  expect(ImageSource.safeParse({ kind: 'upload', file: name }).success).toBe(true)
})

it('lies where the worker looks', () => {
  expect(uploadsFolder({ BRAMBLE_DATA: '/srv/bramble' })).toBe('/srv/bramble/uploads')
  expect(uploadsFolder({ XDG_DATA_HOME: '/data' })).toBe('/data/bramble/uploads')
})

it('goes where a dashboard without root’s rights is put, when it is told so', () => {
  expect(uploadsFolder({ BRAMBLE_DATA: '/data', BRAMBLE_UPLOADS: '/proc/self/cwd' })).toBe('/proc/self/cwd')
  expect(uploadsFolder({ BRAMBLE_DATA: '/data' })).toBe('/data/uploads')
})

it.runIf(process.platform === 'linux')('is kept in a folder that is named by a link of the kernel', async () => {
  const handle = await open(folder)
  try {
    const { file } = await keepUpload({
      body: body('text'),
      given: 'pi.img',
      length: 4,
      folder: `/proc/self/fd/${handle.fd}`,
    })
    expect(await readFile(path.join(folder, file), 'utf8')).toBe('text')
  } finally {
    await handle.close()
  }
})
