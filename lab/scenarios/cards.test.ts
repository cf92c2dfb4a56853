/** Cards that fail, on real block devices: each fault ends in words that name it, and no half-written card boots. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { must, run, start } from '@bramble/process'
import { Trouble } from '@bramble/provision'
import {
  type CachedImage,
  listCards,
  type OpenCard,
  openCard,
  type Patch,
  probeCapacity,
  verifyCard,
  type WriteResult,
  writeCard,
} from '@bramble/provision/flash'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type FakeCard, type FakeCardOptions, startFakeCard } from '../src/cards/fake-card.ts'

const kib = 1024
const mib = 1024 * kib
const forever = new AbortController().signal
const said: { fault: string; code: string; message: string; cure: string }[] = []

let folder: string
let image: CachedImage
let small: CachedImage
let patches: Patch[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bramble-cards-'))
  process.env.BRAMBLE_CARD_SLOTS = folder
  image = await imageOf('image', 96 * mib, [
    { offset: 0, length: 9 * mib },
    { offset: 12 * mib, length: 20 * mib },
    { offset: 60 * mib, length: 3 * mib + 64 * kib },
  ])
  small = await imageOf('small', 24 * mib, [{ offset: 0, length: 24 * mib }])
  patches = [
    { offset: 8 * mib, data: randomBytes(12 * kib) },
    { offset: 40 * mib, data: randomBytes(4 * kib) },
  ]
})

afterAll(async () => {
  delete process.env.BRAMBLE_CARD_SLOTS
  await rm(folder, { recursive: true, force: true })
  const rows = said.map(({ fault, code, message, cure }) => `${fault} | ${code} | ${message} | ${cure}`)
  process.stdout.write(`fault | code | message | cure\n--- | --- | --- | ---\n${rows.join('\n')}\n`)
})

async function imageOf(name: string, size: number, data: CachedImage['data']): Promise<CachedImage> {
  const file = join(folder, name)
  const handle = await open(file, 'w')
  await handle.truncate(size)
  for (const { offset, length } of data) await handle.write(randomBytes(length), 0, length, offset)
  await handle.close()
  return { file, size, sha256: '', data, gaps: 'zero', boot: null, firstBoot: 'unknown', os: '' }
}

let made = 0
async function fakeCard(options: Partial<FakeCardOptions> = {}): Promise<FakeCard> {
  const card = await startFakeCard({ file: join(folder, `card-${++made}.img`), size: 128 * mib, ...options })
  onTestFinished(() => card.stop())
  return card
}

async function lookAt(device: string) {
  const card = (await listCards()).find(({ identity }) => identity.path === device)
  if (!card) throw new Error(`${device} is not listed`)
  return card
}

async function opened(device: string, minSize = 0): Promise<OpenCard> {
  const card = await openCard((await lookAt(device)).identity, { minSize })
  onTestFinished(() => card.close().catch(() => undefined))
  return card
}

const quiet = { signal: forever, onProgress: () => {} }

/** The trouble of work that must fail, kept for the table. */
async function troubleOf(fault: string, work: Promise<unknown>): Promise<Trouble> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof Trouble)) throw new Error(`${fault}: no trouble but ${String(error)}`)
  said.push({ fault, code: error.code, message: error.message, cure: error.cure })
  return error
}

/** What the image and the patches make, in a file of its own, made without Bramble's writer. */
async function expectedFile(of: CachedImage, laid: readonly Patch[]): Promise<string> {
  const file = join(folder, `expected-${++made}`)
  await must(['cp', '--sparse=always', of.file, file])
  const handle = await open(file, 'r+')
  for (const { offset, data } of laid) await handle.write(data, 0, data.length, offset)
  await handle.close()
  return file
}

const same = async (device: string, file: string, bytes: number) =>
  (await run(['cmp', '-n', `${bytes}`, device, file])).code === 0

async function firstBlockIsZero(file: string): Promise<boolean> {
  for await (const chunk of createReadStream(file, { end: mib - 1 }))
    if (!(chunk as Buffer).every((byte) => byte === 0)) return false
  return true
}

describe('a good card', () => {
  it('holds the image and its patches byte for byte, wherever it held something else before', async () => {
    const fake = await fakeCard({ file: await usedCard() })
    const card = await opened(fake.device, image.size)
    const writing = await writeCard({ card, image, patches, ...quiet })
    expect(writing.skipped).toBeGreaterThan(50 * mib)
    expect(writing.written + writing.skipped).toBeGreaterThanOrEqual(image.size)
    const verifying = await verifyCard({ card, image, patches, ...quiet })
    expect(verifying).toMatchObject({ verified: image.size, badRanges: [] })
    await card.close()
    expect(await same(fake.device, await expectedFile(image, patches), image.size)).toBe(true)
  })

  it('may ignore discards: what it kept is found and overwritten', async () => {
    const fake = await fakeCard({ file: await usedCard(), discards: false })
    const card = await opened(fake.device)
    expect((await writeCard({ card, image, patches, ...quiet })).skipped).toBe(0)
    // A gap that went wrong after all, as if only the samples had been zero.
    await scribble(card, 50 * mib, randomBytes(64 * kib))
    expect((await verifyCard({ card, image, patches, ...quiet })).badRanges).toEqual([])
    await card.close()
    expect(await same(fake.device, await expectedFile(image, patches), image.size)).toBe(true)
  })

  it('keeps its old bytes where a block map says that nobody reads them', async () => {
    const fake = await fakeCard({ file: await usedCard() })
    const card = await opened(fake.device)
    const mapped: CachedImage = { ...image, gaps: 'unmapped' }
    const { skipped } = await writeCard({ card, image: mapped, patches, ...quiet })
    const { verified, badRanges } = await verifyCard({ card, image: mapped, patches, ...quiet })
    expect(badRanges).toEqual([])
    expect(verified + skipped).toBe(image.size)
    await card.close()
    for (const { offset, length } of [...image.data.slice(1), { offset: 40 * mib, length: 4 * kib }])
      expect(
        (await run(['cmp', '-n', `${length}`, '-i', `${offset}`, fake.device, await expectedFile(image, patches)]))
          .code,
      ).toBe(0)
  })

  it('is written beside seven others without holding up the process', async () => {
    const fakes = await Promise.all(Array.from({ length: 8 }, () => fakeCard({ writeBytesPerSecond: 40e6 })))
    const cards: OpenCard[] = []
    for (const { device } of fakes) cards.push(await opened(device))
    const { pauses, results } = await watchingLoop(() =>
      Promise.all(
        cards.map(async (card) => {
          const written = await writeCard({ card, image: small, patches: [], ...quiet })
          expect((await verifyCard({ card, image: small, patches: [], ...quiet })).badRanges).toEqual([])
          return written
        }),
      ),
    )
    expect(results.map(({ written }: WriteResult) => written)).toEqual(Array(8).fill(small.size))
    process.stdout.write(`longest pause of the event loop with eight cards: ${Math.max(...pauses).toFixed(0)} ms\n`)
    // A busy machine holds it up once or twice; work that does not give way does so for every card.
    expect(pauses.filter((ms) => ms > 250).length).toBeLessThan(cards.length)
  })
})

describe('a card that cannot be written is not touched', () => {
  it('read-only', async () => {
    const fake = await fakeCard()
    const { identity } = await lookAt(fake.device)
    await must(['blockdev', '--setro', fake.device])
    try {
      expect((await troubleOf('read-only', openCard(identity, {}))).code).toBe('card-read-only')
    } finally {
      // The lock outlives the card: the loop's next one would have it too.
      await must(['blockdev', '--setrw', fake.device])
    }
  })

  it('too small', async () => {
    const fake = await fakeCard({ size: 64 * mib })
    const { identity } = await lookAt(fake.device)
    expect((await troubleOf('too small', openCard(identity, { minSize: image.size }))).code).toBe('card-too-small')
    const card = await opened(fake.device)
    await expect(writeCard({ card, image, patches, ...quiet })).rejects.toMatchObject({ code: 'card-too-small' })
  })

  it('swapped between the look and the open', async () => {
    const fake = await fakeCard()
    const { identity } = await lookAt(fake.device)
    await fake.stop()
    const other = await startOn(fake.device)
    expect((await troubleOf('swapped', openCard(identity, {}))).code).toBe('card-swapped')
    await other.stop()
    expect((await troubleOf('taken out before', openCard(identity, {}))).code).toMatch(/card-(gone|swapped)/)
  })

  it('open already', async () => {
    const fake = await fakeCard()
    const { identity } = await lookAt(fake.device)
    await opened(fake.device)
    expect((await troubleOf('same card twice', openCard(identity, {}))).code).toBe('card-busy')
  })

  it('mounted', async () => {
    const fake = await fakeCard()
    await must(['mkfs.ext4', '-q', '-F', fake.device])
    const { identity } = await lookAt(fake.device)
    const point = await mkdtemp(join(folder, 'mounted-'))
    await must(['mount', fake.device, point])
    try {
      const trouble = await troubleOf('mounted', openCard(identity, {}))
      expect(trouble.code).toBe('card-busy')
      expect(trouble.message).toContain(basename(point))
    } finally {
      await must(['umount', point])
    }
  })

  it('held by a program', async () => {
    const fake = await fakeCard()
    const { identity } = await lookAt(fake.device)
    const holder = start(
      [
        'python3',
        '-c',
        `import os,sys\nos.open(sys.argv[1],os.O_RDWR|os.O_EXCL)\nprint(flush=True)\nsys.stdin.read()`,
        fake.device,
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    )
    try {
      await once(holder.stdout!, 'data')
      const trouble = await troubleOf('held by a program', openCard(identity, {}))
      expect(trouble.code).toBe('card-busy')
      expect(trouble.message).toContain('python3')
    } finally {
      holder.kill()
      await once(holder, 'exit')
    }
  })
})

describe('a card that fails while it is written', () => {
  it('pulled out', async () => {
    const file = await usedCard()
    const fake = await fakeCard({ file, writeBytesPerSecond: 4e6 })
    const card = await opened(fake.device)
    const pulled = untilDone(8 * mib)
    const writing = troubleOf('pulled while written', writeCard({ card, image, patches, ...quiet, ...pulled.telling }))
    await pulled.reached
    await fake.pull()
    expect((await writing).code).toBe('card-gone')
    expect(await firstBlockIsZero(file)).toBe(true)
  })

  it('pulled out while it is read back', async () => {
    const fake = await fakeCard({ readBytesPerSecond: 3e6 })
    const card = await opened(fake.device)
    await writeCard({ card, image: small, patches: [], ...quiet })
    const pulled = untilDone(4 * mib)
    const reading = troubleOf(
      'pulled while read back',
      verifyCard({ card, image: small, patches: [], ...quiet, ...pulled.telling }),
    )
    await pulled.reached
    await fake.pull()
    expect((await reading).code).toBe('card-gone')
  })

  it('does not write at an offset', async () => {
    const fake = await fakeCard({ errorAt: { sector: (20 * mib) / 512, io: 'write' } })
    const card = await opened(fake.device)
    const trouble = await troubleOf('error on writing', writeCard({ card, image: small, patches: [], ...quiet }))
    expect(trouble.code).toBe('card-io')
    expect(trouble.message).toMatch(/byte (19|20)\d{6}/)
    await card.close()
    expect(await firstSectorIsZero(fake.device)).toBe(true)
  })

  it('does not read at an offset', async () => {
    const fake = await fakeCard({ errorAt: { sector: (20 * mib) / 512, io: 'read' } })
    const card = await opened(fake.device)
    await writeCard({ card, image: small, patches: [], ...quiet })
    const trouble = await troubleOf('error on reading back', verifyCard({ card, image: small, patches: [], ...quiet }))
    expect(trouble.code).toBe('card-io')
    expect(trouble.message).toMatch(/read at 2[01]\.\d MB/)
    await card.close()
    expect(await firstSectorIsZero(fake.device)).toBe(true)
  })

  it('does not keep what was written last', async () => {
    const fake = await fakeCard({ errorAt: { sector: 0, io: 'flush' } })
    const card = await opened(fake.device)
    expect((await troubleOf('error on flushing', writeCard({ card, image: small, patches: [], ...quiet }))).code).toBe(
      'card-io',
    )
  })

  it('forgets bytes: every bad range is named, and it does not boot', async () => {
    const fake = await fakeCard()
    const card = await opened(fake.device)
    await writeCard({ card, image: small, patches: [], ...quiet })
    await scribble(card, 5 * mib, randomBytes(8 * kib))
    await scribble(card, 21 * mib + 4 * kib, randomBytes(4 * kib))
    const { badRanges, verified } = await verifyCard({ card, image: small, patches: [], ...quiet })
    expect(badRanges).toEqual([
      { offset: 5 * mib, length: 8 * kib },
      { offset: 21 * mib + 4 * kib, length: 4 * kib },
    ])
    expect(verified).toBe(small.size)
    await card.close()
    expect(await firstSectorIsZero(fake.device)).toBe(true)
  })

  for (const [when, bytes] of [
    ['a slow card, cancelled at once', 0],
    ['a slow card, cancelled later', 2 * mib],
  ] as const)
    it(`${when}: ends long before it would be written, and does not boot`, async () => {
      const fake = await fakeCard({ file: await usedCard(), writeBytesPerSecond: 1e6, discards: false })
      const card = await opened(fake.device)
      const cancel = new AbortController()
      const reached = untilDone(bytes)
      const writing = troubleOf(when, writeCard({ card, image, patches, signal: cancel.signal, ...reached.telling }))
      if (bytes > 0) await reached.reached
      const asked = performance.now()
      cancel.abort()
      expect((await writing).code).toBe('cancelled')
      // A second, and what a busy machine adds; the rest would take half a minute at least.
      expect(performance.now() - asked).toBeLessThan(10_000)
      await card.close()
      expect(await firstSectorIsZero(fake.device)).toBe(true)
    })
})

describe('a forged card', () => {
  for (const beyond of ['wraps', 'forgets'] as const)
    it(`that ${beyond} is found out, and its real size told`, async () => {
      const fake = await fakeCard({ size: 256 * mib, fakeRealSize: 48 * mib, beyond })
      const card = await opened(fake.device)
      const found = await probeCapacity({ card, ...quiet })
      if (found.ok) throw new Error('It was believed')
      said.push({
        fault: `forged (${beyond})`,
        code: 'card-fake',
        message: `told by flashCards: real size ${found.realSize}`,
        cure: '',
      })
      expect(Math.abs(found.realSize - 48 * mib)).toBeLessThanOrEqual(mib)
    })

  it('is no honest one', async () => {
    const fake = await fakeCard({ size: 200 * mib + 512 * 9 })
    const card = await opened(fake.device)
    expect(await probeCapacity({ card, ...quiet })).toEqual({ ok: true })
  })
})

/** A card's file that is full of something else. */
async function usedCard(): Promise<string> {
  const file = join(folder, `card-${++made}.img`)
  await writeFile(file, randomBytes(100 * mib))
  await truncate(file, 128 * mib)
  return file
}

/** A second card in the reader that the first one was in. */
async function startOn(device: string): Promise<{ stop(): Promise<unknown> }> {
  const file = join(folder, `card-${++made}.img`)
  await writeFile(file, '')
  await truncate(file, 128 * mib)
  await must(['losetup', '--direct-io=on', device, file])
  const stop = () => run(['losetup', '--detach', device])
  onTestFinished(async () => void (await stop()))
  return { stop }
}

/** Writes past the writer's back, as a failing card does. Buffered, then flushed. */
async function scribble(card: OpenCard, offset: number, data: Buffer): Promise<void> {
  const handle = await open(card.identity.path, 'r+')
  await handle.write(data, 0, data.length, offset)
  await handle.sync()
  await handle.close()
}

/** What a boot needs. The rest of the first block may be there already: blocks are written side by side, and wiped for 0.3 s. */
async function firstSectorIsZero(device: string): Promise<boolean> {
  const handle = await open(device, 'r')
  const { buffer } = await handle.read(Buffer.alloc(512, 1), 0, 512, 0)
  await handle.close()
  return buffer.every((byte) => byte === 0)
}

/** Resolves when the progress has come so far. */
function untilDone(bytes: number) {
  let tell = () => {}
  const reached = new Promise<void>((resolve) => {
    tell = resolve
  })
  return { reached, telling: { onProgress: ({ done }: { done: number }) => void (done >= bytes && tell()) } }
}

/** Milliseconds from one turn of the event loop to the next while it works, 5 at least. */
async function watchingLoop<T>(work: () => Promise<T>): Promise<{ pauses: number[]; results: T }> {
  const pauses: number[] = []
  let last = performance.now()
  const watch = setInterval(() => {
    const now = performance.now()
    pauses.push(now - last)
    last = now
  }, 5)
  try {
    return { results: await work(), pauses }
  } finally {
    clearInterval(watch)
  }
}
