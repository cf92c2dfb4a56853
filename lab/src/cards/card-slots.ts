/** The lab's card reader: files that act as SD cards in slots of this machine, until one is pulled out and put into a virtual Pi. */
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { must, run } from '@bramble/process'
import { LabError } from '../host/errors.ts'
import type { Layout, NodeLayout } from '../host/layout.ts'
import { waitFor } from '../host/waiting.ts'
import { type FakeCard, type FakeCardOptions, startFakeCard } from './fake-card.ts'

/** `reader`: a block device of this machine. `out`: on the table. A number: in the node of this number. */
export type CardPlace = 'reader' | 'out' | number

/** What is wrong with a card: slow, broken at a sector, or smaller than it says. */
export type CardFaults = Pick<
  FakeCardOptions,
  'readBytesPerSecond' | 'writeBytesPerSecond' | 'errorAt' | 'fakeRealSize'
>

export interface SlotRecord {
  number: number
  /** Bytes. */
  size: number
  place: CardPlace
  faults?: CardFaults
}

interface Loop {
  device: string
  /** False: a partition that is mounted. */
  isWhole: boolean
}

/** Faulty cards that this process serves, by file. */
const served = new Map<string, FakeCard>()

export const slotName = (slot: Pick<SlotRecord, 'number'>): string => `slot-${slot.number}`

/** The card's file while it is not in a node. Below `cards`: only what lies there is offered to be flashed. */
export const slotFile = (layout: Layout, slot: Pick<SlotRecord, 'number'>): string =>
  join(layout.cards, `${slotName(slot)}.img`)

/** A blank card, unless it is there. Takes no space until it is written. */
export async function makeCard(layout: Layout, slot: SlotRecord): Promise<void> {
  await mkdir(layout.cards, { recursive: true, mode: 0o700 })
  const file = await open(slotFile(layout, slot), 'a', 0o600)
  try {
    const size = slot.faults?.fakeRealSize ?? slot.size
    if ((await file.stat()).size < size) await file.truncate(size)
  } finally {
    await file.close()
  }
}

/** Puts the card into the reader: it becomes a block device. Already there is fine. */
export async function attachCard(layout: Layout, slot: SlotRecord): Promise<string> {
  const file = slotFile(layout, slot)
  // The server of a faulty card may have died with the supervisor that started it.
  if (slot.faults && !served.has(file)) await detachCard(layout, slot)
  const there = (await loopsOf(layout, slot)).at(0)
  if (there) return there.device
  if (slot.faults) {
    const card = await startFakeCard({ file, size: slot.size, ...slot.faults })
    served.set(file, card)
    return card.device
  }
  const wanted = ['losetup', '--find', '--show', '--nooverlap', file]
  // Direct, as a card is: what was written is in the file. A file system that cannot do it still works.
  const direct = await run([...wanted.slice(0, 1), '--direct-io=on', ...wanted.slice(1)], { timeout: 20_000 })
  return (direct.code === 0 ? direct.stdout : await must(wanted, { timeout: 20_000 })).trim()
}

/**
 * Pulls the card out of the reader: one with faults in the middle of a write if need be. Throws LabError `lab-card-busy` while
 * somebody holds another one's device open.
 */
export async function detachCard(layout: Layout, slot: SlotRecord): Promise<void> {
  const file = slotFile(layout, slot)
  await served.get(file)?.pull()
  served.delete(file)
  for (const { device } of await loopsOf(layout, slot)) await run(['losetup', '--detach', device], { timeout: 20_000 })
  // A look at the device (lsblk, the flash page) holds it for a moment; a flash holds it for minutes.
  await waitFor('the device', 5_000, async () => (await loopsOf(layout, slot)).length === 0).catch(() => {
    throw new LabError(
      'lab-card-busy',
      `The card of ${slotName(slot)} is in use. Wait until the flash has finished or cancel it, then try again.`,
    )
  })
  await endDaemons(mountOf(file))
}

/** Moves the card's file between the reader and the node. */
export async function carryCard(layout: Layout, slot: SlotRecord, node: NodeLayout, into: 'node' | 'reader') {
  const [from, to] = [slotFile(layout, slot), node.card]
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  await (into === 'node' ? rename(from, to) : rename(to, from))
}

/** Erases a card that is in no device and no node. */
export async function blankCard(layout: Layout, slot: SlotRecord): Promise<void> {
  await rm(slotFile(layout, slot), { force: true })
  await makeCard(layout, slot)
}

/** Takes every device of this lab's cards away, whoever made it. */
export async function detachAll(layout: Layout): Promise<void> {
  for (const [file, card] of served) {
    served.delete(file)
    await card.stop()
  }
  for (const { device } of await loopsBelow(layout.state))
    await run(['losetup', '--detach', device], { timeout: 20_000 })
  await endDaemons(`${layout.cards}/`)
}

/** Devices of the card in this slot, however it is served. */
export async function loopsOf(layout: Layout, slot: SlotRecord): Promise<Loop[]> {
  const file = slotFile(layout, slot)
  return [...(await loopsBelow(file)), ...(await loopsBelow(mountOf(file)))].filter(({ isWhole }) => isWhole)
}

const mountOf = (file: string) => file.replace(/\.img$/, '.dev')

/** Ends what a supervisor that died left serving below this path. */
async function endDaemons(path: string): Promise<void> {
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const words = (await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')).split('\0')
    if (words[0] !== 'qemu-storage-daemon' || !words.some((word) => word.includes(`"mountpoint":"${path}`))) continue
    try {
      process.kill(Number(name), 'SIGKILL')
    } catch {
      // It ended by itself meanwhile.
    }
  }
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '')
  for (const mount of mounts) if (mount.startsWith(path)) await run(['umount', '--lazy', mount], { timeout: 20_000 })
}

/** Loop devices whose file is `path` or lies below it: whole cards and mounted partitions. */
export async function loopsBelow(path: string): Promise<Loop[]> {
  const names = (await readdir('/sys/block')).filter((name) => /^loop\d+$/.test(name))
  const found = await Promise.all(
    names.map(async (name) => {
      const file = (await readFile(`/sys/block/${name}/loop/backing_file`, 'utf8').catch(() => '')).trim()
      if (file !== path && !file.startsWith(`${path}/`)) return []
      const offset = await readFile(`/sys/block/${name}/loop/offset`, 'utf8').catch(() => '0')
      return [{ device: `/dev/${name}`, isWhole: offset.trim() === '0' }]
    }),
  )
  return found.flat()
}

/** Bytes that the card takes on this machine's disk. */
export async function usedBytes(file: string): Promise<number> {
  return 512 * ((await stat(file).catch(() => null))?.blocks ?? 0)
}
