/** Everything the kernel of this machine tells about its disks, gathered once; what follows from it is decided elsewhere. */
import { existsSync } from 'node:fs'
import { readdir, readFile, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { must } from '@bramble/process'
import { type BlockNode, parseLsblk, subtree } from './lsblk.ts'
import { type Mount, parseMountinfo, unescaped } from './mounts.ts'
import { signatureOf } from './signatures.ts'
import { cleanText } from './words.ts'

export interface DiskFacts {
  /** Counts insertions; null before Linux 5.15. */
  diskseq: string | null
  /** Sectors written since it appeared: when it grew, what was read from the disk is old. */
  written: string
  cid: string | null
  /** `SD` is a card, `MMC` is soldered. */
  mmc: { type: string; name: string; maker: string } | null
  usb: { vendor: string | null; product: string | null; serial: string | null } | null
  /** File behind a loop device; `whole` is false when it shows only a part of it. */
  backing: { file: string; whole: boolean } | null
}

export interface Station {
  disks: BlockNode[]
  facts: ReadonlyMap<string, DiskFacts>
  mounts: Mount[]
  /** Active swap: devices and files. */
  swaps: string[]
  together: string[][]
  /** Device paths that are links, to kernel names. */
  names: ReadonlyMap<string, string>
}

const disk = /^(sd[a-z]+|hd[a-z]|vd[a-z]+|xvd[a-z]+|ub[a-z]|mmcblk\d+|nvme\d+n\d+|loop\d+)$/

/** Everything else with a disk's type (zram, nbd, zvols, eMMC boot areas, floppies) is no place for a card image. */
export function isDiskName(name: string): boolean {
  return disk.test(name)
}

export async function lookAtStation(): Promise<Station> {
  const [json, mountinfo, swaps] = await Promise.all([
    must(['lsblk', '-J', '-b', '-O'], { timeout: 20_000, env: { LC_ALL: 'C' } }),
    readFile('/proc/self/mountinfo', 'utf8'),
    readFile('/proc/swaps', 'utf8').catch(() => ''),
  ])
  const disks = parseLsblk(json)
  const mounts = parseMountinfo(mountinfo)
  const tops = disks.filter(({ name }) => isDiskName(name))
  const facts = new Map(await Promise.all(tops.map(async ({ name }) => [name, await factsOf(name)] as const)))
  // Without udev (a container) lsblk knows no file systems: a RAID's member must not pass for an empty disk.
  if (!existsSync('/run/udev/data')) await Promise.all(tops.flatMap(subtree).map(sign))
  const sources = mounts.map(({ source }) => source).filter((source) => source.startsWith('/dev/'))
  return {
    disks,
    facts,
    mounts,
    swaps: parseSwaps(swaps),
    together: await spannedVolumes(),
    names: new Map(await Promise.all(sources.map(async (source) => [source, await kernelName(source)] as const))),
  }
}

async function sign(node: BlockNode): Promise<void> {
  if (node.fstype !== null || node.size === 0 || node.name.startsWith('loop') || !existsSync(node.path)) return
  const found = await signatureOf(node.path)
  node.fstype = found.fstype
  node.label ??= found.label
  node.uuid ??= found.uuid
  node.partitionTable ??= found.partitionTable
}

/** Names of /proc/swaps; blanks are octal there as in mountinfo. */
export function parseSwaps(text: string): string[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => unescaped(line.split(/\s/)[0] ?? '') || [])
}

async function kernelName(path: string): Promise<string> {
  const real = await realpath(path).catch(() => path)
  return real.replace(/^\/dev\//, '')
}

async function factsOf(name: string): Promise<DiskFacts> {
  const base = join('/sys/block', name)
  const text = async (path: string) => cleanText(await readFile(join(base, path), 'utf8').catch(() => ''), 200) || null
  const [diskseq, stat, cid, mmcType, mmcName, maker, file, offset, limit] = await Promise.all([
    text('diskseq'),
    text('stat'),
    name.startsWith('mmcblk') ? text('device/cid') : null,
    name.startsWith('mmcblk') ? text('device/type') : null,
    text('device/name'),
    text('device/manfid'),
    readFile(join(base, 'loop/backing_file'), 'utf8').catch(() => null),
    text('loop/offset'),
    text('loop/sizelimit'),
  ])
  return {
    diskseq,
    written: stat?.split(' ')[6] ?? '0',
    cid,
    mmc: mmcType ? { type: mmcType, name: mmcName ?? '', maker: maker ?? '' } : null,
    usb: await usbOf(base),
    backing: file ? { file: file.replace(/\n$/, ''), whole: offset === '0' && limit === '0' } : null,
  }
}

/** A disk on USB is some levels below the device that has names and a serial number. */
async function usbOf(base: string): Promise<DiskFacts['usb']> {
  let folder = await realpath(join(base, 'device')).catch(() => null)
  for (let level = 0; folder?.startsWith('/sys/devices/') && level < 12; level++, folder = dirname(folder)) {
    if (!existsSync(join(folder, 'idVendor'))) continue
    const at = folder
    const text = async (path: string) => cleanText(await readFile(join(at, path), 'utf8').catch(() => ''), 100) || null
    const [vendor, product, serial] = await Promise.all([text('manufacturer'), text('product'), text('serial')])
    return { vendor, product, serial }
  }
  return null
}

/** Mounted file systems over several devices: mountinfo names one of them, the kernel knows them all. */
async function spannedVolumes(): Promise<string[][]> {
  const names = (folder: string) => readdir(folder).catch(() => [] as string[])
  const btrfs = (await names('/sys/fs/btrfs')).map((uuid) => names(join('/sys/fs/btrfs', uuid, 'devices')))
  const bcachefs = (await names('/sys/fs/bcachefs')).map(async (uuid) => {
    const members = (await names(join('/sys/fs/bcachefs', uuid))).filter((entry) => entry.startsWith('dev-'))
    const blocks = members.map((member) => realpath(join('/sys/fs/bcachefs', uuid, member, 'block')).catch(() => null))
    return (await Promise.all(blocks)).flatMap((path) => path?.split('/').at(-1) ?? [])
  })
  return (await Promise.all([...btrfs, ...bcachefs])).filter((group) => group.length > 1)
}
