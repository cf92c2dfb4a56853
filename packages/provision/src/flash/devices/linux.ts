/** The disks of a Linux machine as cards. */
import { constants } from 'node:fs'
import { open, realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Card, CardIdentity } from '@bramble/cluster'
import { contentsFromLsblk } from './contents.ts'
import { type BlockNode, subtree } from './lsblk.ts'
import { isRemovable, Judge, type Verdict } from './offer.ts'
import { forgetOthers, type ReadPace, recallContents } from './recall.ts'
import { slotOf } from './slots.ts'
import { type DiskFacts, isDiskName, lookAtStation, type Station } from './station.ts'

/** A card, and the decision in the form that opening it needs. */
export interface JudgedCard {
  card: Card
  verdict: Verdict
  /** `8:16` */
  number: string
  node: BlockNode
}

/** Devices that this process is writing: nobody looks into them meanwhile. */
export const writing = new Set<string>()

/** Contents are `unknown` when `pace` is `none`. `own`: the caller itself marked this path as being written. */
export async function linuxCards(
  protect: readonly string[],
  pace: ReadPace | 'none',
  own?: string,
): Promise<JudgedCard[]> {
  const [station, kept] = await Promise.all([lookAtStation(), Promise.all(protect.map(resolved))])
  const judge = new Judge(station, kept)
  const shown = cardNodes(station)
  const busy = new Set([...writing].filter((path) => path !== own))
  forgetOthers(new Set(shown.map(({ name }) => name)))
  return Promise.all(
    shown.map(async (node) => {
      const verdict = await withHiddenHolder(node, judge.judge(node, busy))
      const facts = station.facts.get(node.name)
      const contents = await contentsOf(node, facts, verdict, pace)
      return { card: { ...cardOf(node, facts, verdict), contents }, verdict, number: node.number, node }
    }),
  )
}

/** The disks worth showing: no empty reader, no loop device but a card slot. */
export function cardNodes(station: Station): BlockNode[] {
  return station.disks.filter(({ name, path, type, size }) => {
    if (size === 0 || !isDiskName(name) || !CardIdentity.shape.path.safeParse(path).success) return false
    if (type === 'loop') return slotOf(station.facts.get(name)?.backing ?? null) !== null
    return type === 'disk'
  })
}

async function contentsOf(
  node: BlockNode,
  facts: DiskFacts | undefined,
  { code }: Verdict,
  pace: ReadPace | 'none',
): Promise<Card['contents']> {
  if (pace === 'none') return { kind: 'unknown', words: 'Unknown' }
  if (code === 'card-protected') return contentsFromLsblk(node)
  const stamp = { insertion: `${facts?.diskseq}/${node.size}`, written: facts?.written ?? '0' }
  return recallContents(node, stamp, writing.has(node.path) ? 'never' : pace)
}

/** Pure: everything of a card but its contents. */
export function cardOf(node: BlockNode, facts: DiskFacts | undefined, verdict: Verdict): Omit<Card, 'contents'> {
  const slot = slotOf(facts?.backing ?? null)
  const { mmc = null, usb = null, cid = null, diskseq = null } = facts ?? {}
  return {
    identity: {
      path: node.path,
      size: node.size,
      serial: slot?.serial ?? serialOf(node, usb),
      cid,
      diskseq,
    },
    vendor: slot?.vendor ?? vendorOf(node, mmc, usb),
    model: slot?.model ?? node.model ?? mmc?.name ?? usb?.product ?? '',
    bus: busOf(node, slot !== null),
    removable: isRemovable(node, facts),
    offer: verdict.offer,
    reason: verdict.reason,
  }
}

/** Udev makes up serial numbers for USB, and only some time after the insertion; the same card must say the same at once. */
function serialOf({ serial }: BlockNode, usb: DiskFacts['usb']): string | null {
  return usb ? usb.serial : serial
}

/** Manufacturer numbers of the SD association that are known for certain. */
const sdMakers: Record<string, string> = {
  '0x000002': 'Toshiba',
  '0x000003': 'SanDisk',
  '0x00001b': 'Samsung',
  '0x000027': 'Phison',
  '0x000028': 'Lexar',
  '0x000041': 'Kingston',
  '0x000074': 'Transcend',
}

function vendorOf(node: BlockNode, mmc: DiskFacts['mmc'], usb: DiskFacts['usb']): string {
  if (mmc) return sdMakers[mmc.maker] ?? ''
  // virtio and ATA put a number or the word ATA here, which tells nobody anything.
  const vendor = node.vendor && !/^(0x[0-9a-f]+|ATA)$/i.test(node.vendor) ? node.vendor : null
  return vendor ?? usb?.vendor ?? ''
}

function busOf({ name, transport }: BlockNode, slot: boolean): Card['bus'] {
  if (slot || name.startsWith('vd') || name.startsWith('xvd') || transport === 'virtio') return 'virtual'
  if (name.startsWith('mmcblk') || transport === 'mmc') return 'mmc'
  if (name.startsWith('nvme') || transport === 'nvme') return 'nvme'
  if (transport === 'usb') return 'usb'
  return transport === 'sata' || transport === 'ata' || transport === 'ide' ? 'sata' : 'other'
}

/** ZFS, and whatever a container cannot see, hold a disk without a trace here; the kernel refuses a second exclusive open. */
async function withHiddenHolder(node: BlockNode, verdict: Verdict): Promise<Verdict> {
  // Only fixed disks: for a moment nobody else could mount the device, which a desktop tries on a fresh card.
  if (verdict.offer !== 'explicit') return verdict
  const handle = await open(node.path, constants.O_RDONLY | constants.O_EXCL).catch((error) => error.code as string)
  if (typeof handle !== 'string') await handle.close()
  if (handle !== 'EBUSY') return verdict
  const reason =
    'It is in use by something on this machine that Bramble cannot see: a container, a storage pool or a program.'
  return { offer: 'never', code: 'card-busy', reason, cure: 'Find and stop what uses it, or choose another card.' }
}

/** A path whose last folders may not exist yet, without symlinks. */
async function resolved(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : resolved(parent)
  }
}

/** Numbers of the disk and of everything on it. */
export const numbersOf = (node: BlockNode): Set<string> => new Set(subtree(node).map(({ number }) => number))
