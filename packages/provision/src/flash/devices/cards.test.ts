/** Real block devices: files behind loop devices, in a folder that is told to hold card slots. */
import { constants, existsSync } from 'node:fs'
import { mkdir, mkdtemp, open, readFile, realpath, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Card } from '@bramble/cluster'
import { must, run, start } from '@bramble/process'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { ejectCard, listCards, openCard, stationLacks, watchCards } from './index.ts'

const canLoop = process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/dev/loop-control')
const mib = 1024 * 1024

describe.skipIf(!canLoop)('cards on loop devices', () => {
  let folder: string
  const before = process.env.BRAMBLE_CARD_SLOTS

  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'bramble-slots-')))
    process.env.BRAMBLE_CARD_SLOTS = folder
  })

  afterAll(async () => {
    if (before === undefined) delete process.env.BRAMBLE_CARD_SLOTS
    else process.env.BRAMBLE_CARD_SLOTS = before
    await rm(folder, { recursive: true, force: true })
  })

  async function blankFile(name: string, size = 64 * mib): Promise<string> {
    const file = join(folder, name)
    await writeFile(file, '')
    await truncate(file, size)
    return file
  }

  async function insert(file: string, ...options: string[]): Promise<string> {
    const device = (await must(['losetup', '-f', '--show', ...options, file])).trim()
    onTestFinished(() => detach(device, file))
    // A read-only mark of an earlier user of this number outlives its file.
    if (!options.includes('-r')) await must(['blockdev', '--setrw', device])
    return device
  }

  /** Only when it still is ours: the number may have gone to somebody else. */
  async function detach(device: string, file: string): Promise<void> {
    const shown = await run(['losetup', '-n', '-O', 'BACK-FILE', device])
    if (shown.stdout.trim().replace(' (deleted)', '') === file) await must(['losetup', '-d', device])
  }

  async function cardAt(device: string, protect: string[] = []): Promise<Card> {
    const card = (await listCards({ protect })).find(({ identity }) => identity.path === device)
    expect(card, `${device} is listed`).toBeDefined()
    return card!
  }

  /** A FAT boot partition at 1 MiB with these files, as a Pi image has it. */
  async function piImage(file: string, files: Record<string, string>): Promise<void> {
    await must(['sfdisk', '-q', file], { stdin: 'label: dos\nstart=2048,size=40960,type=c\nstart=43008,type=83\n' })
    await must(['mkfs.vfat', '-n', 'BOOTFS', '--offset', '2048', file, '20480'])
    for (const [name, text] of Object.entries(files)) {
      const source = join(folder, `${name}.source`)
      await writeFile(source, text)
      await must(['mcopy', '-i', `${file}@@${mib}`, source, `::/${name}`])
    }
  }

  test('an empty card is blank and offered, and says which slot it is', async () => {
    const device = await insert(await blankFile('one.img'))
    expect(await cardAt(device)).toMatchObject({
      identity: { size: 64 * mib, serial: expect.stringMatching(/-one$/) },
      bus: 'virtual',
      model: 'one',
      removable: true,
      offer: 'offered',
      reason: '',
      contents: { kind: 'blank' },
    })
  })

  test('one byte at its far end, and it is not blank', async () => {
    const file = await blankFile('tail.img')
    const handle = await open(file, 'r+')
    await handle.write(Buffer.from([1]), 0, 1, 64 * mib - 1)
    await handle.close()
    expect((await cardAt(await insert(file))).contents.kind).toBe('unknown')
  })

  test('a Bramble card says whose it is; a file with strange names in it does not speak for Bramble', async () => {
    const good = await blankFile('bramble.img')
    await piImage(good, {
      'bramble.json': JSON.stringify({ cluster: 'garden', node: 'pi-3', roles: ['postgres', 'web'] }),
    })
    expect((await cardAt(await insert(good))).contents).toEqual({
      kind: 'bramble',
      words: 'Bramble node pi-3 of garden: postgres, web',
      cluster: 'garden',
      node: 'pi-3',
      roles: ['postgres', 'web'],
    })
    const hostile = await blankFile('hostile.img')
    await piImage(hostile, { 'bramble.json': JSON.stringify({ cluster: 'garden', node: '<b>\u202e\n', roles: [] }) })
    expect((await cardAt(await insert(hostile))).contents).toMatchObject({
      kind: 'other',
      words: 'FAT "BOOTFS", 21 MB',
    })
  })

  test('Raspberry Pi OS and a plain FAT card are told apart', async () => {
    const pi = await blankFile('pi.img')
    await piImage(pi, { 'issue.txt': 'Raspberry Pi reference 2025-05-13\nGenerated using pi-gen\n' })
    expect((await cardAt(await insert(pi))).contents).toEqual({
      kind: 'raspberry-pi-os',
      words: 'Raspberry Pi OS of 2025-05-13',
    })
    const camera = await blankFile('camera.img')
    await must(['mkfs.vfat', '-n', 'CAMERA', camera])
    expect((await cardAt(await insert(camera))).contents).toEqual({ kind: 'other', words: 'FAT "CAMERA", 67 MB' })
  })

  test('a card that was written is looked into again', async () => {
    const device = await insert(await blankFile('again.img'))
    const { identity, contents } = await cardAt(device)
    expect(contents.kind).toBe('blank')
    const card = await openCard(identity)
    expect(await cardAt(device)).toMatchObject({ offer: 'never', reason: 'Bramble is writing to it right now.' })
    await card.close()
    await must(['mkfs.vfat', '-n', 'LATER', device])
    expect((await cardAt(device)).contents.words).toContain('LATER')
    await ejectCard(identity)
  })

  test('other loop devices are nobody’s card: outside the folder, or over a part of the file', async () => {
    const outside = join(await realpath(await mkdtemp(join(tmpdir(), 'bramble-other-'))), 'file.img')
    onTestFinished(() => rm(join(outside, '..'), { recursive: true }))
    await writeFile(outside, Buffer.alloc(4 * mib))
    const part = await blankFile('part.img')
    const [other, offset] = [await insert(outside), await insert(part, '-o', String(mib))]
    const paths = (await listCards()).map(({ identity }) => identity.path)
    expect(paths).not.toContain(other)
    expect(paths).not.toContain(offset)
    const whole = await insert(part)
    expect(await cardAt(whole)).toMatchObject({ offer: 'never', reason: expect.stringContaining(offset) })
  })

  test('a mounted card names its mount point, in the list and when it is opened', async () => {
    const file = await blankFile('mounted.img')
    await must(['mkfs.ext4', '-q', file])
    const device = await insert(file)
    const { identity } = await cardAt(device)
    const point = join(folder, 'mounted here')
    await mkdir(point)
    await must(['mount', device, point])
    try {
      expect(await cardAt(device)).toMatchObject({ offer: 'never', reason: expect.stringContaining(point) })
      await expect(openCard(identity)).rejects.toMatchObject({
        code: 'card-busy',
        message: expect.stringContaining(`mounted on ${point}`),
        cure: expect.stringContaining(`umount '${point}'`),
      })
      expect((await cardAt(device, [point])).reason).toContain(`the files of Bramble (${point})`)
    } finally {
      await must(['umount', point])
    }
    await (await openCard(identity)).close()
  })

  test('a mount that only another container sees is named with its process', async () => {
    const file = await blankFile('elsewhere.img')
    await must(['mkfs.ext4', '-q', file])
    const device = await insert(file)
    const { identity } = await cardAt(device)
    const point = join(folder, 'elsewhere')
    await mkdir(point)
    const inside = ['bash', '-c', 'mount "$0" "$1" && echo mounted && read -r', device, point]
    const container = start(['unshare', '--mount', '--propagation', 'private', ...inside], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const ended = new Promise((settle) => container.once('exit', settle))
    try {
      await new Promise((settle) => container.stdout!.once('data', settle))
      expect((await cardAt(device)).offer).toBe('offered')
      await expect(openCard(identity)).rejects.toMatchObject({
        code: 'card-busy',
        message: expect.stringMatching(new RegExp(`mounted on ${point}, as process \\d+ \\(bash\\) sees it`)),
      })
    } finally {
      container.stdin!.end()
      await ended
    }
  })

  test('swap is never offered', async () => {
    const file = await blankFile('swap.img')
    await must(['mkswap', file])
    const device = await insert(file)
    await must(['swapon', device])
    try {
      expect(await cardAt(device)).toMatchObject({ offer: 'never', reason: 'This machine uses it for swap.' })
    } finally {
      await must(['swapoff', device])
    }
  })

  test('a card that was exchanged between the look and the open is not written', async () => {
    const [first, second] = [await blankFile('first.img'), await blankFile('second.img')]
    const device = await insert(first)
    const { identity } = await cardAt(device)
    await must(['losetup', '-d', device])
    // Same device, same size, and the file took the name of the first: only the count of insertions is another.
    await rename(second, first)
    await must(['losetup', device, first])
    await expect(openCard(identity)).rejects.toMatchObject({
      code: 'card-swapped',
      message: expect.stringContaining('a card was removed and inserted'),
    })
    await truncate(first, 32 * mib)
    await must(['losetup', '-c', device])
    const { identity: now } = await cardAt(device)
    await expect(openCard({ ...now, size: 64 * mib })).rejects.toMatchObject({
      code: 'card-swapped',
      message: expect.stringContaining('it held 67 MB'),
    })
  })

  test('a card that was taken out is gone', async () => {
    const file = await blankFile('gone.img')
    const device = await insert(file)
    const { identity } = await cardAt(device)
    await detach(device, file)
    await expect(openCard(identity)).rejects.toMatchObject({ code: 'card-gone' })
    await expect(ejectCard(identity)).rejects.toMatchObject({ code: 'card-gone' })
  })

  test('one card is opened once: here, and by another process', async () => {
    const device = await insert(await blankFile('twice.img'))
    const { identity } = await cardAt(device)
    const both = await Promise.allSettled([openCard(identity), openCard(identity)])
    const opened = both.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    expect(opened).toHaveLength(1)
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'card-busy', message: expect.stringContaining('another flash') },
    })
    await opened[0]!.close()
    await opened[0]!.close()
    // What a second Bramble would do; seen from here it is any descriptor that holds the device.
    const other = await open(device, constants.O_RDWR | constants.O_EXCL)
    await expect(openCard(identity)).rejects.toMatchObject({
      code: 'card-busy',
      message: expect.stringContaining('busy'),
    })
    await other.close()
    await (await openCard(identity)).close()
  })

  test('read-only and too small cards are refused with a reason', async () => {
    const device = await insert(await blankFile('locked.img'), '-r')
    const locked = await cardAt(device)
    expect(locked).toMatchObject({ offer: 'never', reason: 'It is write-protected.' })
    await expect(openCard(locked.identity)).rejects.toMatchObject({ code: 'card-read-only' })
    const { identity } = await cardAt(await insert(await blankFile('small.img')))
    await expect(openCard(identity, { minSize: 100 * mib })).rejects.toMatchObject({
      code: 'card-too-small',
      message: `${identity.path} holds 67 MB, but the image needs 105 MB.`,
    })
  })

  test('the disk of this system, and of the protected paths, is never opened, whatever switch is on', async () => {
    const cards = await listCards({ protect: [folder] })
    const system = cards.filter(({ reason }) => reason.startsWith('It is the system disk of this machine'))
    for (const { identity } of system)
      await expect(openCard(identity, { fixedDisk: true })).rejects.toMatchObject({ code: 'card-protected' })
    expect(cards.filter(({ bus, offer }) => bus !== 'virtual' && offer === 'offered' && !system)).toEqual([])
  })

  test('the watcher tells within two seconds that a card came, was filled, and went', async () => {
    const file = await blankFile('watched.img')
    const stop = new AbortController()
    let seen: Card | undefined
    let wake = () => {}
    const watching = watchCards({
      signal: stop.signal,
      onChange: (cards) => {
        seen = cards.find(({ model }) => model === 'watched')
        wake()
      },
    })
    const until = async (holds: (card: Card | undefined) => boolean) => {
      const from = performance.now()
      while (!holds(seen))
        await new Promise<void>((settle) => {
          wake = settle
        })
      return performance.now() - from
    }
    try {
      const device = await insert(file)
      expect(await until((card) => card?.contents.kind === 'blank')).toBeLessThan(4_000)
      await must(['mkfs.vfat', '-n', 'FILLED', device])
      await until((card) => card?.contents.words.includes('FILLED') === true)
      await detach(device, file)
      expect(await until((card) => card === undefined)).toBeLessThan(4_000)
    } finally {
      stop.abort()
      await watching
    }
  })

  test('a missing program is named with its package', async () => {
    const path = process.env.PATH
    process.env.PATH = folder
    const lacks = await stationLacks().finally(() => {
      process.env.PATH = path
    })
    expect(lacks.find(({ cure }) => cure === 'sudo apt install mtools')?.what).toContain('mcopy')
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toBe('')
  })
})
