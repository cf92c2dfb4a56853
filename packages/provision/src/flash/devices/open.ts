/** From a card that was chosen a while ago to a file descriptor that writes to that card and no other. */
import { close as closeWith, constants, fstat as fstatWith, fsync as fsyncWith, open as openWith } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { CardIdentity } from '@bramble/cluster'
import { run } from '@bramble/process'
import { Trouble } from '../../engine/types.ts'
import type { OpenCard } from '../types.ts'
import { deviceNumber, holderOf } from './holder.ts'
import { type JudgedCard, linuxCards, numbersOf, writing } from './linux.ts'
import { listed, sizeWords } from './words.ts'

const open = promisify(openWith)
const close = promisify(closeWith)
const fstat = promisify(fstatWith)
const fsync = promisify(fsyncWith)

export interface OpenOptions {
  protect?: readonly string[]
  /** The fixed disk's own switch was turned on. */
  fixedDisk?: boolean
  /** Bytes. */
  minSize?: number
}

const busyAttempts = 5
/** Milliseconds. */
const busyPause = 200
const chooseAgain = 'Reload the list of cards and select the card again.'

export async function openLinuxCard(identity: CardIdentity, options: OpenOptions): Promise<OpenCard> {
  const { path } = identity
  if (writing.has(path))
    throw new Trouble(
      'card-busy',
      `${path} is busy: another flash job is writing to it.`,
      'Wait until it has finished.',
    )
  // Taken before the first await, so that of two calls at once one is refused.
  writing.add(path)
  let fd: number | null = null
  try {
    const found = await lookAgain(identity, options)
    fd = await openDevice(path, found)
    await compareOpen(fd, identity, found)
    return openCardOf(identity, fd)
  } catch (error) {
    writing.delete(path)
    if (fd !== null) await close(fd)
    throw error
  }
}

function openCardOf(identity: CardIdentity, fd: number): OpenCard {
  let closing: Promise<void> | null = null
  return {
    identity,
    fd,
    // A descriptor's number is used again: closing it twice would close somebody else's file.
    close: () => {
      closing ??= close(fd).finally(() => writing.delete(identity.path))
      return closing
    },
  }
}

async function lookAgain(
  identity: CardIdentity,
  { protect = [], fixedDisk, minSize = 0 }: OpenOptions,
): Promise<JudgedCard> {
  const found = await sameCard(identity, protect)
  const { verdict } = found
  if (verdict.offer === 'never' || (verdict.offer === 'explicit' && !fixedDisk))
    throw new Trouble(
      verdict.code ?? 'card-protected',
      `${identity.path} is not written. ${verdict.reason}`,
      verdict.cure,
    )
  if (identity.size < minSize)
    throw new Trouble(
      'card-too-small',
      `${identity.path} holds ${sizeWords(identity.size)}, but the image needs ${sizeWords(minSize)}.`,
      'Use a larger card.',
    )
  return found
}

/** The card at that path, when it still is the one that was chosen. */
async function sameCard(identity: CardIdentity, protect: readonly string[]): Promise<JudgedCard> {
  // Who calls here has marked the path as being written; that mark is no reason against this card.
  const cards = await linuxCards(protect, 'none', identity.path)
  const found = cards.find(({ card }) => card.identity.path === identity.path)
  if (!found) throw gone(identity.path)
  const differences = differencesOf(identity, found.card.identity)
  if (differences.length > 0) throw swapped(identity.path, differences)
  return found
}

function gone(path: string, cause?: unknown): Trouble {
  return new Trouble(
    'card-gone',
    `The card in ${path} was removed.`,
    `Insert the card again. ${chooseAgain}`,
    cause ? { cause } : {},
  )
}

function swapped(path: string, differences: readonly string[]): Trouble {
  return new Trouble(
    'card-swapped',
    `The card in ${path} is not the selected one: ${listed(differences)}. Nothing was written.`,
    chooseAgain,
  )
}

/** In words; empty when it is the same card. */
export function differencesOf(chosen: CardIdentity, now: CardIdentity): string[] {
  const words: string[] = []
  if (chosen.size !== now.size)
    words.push(
      `it held ${sizeWords(chosen.size)} (${chosen.size} bytes) and now ${sizeWords(now.size)} (${now.size} bytes)`,
    )
  if (chosen.serial !== now.serial)
    words.push(`its serial number was ${chosen.serial ?? 'unknown'} and is now ${now.serial ?? 'unknown'}`)
  if (chosen.cid !== now.cid) words.push('its card identification (CID) differs')
  if (words.length === 0 && chosen.diskseq !== now.diskseq)
    words.push('a card was removed and inserted in the meantime')
  return words
}

async function openDevice(path: string, found: JudgedCard): Promise<number> {
  for (let attempt = 1; ; attempt++)
    try {
      return await open(path, constants.O_RDWR | constants.O_EXCL | constants.O_DIRECT)
    } catch (caught) {
      const error = caught as NodeJS.ErrnoException
      // Whoever just looks at a fresh card (a desktop, another Bramble) lets go in a moment.
      if (error.code !== 'EBUSY' || attempt === busyAttempts) throw await refusal(path, found, error)
      await pause(busyPause)
    }
}

async function refusal(path: string, found: JudgedCard, error: NodeJS.ErrnoException): Promise<Error> {
  switch (error.code) {
    case 'EBUSY': {
      const holder = await holderOf(numbersOf(found.node))
      const words = holder ?? 'something that Bramble cannot see uses it (a storage pool, or a program of another user)'
      return new Trouble(
        'card-busy',
        `${path} is busy: ${words}.`,
        'Unmount it or stop what uses it, then flash again.',
      )
    }
    case 'EROFS':
      return new Trouble(
        'card-read-only',
        `${path} is write-protected.`,
        'Unlock the write-protect switch on the edge of the card and insert it again.',
      )
    case 'EACCES':
    case 'EPERM':
      return new Trouble('no-permission', `Bramble has no permission to write ${path}.`, permissionCure)
    case 'ENOENT':
    case 'ENXIO':
    case 'ENODEV':
    case 'ENOMEDIUM':
      return gone(path, error)
    default:
      return new Trouble(
        'card-io',
        `${path} cannot be opened: ${error.message}.`,
        'Try another reader, then another card.',
      )
  }
}

export const permissionCure =
  'Add the user that runs Bramble to the group disk (`sudo usermod -aG disk $USER`), log in again and start Bramble again; or run it as root.'

/** Between the look and the open a card can be changed: what was opened is asked once more. */
async function compareOpen(fd: number, identity: CardIdentity, { number, node }: JudgedCard): Promise<void> {
  const { rdev } = await fstat(fd)
  const sysfs = (file: string) => readFile(`/sys/block/${node.name}/${file}`, 'utf8').then((text) => text.trim())
  const [dev, size, diskseq] = await Promise.all([
    sysfs('dev'),
    sysfs('size'),
    sysfs('diskseq').catch((error) => (error.code === 'ENOENT' ? null : Promise.reject(error))),
  ]).catch((error) => Promise.reject(gone(identity.path, error)))
  const opened = deviceNumber(rdev)
  if (opened !== number || dev !== number) throw swapped(identity.path, ['the device number differs'])
  const bytes = Number(size) * 512
  if (bytes === 0) throw gone(identity.path)
  const differences = differencesOf(identity, {
    ...identity,
    size: bytes,
    diskseq: identity.diskseq === null ? null : diskseq,
  })
  if (differences.length > 0) throw swapped(identity.path, differences)
}

/** Read-only: closing a writable descriptor makes a desktop mount the card. */
async function flush(path: string): Promise<void> {
  const fd = await open(path, constants.O_RDONLY)
  await fsync(fd).finally(() => close(fd))
}

/** Everything on the card, and out of the reader where there is such a thing. */
export async function ejectLinuxCard(identity: CardIdentity): Promise<void> {
  const { path } = identity
  const { card } = await sameCard(identity, [])
  await flush(path)
  // Built-in readers and virtual slots have nothing to eject; a reader's power would go for all its slots.
  if (card.bus !== 'usb' || !card.removable) return
  const ended = await run(['eject', path], { timeout: 20_000 }).catch(() => null)
  if (ended?.code !== 0)
    throw new Trouble(
      'card-not-ejected',
      ended ? `The reader did not eject ${path}.` : 'The program eject is missing on this station.',
      'The card is complete: remove it when the light of the reader has stopped.',
    )
}
