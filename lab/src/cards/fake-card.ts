/**
 * Cards that misbehave on demand: a file, served by QEMU's storage daemon (slow, broken at a sector), made a file again by nbdfuse
 * and a block device by a loop. To the kernel and to Bramble it is a disk like any other. (The daemon's own FUSE export of
 * QEMU 7.2 mixes up bytes when it is asked for two things at once.)
 */
import { once } from 'node:events'
import { access, open, rm, stat, writeFile } from 'node:fs/promises'
import { must, run, start } from '@bramble/process'
import { LabError } from '../host/errors.ts'
import { waitFor } from '../host/waiting.ts'
import { type Forgery, startForgery } from './forged-card.ts'

type ChildProcess = ReturnType<typeof start>

export interface FakeCardOptions {
  /** The card's bytes, `….img`; made sparse when missing. The device's backing file lies beside it, `….dev`. */
  file: string
  /** Bytes the card says it has. */
  size: number
  readBytesPerSecond?: number
  writeBytesPerSecond?: number
  /** Every access of that kind to this 512-byte sector (every flush, wherever) fails with EIO. */
  errorAt?: { sector: number; io: 'read' | 'write' | 'flush' }
  /** Bytes it really keeps. What is written beyond lands on earlier bytes (`wraps`, the default) or nowhere (`forgets`). */
  fakeRealSize?: number
  beyond?: 'wraps' | 'forgets'
  /** False: accepts a discard and keeps the bytes, as cards may. Default true: discarded bytes read as zeros. */
  discards?: boolean
}

export interface FakeCard {
  /** `/dev/loopN` */
  device: string
  /** As if it was pulled out: every access fails from now on, and the device goes with its last user. Bytes stay in `file`. */
  pull(): Promise<void>
  /** Detaches the device; the card's file stays. Safe to call twice and after `pull`. */
  stop(): Promise<void>
}

/** Needs root, loop devices, FUSE, qemu-storage-daemon and nbdfuse; Linux only. Throws LabError `lab-card`, `lab-timeout`. */
export async function startFakeCard(options: FakeCardOptions): Promise<FakeCard> {
  const { file, size } = options
  if (size % 512 !== 0) throw new LabError('lab-card', `A card of ${size} bytes: take a multiple of 512.`)
  const stem = file.replace(/\.img$/, '')
  const card = new LoopedCard(`${stem}.dev`, `${stem}.sock`)
  try {
    await card.attach(options)
    return card
  } catch (error) {
    await card.stop()
    throw error
  }
}

class LoopedCard implements FakeCard {
  device = ''
  readonly #mount: string
  readonly #socket: string
  #forgery: Forgery | null = null
  #programs: ChildProcess[] = []
  #stopping: Promise<void> | null = null

  /** `mount`: path of the file that becomes the device. */
  constructor(mount: string, socket: string) {
    this.#mount = mount
    this.#socket = socket
  }

  async attach(options: FakeCardOptions): Promise<void> {
    const { file, size } = options
    await rm(this.#socket, { force: true })
    await growTo(file, options.fakeRealSize ?? size)
    if (isOdd(options)) await this.#startOdd(options)
    else await this.#start(daemonArgv(options, this.#socket), () => exists(this.#socket))
    await writeFile(this.#mount, '')
    const address = `nbd+unix:///card?socket=${encodeURIComponent(this.#socket)}`
    await this.#start(['nbdfuse', this.#mount, address], async () => (await stat(this.#mount)).size === size)
    // Direct, so that neither throttle nor error hides behind the kernel's cache of the file below.
    const argv = ['losetup', '--find', '--show', '--direct-io=on', this.#mount]
    this.device = (await must(argv, { timeout: 30_000 })).trim()
  }

  async #startOdd(options: FakeCardOptions): Promise<void> {
    if (options.readBytesPerSecond || options.writeBytesPerSecond || (options.fakeRealSize && options.errorAt))
      throw new LabError(
        'lab-card',
        'A counterfeit or unreadable card cannot have another fault. Omit one of the options.',
      )
    const { fakeRealSize: real = options.size, errorAt } = options
    const unreadable = errorAt ? { unreadable: errorAt.sector } : {}
    this.#forgery = await startForgery({ ...options, ...unreadable, real, socket: this.#socket })
  }

  async pull(): Promise<void> {
    await this.#end('SIGKILL')
    await this.stop()
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    if (this.device) await run(['losetup', '--detach', this.device], { timeout: 30_000 })
    // Lazy: a pulled card's last user may still hold it, and the mount of a dead program stays.
    await run(['umount', '--lazy', this.#mount], { timeout: 30_000 })
    await this.#end('SIGTERM')
    for (const leftover of [this.#mount, this.#socket]) await rm(leftover, { force: true })
    await this.#forgery?.close()
  }

  /** Waits until the program has done its first duty. */
  async #start(argv: readonly string[], ready: () => Promise<boolean>): Promise<void> {
    const program = start(argv, { stdio: ['ignore', 'ignore', 'pipe'], detached: true })
    this.#programs.push(program)
    const words = errorWords(program)
    await waitFor(`${argv[0]} to serve a card`, 30_000, async () => {
      if (program.exitCode === null && program.pid !== undefined) return ready()
      throw new LabError(
        'lab-card',
        `${argv[0]} does not serve a card: ${words()}. Install qemu-system-common and libnbd-bin, then try again.`,
      )
    })
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    // The last one first: it would complain that its server is gone.
    for (const program of this.#programs.reverse()) {
      if (program.pid === undefined || program.exitCode !== null || program.signalCode !== null) continue
      const ended = once(program, 'exit')
      program.kill(signal)
      // It waits for the loop's last user, who may be waiting for it.
      const impatience = setTimeout(() => program.kill('SIGKILL'), 3_000)
      await ended
      clearTimeout(impatience)
    }
    this.#programs = []
  }
}

const isOdd = ({ fakeRealSize, errorAt }: FakeCardOptions) => fakeRealSize !== undefined || errorAt?.io === 'read'

function daemonArgv(options: FakeCardOptions, socket: string): string[] {
  const { file, readBytesPerSecond: reads, writeBytesPerSecond: writes, errorAt } = options
  const discard = options.discards === false ? 'ignore' : 'unmap'
  const argv = ['qemu-storage-daemon']
  const layer = (node: Record<string, unknown>) => argv.push('--blockdev', JSON.stringify({ ...node, discard }))
  let top = 'bytes'
  layer({ driver: 'file', 'node-name': top, filename: file, cache: { direct: false } })
  if (errorAt) {
    const place = errorAt.io === 'flush' ? {} : { sector: errorAt.sector }
    const error = { event: 'none', iotype: errorAt.io, errno: 5, once: false, ...place }
    layer({ driver: 'blkdebug', 'node-name': 'broken', image: top, 'inject-error': [error] })
    top = 'broken'
  }
  if (reads || writes) {
    const limits = { ...(reads ? { 'x-bps-read': reads } : {}), ...(writes ? { 'x-bps-write': writes } : {}) }
    argv.push('--object', JSON.stringify({ 'qom-type': 'throttle-group', id: 'speed', ...limits }))
    layer({ driver: 'throttle', 'node-name': 'slow', 'throttle-group': 'speed', file: top })
    top = 'slow'
  }
  layer({ driver: 'raw', 'node-name': 'card', file: top })
  // Any number of connections: nbdfuse opens several.
  argv.push('--nbd-server', JSON.stringify({ addr: { type: 'unix', path: socket }, 'max-connections': 0 }))
  const out = { type: 'nbd', id: 'reader', 'node-name': 'card', name: 'card', writable: true }
  return [...argv, '--export', JSON.stringify(out)]
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

async function growTo(file: string, size: number): Promise<void> {
  const handle = await open(file, 'a')
  try {
    await handle.truncate(size)
  } finally {
    await handle.close()
  }
}

function errorWords(daemon: ChildProcess): () => string {
  let text = ''
  daemon.on('error', (error) => {
    text += error.message
  })
  daemon.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-2000)
  })
  return () => text.trim() || 'it exited without output'
}
