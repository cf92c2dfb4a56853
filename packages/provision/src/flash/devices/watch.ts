/** Cards as they come and go. The kernel's own files are compared; lsblk runs only when one of them changed. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { Card } from '@bramble/cluster'
import { linuxCards, writing } from './linux.ts'
import { isLooking } from './recall.ts'
import { isDiskName } from './station.ts'

const interval = 1_000
/** Udev and the desktop are still at work when a card has just come. */
const roundsAfterChange = 3

/** Calls `onChange` at the start and on each change, within two seconds; resolves at abort. Throws when it never could list. */
export async function watchLinuxCards(options: {
  protect: readonly string[]
  signal: AbortSignal
  onChange: (cards: Card[]) => void
}): Promise<void> {
  const { protect, signal, onChange } = options
  let told = ''
  let before = ''
  let rounds = 0
  while (!signal.aborted) {
    const now = await fingerprint()
    if (now !== before) rounds = roundsAfterChange
    if (rounds-- > 0 || isLooking()) {
      const cards = await list(protect, told === '')
      const words = JSON.stringify(cards)
      if (cards && words !== told && !signal.aborted) {
        told = words
        onChange(cards)
      }
      if (cards) before = now
    }
    await pause(interval, undefined, { signal }).catch(() => undefined)
  }
}

/** A card pulled in the middle of a listing makes lsblk fail: the next round lists again. */
async function list(protect: readonly string[], first: boolean): Promise<Card[] | null> {
  try {
    return (await linuxCards(protect, 'soon')).map(({ card }) => card)
  } catch (error) {
    if (first) throw error
    return null
  }
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha1')
  const text = (path: string) => readFile(path, 'utf8').catch(() => '')
  for (const path of ['/proc/self/mountinfo', '/proc/swaps']) hash.update(await text(path))
  const names = await readdir('/sys/block')
  for (const name of names.sort()) {
    hash.update(`\n${name}`)
    if (!isDiskName(name)) continue
    const base = `/sys/block/${name}`
    for (const file of ['size', 'diskseq', 'ro', 'loop/backing_file'])
      hash.update(`|${(await text(`${base}/${file}`)).trim()}`)
    hash.update(`|${await writes(base)}|${(await readdir(base)).filter((entry) => entry.startsWith(name)).join()}`)
  }
  return hash.update([...writing].join()).digest('hex')
}

/** Only of cards: the system's own disk is written all the time. */
async function writes(base: string): Promise<string> {
  const text = (path: string) => readFile(`${base}/${path}`, 'utf8').catch(() => '')
  const isCard = (await text('removable')).startsWith('1') || base.includes('mmcblk') || base.includes('loop')
  return isCard ? ((await text('stat')).trim().split(/\s+/)[6] ?? '') : ''
}
