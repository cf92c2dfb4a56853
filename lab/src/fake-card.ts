/**
 * Cards that misbehave on demand: a file, served through FUSE by QEMU's storage daemon (slow, broken at a sector), made a
 * block device by a loop. To the kernel and to Bramble it is a disk like any other.
 */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { open, rm, stat, writeFile } from 'node:fs/promises'
import { must, run, start } from '@bramble/provision/local'
import { LabError } from './errors.ts'
import { type Forgery, startForgery } from './forged-card.ts'
import { waitFor } from './waiting.ts'

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

/** Needs root, loop devices, FUSE and qemu-storage-daemon; Linux only. Throws LabError `lab-card`. */
export async function startFakeCard(options: FakeCardOptions): Promise<FakeCard> {
  const { file, size } = options
  if (size % 512 !== 0) throw new LabError('lab-card', `A card of ${size} bytes: take a multiple of 512.`)
  const mount = `${file.replace(/\.img$/, '')}.dev`
  const forgery =
    options.fakeRealSize === undefined ? null : await startForgery({ ...options, real: options.fakeRealSize })
  if (!forgery) await growTo(file, size)
  await writeFile(mount, '')
  const daemon = start(daemonArgv(options, mount, forgery), { stdio: ['ignore', 'ignore', 'pipe'], detached: true })
  const words = errorWords(daemon)
  const card = new LoopedCard(mount, daemon, forgery)
  try {
    await waitFor(`the card ${file}`, 10_000, async () => {
      if (daemon.exitCode !== null) throw new LabError('lab-card', `The card ${file} does not start: ${words()}`)
      return (await stat(mount)).size === size
    })
    await card.attach()
    return card
  } catch (error) {
    await card.stop()
    throw error
  }
}

class LoopedCard implements FakeCard {
  device = ''
  readonly #mount: string
  readonly #daemon: ChildProcess
  readonly #forgery: Forgery | null
  #stopping: Promise<void> | null = null

  constructor(mount: string, daemon: ChildProcess, forgery: Forgery | null) {
    this.#mount = mount
    this.#daemon = daemon
    this.#forgery = forgery
  }

  /** Direct, so that neither throttle nor error hides behind the kernel's cache of the file below. */
  async attach(): Promise<void> {
    this.device = (
      await must(['losetup', '--find', '--show', '--direct-io=on', this.#mount], { timeout: 30_000 })
    ).trim()
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
    await this.#end('SIGTERM')
    // A dead daemon leaves its mount behind, and a pulled card's last user may still hold it.
    await run(['umount', '--lazy', this.#mount], { timeout: 30_000 })
    await rm(this.#mount, { force: true })
    await this.#forgery?.close()
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const daemon = this.#daemon
    if (daemon.exitCode !== null || daemon.signalCode !== null) return
    const ended = once(daemon, 'exit')
    daemon.kill(signal)
    // It waits for the loop's last user, who may be waiting for it.
    const impatience = setTimeout(() => daemon.kill('SIGKILL'), 3_000)
    await ended
    clearTimeout(impatience)
  }
}

function daemonArgv(options: FakeCardOptions, mountpoint: string, forgery: Forgery | null): string[] {
  const { file, readBytesPerSecond: reads, writeBytesPerSecond: writes, errorAt } = options
  const discard = options.discards === false ? 'ignore' : 'unmap'
  const argv = ['qemu-storage-daemon']
  const layer = (node: Record<string, unknown>) => argv.push('--blockdev', JSON.stringify({ ...node, discard }))
  let top = 'bytes'
  if (forgery) layer({ driver: 'nbd', 'node-name': top, server: { type: 'unix', path: forgery.socket } })
  else layer({ driver: 'file', 'node-name': top, filename: file, cache: { direct: false } })
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
  const out = { type: 'fuse', id: 'reader', 'node-name': 'card', mountpoint, writable: true, 'allow-other': 'off' }
  return [...argv, '--export', JSON.stringify(out)]
}

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
  return () => text.trim() || 'qemu-storage-daemon ended without a word. Install qemu-system-common, then try again.'
}
