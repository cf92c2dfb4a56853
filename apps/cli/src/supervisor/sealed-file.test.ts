import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readSealed, writeSealed } from './sealed-file.ts'

const passphrase = 'correct horse battery staple'
const KiB = 1024
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bramble-sealed-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function* parts(content: Buffer, size: number) {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size)
}
async function opened(file: string, words = passphrase): Promise<Buffer> {
  const blocks: Buffer[] = []
  for await (const block of readSealed(file, words)) blocks.push(block)
  return Buffer.concat(blocks)
}
const content = (length: number) => Buffer.from(Array.from({ length }, (_, index) => (index * 7 + (index >> 8)) & 255))
let made = 0
async function sealed(bytes: Buffer, size = 100_000): Promise<string> {
  const file = path.join(folder, `file-${++made}`)
  await writeSealed(file, passphrase, parts(bytes, size))
  return file
}

it.each([0, 1, 256 * KiB - 1, 256 * KiB, 256 * KiB + 1, 700 * KiB])(
  '%i bytes come back as they were',
  async (length) => {
    const bytes = content(length)
    const file = await sealed(bytes)
    expect((await opened(file)).equals(bytes)).toBe(true)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  },
)

it('holds nothing that can be read, and two of the same differ', async () => {
  const bytes = Buffer.from('a secret that must not be read '.repeat(100))
  const [one, two] = [await readFile(await sealed(bytes)), await readFile(await sealed(bytes))]
  expect(one.includes('secret that')).toBe(false)
  expect(one.subarray(-1000).equals(two.subarray(-1000))).toBe(false)
})

it('another passphrase is told from a damaged file', async () => {
  const file = await sealed(content(1000))
  await expect(opened(file, 'correct horse battery stable')).rejects.toMatchObject({ code: 'passphrase-wrong' })
})

it('every kind of damage is seen: flipped, cut off, lengthened, blocks swapped or left out', async () => {
  const whole = await readFile(await sealed(content(600 * KiB)))
  const start = whole.indexOf(0x0a) + 1
  const block = 4 + 256 * KiB + 16
  const [one, two, rest] = [
    whole.subarray(start, start + block),
    whole.subarray(start + block, start + 2 * block),
    whole.subarray(start + 2 * block),
  ]
  const header = whole.subarray(0, start)
  const flipped = (at: number) => {
    const bytes = Buffer.from(whole)
    bytes[at]! ^= 1
    return bytes
  }
  const forged: Buffer[] = [
    ...[start, start + 3, start + 4, start + 5000, start + block + 100, whole.length - 1].map(flipped),
    ...[start, start + 2, start + 1000, start + block, start + 2 * block, whole.length - 1].map((end) =>
      whole.subarray(0, end),
    ),
    Buffer.concat([whole, Buffer.from([0])]),
    Buffer.concat([whole, rest]),
    Buffer.concat([header, two, one, rest]),
    Buffer.concat([header, one, rest]),
    Buffer.concat([header, one, one, two, rest]),
  ]
  for (const [index, bytes] of forged.entries()) {
    const file = path.join(folder, `forged-${index}`)
    await writeFile(file, bytes)
    await expect(opened(file), `number ${index}`).rejects.toMatchObject({ code: 'backup-damaged' })
  }
}, 120_000)

it('a header that was touched, or is none, is refused', async () => {
  const whole = (await readFile(await sealed(content(10)))).toString('latin1')
  const file = path.join(folder, 'headers')
  for (const [text, code] of [
    ['', 'not-a-backup'],
    ['hello\n', 'not-a-backup'],
    ['{"magic":"other"}\n', 'not-a-backup'],
    [whole.replace('"N":65536', '"N":1073741824'), 'not-a-backup'],
    [whole.replace('"version":1', '"version":2'), 'backup-newer'],
    [whole.replace('"p":1', '"p":2'), 'passphrase-wrong'],
    [whole.replace('{"magic"', '{ "magic"'), 'backup-damaged'],
  ] as const) {
    await writeFile(file, Buffer.from(text, 'latin1'))
    await expect(opened(file), text.slice(0, 40)).rejects.toMatchObject({ code })
  }
  await expect(opened(path.join(folder, 'missing'))).rejects.toMatchObject({ code: 'no-backup-file' })
})

it('leaves nothing when its content fails', async () => {
  async function* failing() {
    yield Buffer.from('some')
    throw new Error('the database went away')
  }
  const before = await readdir(folder)
  await expect(writeSealed(path.join(folder, 'half'), passphrase, failing())).rejects.toThrow('went away')
  expect(await readdir(folder)).toEqual(before)
})
