/** Reading and writing an open card; what fails becomes a Trouble that names the place, or says that the card is gone. */
import { fstat, fsync, read, write } from 'node:fs'
import { open, readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { promisify } from 'node:util'
import { Trouble } from '../../engine/types.ts'
import { deviceNumber } from '../devices/holder.ts'
import type { OpenCard } from '../types.ts'
import { alignedBuffer, firstBlock } from './blocks.ts'

const readAt = promisify(read)
const writeAt = promisify(write)
const flushNow = promisify(fsync)
const statNow = promisify(fstat)

/** `memory` whole and aligned, `offset` on a sector. Throws Trouble `card-io`, `card-gone`. */
export async function writeBlock(card: OpenCard, memory: Buffer, offset: number): Promise<void> {
  try {
    for (let at = 0; at < memory.length; )
      at += moved(await writeAt(card.fd, memory, at, memory.length - at, offset + at).then((n) => n.bytesWritten))
  } catch (error) {
    throw await ioTrouble(card, error, `written at ${place(offset)}`)
  }
}

export async function readBlock(card: OpenCard, memory: Buffer, offset: number): Promise<void> {
  try {
    for (let at = 0; at < memory.length; )
      at += moved(await readAt(card.fd, memory, at, memory.length - at, offset + at).then((n) => n.bytesRead))
  } catch (error) {
    throw await ioTrouble(card, error, `read at ${place(offset)}`)
  }
}

/** Until the card itself says that everything is kept. */
export async function flush(card: OpenCard): Promise<void> {
  try {
    await flushNow(card.fd)
  } catch (error) {
    throw await ioTrouble(card, error, 'flushed: the latest writes are lost')
  }
}

/**
 * Takes the partition table away again, so that no Pi boots from the card; a slow card keeps the rest of the block. Best effort:
 * nothing more can be done about a card that does not even take these zeros. `after`: what went wrong. Another card may be in
 * the reader by then, so nothing is written once this one is gone, and each time it is made sure that it is not.
 */
export async function wipeFirstBlock(card: OpenCard, after?: unknown): Promise<void> {
  if (after instanceof Trouble && after.code === 'card-gone') return
  const zeros = alignedBuffer(64 * 1024)
  const begun = performance.now()
  try {
    for (let offset = 0; offset < firstBlock.length && performance.now() - begun < 300; offset += zeros.length) {
      if (!(await isSameCard(card))) return
      await writeAt(card.fd, zeros, 0, zeros.length, offset)
    }
    await flushNow(card.fd)
  } catch {
    // What went wrong before is what the user hears of.
  }
}

/** Whether the path still leads to what is open, and that is the card that was chosen: its number, size and sequence. */
async function isSameCard({ identity, fd }: OpenCard): Promise<boolean> {
  // Opened anew, so that the kernel looks whether another medium is in the reader.
  const there = await open(identity.path, 'r')
  const [now, mine] = await Promise.all([there.stat(), statNow(fd)]).finally(() => there.close())
  if (!mine.isBlockDevice()) return now.dev === mine.dev && now.ino === mine.ino
  if (now.rdev !== mine.rdev) return false
  const folder = `/sys/dev/block/${deviceNumber(mine.rdev)}`
  const size = Number((await readFile(`${folder}/size`, 'utf8')).trim()) * 512
  // Kernels before 5.15 tell no sequence, and the identity has none then.
  const sequence = (await readFile(`${folder}/diskseq`, 'utf8').catch(() => '')).trim()
  return size === identity.size && (identity.diskseq === null || sequence === identity.diskseq)
}

const place = (offset: number): string => `${(offset / 1e6).toFixed(1)} MB (byte ${offset})`

/** The kernel stops short before a sector that fails, in whole sectors; nothing at all is the end of the device. */
function moved(count: number): number {
  if (count >= 512) return count - (count % 512)
  throw Object.assign(new Error('the card ends here'), { code: 'ENOSPC' })
}

async function ioTrouble(card: OpenCard, error: unknown, what: string): Promise<Trouble> {
  const { path } = card.identity
  const code = (error as NodeJS.ErrnoException).code ?? 'error'
  if (await isGone(card, code))
    return new Trouble(
      'card-gone',
      `${path} was removed or failed: it could not be ${what}, and is no longer detected. It is not bootable.`,
      'Insert the card again and flash it again.',
      { cause: error },
    )
  return new Trouble(
    'card-io',
    `${path} could not be ${what}: ${words[code] ?? code}. The card is not bootable.`,
    'The card or its reader is failing: try another reader once, then another card.',
    { cause: error },
  )
}

const words: Record<string, string> = {
  EIO: 'input/output error (EIO)',
  ENOSPC: 'the card ends before that',
  EREMOTEIO: 'the reader reports an error (EREMOTEIO)',
  ETIMEDOUT: 'the card did not respond in time (ETIMEDOUT)',
}

const goneCodes = new Set(['ENXIO', 'ENODEV', 'ENOMEDIUM', 'ESHUTDOWN'])

/** Readers stay when their card goes: opening anew makes the kernel look, and a card that is there answers somewhere. */
async function isGone({ identity, fd }: OpenCard, code: string): Promise<boolean> {
  if (goneCodes.has(code)) return true
  const looked = await open(identity.path, 'r').then(
    (handle) => handle.close().then(() => true),
    () => false,
  )
  if (!looked || (await stat(identity.path).catch(() => null)) === null) return true
  const now = async (file: string) =>
    (await readFile(`/sys/class/block/${basename(identity.path)}/${file}`, 'utf8').catch(() => '')).trim()
  if ((await now('size')) === '0') return true
  if (identity.diskseq !== null && ![identity.diskseq, ''].includes(await now('diskseq'))) return true
  const memory = alignedBuffer(4096)
  const places = [0, Math.floor(identity.size / 8192) * 4096, Math.floor(identity.size / 4096 - 1) * 4096]
  for (const offset of places)
    if (
      await readAt(fd, memory, 0, memory.length, offset).then(
        ({ bytesRead }) => bytesRead > 0,
        () => false,
      )
    )
      return false
  return true
}
