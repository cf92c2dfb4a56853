/**
 * Seconds from an image.xz to written and checked cards, side by side on the same targets in one run: Bramble, `dd` with `cmp`,
 * bmaptool, etcher-sdk. `pnpm --filter @bramble/lab flash-bench -- --cards 1,4,8 --mib 512 --rounds 3`. As root, Linux;
 * bmap-tools, xz-utils, qemu-system-common and libnbd-bin from Debian. `--etcher FOLDER` uses an installation of etcher-sdk
 * that is there; without it one is made in a throw-away folder; `--etcher none` leaves it out.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { access, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { must, run } from '@bramble/process'
import { type CachedImage, type OpenCard, prepareImage, verifyCard, writeCard } from '@bramble/provision/flash'
import { startFakeCard } from '../src/cards/fake-card.ts'

const { values } = parseArgs({
  // pnpm hands the separating "--" through.
  args: process.argv.slice(2).filter((arg) => arg !== '--'),
  options: {
    cards: { type: 'string', default: '1,4,8' },
    mib: { type: 'string', default: '512' },
    rounds: { type: 'string', default: '3' },
    /** `real`: 40 MB/s to write, 90 to read, as good cards are. `fast`: as fast as memory. */
    speed: { type: 'string', default: 'real,fast' },
    etcher: { type: 'string' },
  },
})

const mib = 2 ** 20
const size = Number(values.mib) * mib
const signal = new AbortController().signal

interface Target {
  device: string
  stop(): Promise<unknown>
}

interface Bench {
  folder: string
  /** The image, packed and unpacked, and its block map. */
  packed: string
  file: string
  map: string
  image: CachedImage
}

interface Tool {
  name: string
  flash(bench: Bench, devices: string[]): Promise<unknown>
}

const bramble: Tool = {
  name: 'Bramble, image cached',
  flash: ({ image }, devices) => Promise.all(devices.map((device) => flashOne(image, device))),
}

const brambleCold: Tool = {
  name: 'Bramble, cache empty',
  async flash(bench, devices) {
    const image = await unpack(bench.folder, bench.packed)
    await bramble.flash({ ...bench, image }, devices)
  },
}

const dd: Tool = {
  name: 'dd + cmp, image unpacked',
  flash: ({ file }, devices) =>
    Promise.all(
      devices.map(async (device) => {
        await must(['dd', `if=${file}`, `of=${device}`, 'bs=4M', 'oflag=direct', 'conv=fsync'])
        await must(['cmp', '-n', `${size}`, device, file])
      }),
    ),
}

/** bmaptool checks what it reads, never what it wrote: so `cmp` does, past the cache as above. */
const bmaptool: Tool = {
  name: 'bmaptool + cmp',
  flash: ({ packed, file, map }, devices) =>
    Promise.all(
      devices.map(async (device) => {
        await must(['bmaptool', '-q', 'copy', '--bmap', map, packed, device])
        await must(['blockdev', '--flushbufs', device])
        await must(['cmp', '-n', `${size}`, device, file])
      }),
    ),
}

const etcher = (folder: string): Tool => ({
  name: 'etcher-sdk',
  flash: ({ packed }, devices) =>
    must([
      process.execPath,
      '--import',
      'tsx',
      fileURLToPath(new URL('etcher.ts', import.meta.url)),
      folder,
      packed,
      ...devices,
    ]),
})

async function flashOne(image: CachedImage, device: string): Promise<void> {
  const handle = await open(device, constants.O_RDWR | constants.O_EXCL | constants.O_DIRECT)
  const identity = { path: device, size: size + 16 * mib, serial: null, cid: null, diskseq: null }
  const card: OpenCard = { identity, fd: handle.fd, close: () => handle.close() }
  try {
    const work = { card, image, patches: [], signal, onProgress: () => {} }
    await writeCard(work)
    const { badRanges } = await verifyCard(work)
    if (badRanges.length > 0) throw new Error(`${device} does not read back as it was written`)
  } finally {
    await card.close()
  }
}

const unpack = (folder: string, packed: string) =>
  prepareImage({ source: { kind: 'file', path: packed }, id: randomUUID(), cache: join(folder, 'cache') })

/** Three quarters data that packs to about a third, as an operating system does; a quarter empty. */
async function makeImage(file: string): Promise<void> {
  const handle = await open(file, 'w')
  await handle.truncate(size)
  for (let at = 0; at < size; at += mib) {
    if ((at / mib) % 32 >= 24) continue
    const noise = randomBytes(mib / 3)
    await handle.write(Buffer.concat([noise, noise, noise, Buffer.alloc(1)]), 0, mib, at)
  }
  await handle.close()
  const table = 'label: dos\nstart=8192,size=32768,type=c\nstart=40960,type=83\n'
  await must(['sfdisk', '--quiet', '--wipe', 'never', file], { stdin: table })
}

async function insert(folder: string, speed: string, number: number): Promise<Target> {
  const file = join(folder, `card-${number}.img`)
  const bytes = size + 16 * mib
  if (speed === 'real') return startFakeCard({ file, size: bytes, readBytesPerSecond: 90e6, writeBytesPerSecond: 40e6 })
  await must(['truncate', '-s', `${bytes}`, file])
  const device = (await must(['losetup', '--find', '--show', '--direct-io=on', file])).trim()
  return { device, stop: () => run(['losetup', '--detach', device]) }
}

/** In a folder that goes with the bench. Native parts are compiled; null and a word when that cannot be done here. */
async function installEtcher(folder: string): Promise<string | null> {
  const manifest = {
    private: true,
    dependencies: { 'etcher-sdk': '10.2.15' },
    // Its own fork comes from GitHub by git address; this bench unpacks no bzip2.
    overrides: { 'unbzip2-stream': '1.4.3' },
  }
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
  const parts = ['@ronomon/direct-io', 'xxhash-addon', 'lzma-native', 'drivelist', 'mountutils']
  for (const argv of [
    ['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund'],
    ['npm', 'rebuild', ...parts],
  ]) {
    const result = await run(argv, { cwd: folder })
    if (result.code === 0) continue
    process.stderr.write(`etcher-sdk is left out: ${argv.join(' ')}: ${result.stderr.trim().slice(-400)}\n`)
    return null
  }
  return folder
}

const median = (numbers: number[]): number => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0

/** Median seconds of each tool, and the longest pause of this process's event loop while Bramble wrote. */
async function measure(bench: Bench, tools: readonly Tool[], speed: string, count: number): Promise<void> {
  const targets: Target[] = []
  const seconds = new Map(tools.map((tool) => [tool, [] as number[]]))
  const failed = new Set<Tool>()
  let pause = 0
  try {
    for (let number = 0; number < count; number++) targets.push(await insert(bench.folder, speed, number))
    for (let round = 0; round < Number(values.rounds); round++)
      for (const tool of tools.filter((candidate) => !failed.has(candidate))) {
        // A throttled card would still pay for the discard while it is timed.
        if (speed !== 'real') await Promise.all(targets.map(({ device }) => must(['blkdiscard', '--force', device])))
        const begun = performance.now()
        // One a turn: what is switched on again counts the time in between as a pause.
        const watch = monitorEventLoopDelay({ resolution: 5 })
        if (tool === bramble) watch.enable()
        await tool
          .flash(
            bench,
            targets.map(({ device }) => device),
          )
          .then(
            () => seconds.get(tool)?.push((performance.now() - begun) / 1000),
            (error: Error) => {
              failed.add(tool)
              process.stderr.write(`${tool.name}: ${error.message}\n`)
            },
          )
        watch.disable()
        if (tool === bramble) pause = Math.max(pause, watch.max / 1e6)
      }
  } finally {
    for (const target of targets) await target.stop()
  }
  const own = median(seconds.get(bramble) ?? [])
  for (const tool of tools) {
    const taken = seconds.get(tool) ?? []
    const rate = (size * count) / 1e6 / median(taken)
    const words = failed.has(tool)
      ? 'failed | | '
      : `${median(taken).toFixed(1)} | ${(median(taken) / own).toFixed(2)} | ${rate.toFixed(0)}`
    process.stdout.write(`${speed} | ${count} | ${tool.name} | ${words}\n`)
  }
  process.stderr.write(`${speed}, ${count}: longest pause of the event loop ${pause.toFixed(0)} ms\n`)
}

const memory = '/dev/shm'
const base = await access(memory).then(
  () => memory,
  () => tmpdir(),
)
const folder = await mkdtemp(join(base, 'bramble-bench-'))
const installation = await mkdtemp(join(tmpdir(), 'bramble-bench-'))
try {
  const file = join(folder, 'image')
  await makeImage(file)
  await must(['xz', '--keep', '-1', '--threads=0', file])
  const map = join(folder, 'image.bmap')
  await must(['bmaptool', 'create', '-o', map, file])
  const packed = `${file}.xz`
  const begun = performance.now()
  const image = await unpack(folder, packed)
  process.stdout.write(`unpacked and checked in ${((performance.now() - begun) / 1000).toFixed(1)} s\n`)
  const tools = [bramble, brambleCold, dd, bmaptool]
  const installed = values.etcher === 'none' ? null : values.etcher ? values.etcher : await installEtcher(installation)
  if (installed) tools.push(etcher(installed))
  process.stdout.write(
    `${values.mib} MiB, a quarter of it empty; median of ${values.rounds}\nspeed | cards | tool | seconds | to Bramble | MB/s of image, all cards\n--- | --- | --- | --- | --- | ---\n`,
  )
  for (const speed of values.speed.split(','))
    for (const count of values.cards.split(',').map(Number))
      await measure({ folder, packed, file, map, image }, tools, speed, count)
} finally {
  for (const leftover of [folder, installation]) await rm(leftover, { recursive: true, force: true })
}
