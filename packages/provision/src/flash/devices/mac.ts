/** The disks of a Mac as cards: shown, not written. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Card } from '@bramble/cluster'
import { must } from '@bramble/process'
import { parse } from 'plist'
import { z } from 'zod'
import { Trouble } from '../../engine/types.ts'
import { cleanText, listed, sizeWords } from './words.ts'

const Volume = z.object({
  DeviceIdentifier: z.string(),
  Size: z.number().default(0),
  Content: z.string().default(''),
  VolumeName: z.string().default(''),
  MountPoint: z.string().optional(),
})
type Volume = z.infer<typeof Volume>

const Disk = Volume.extend({
  Partitions: z.array(Volume).default([]),
  APFSVolumes: z.array(Volume).default([]),
  APFSPhysicalStores: z.array(z.object({ DeviceIdentifier: z.string() })).default([]),
})
const List = z.object({ AllDisksAndPartitions: z.array(Disk) })
export type MacDisk = z.infer<typeof Disk>

const Info = z.object({
  DeviceIdentifier: z.string(),
  DeviceNode: z.string(),
  TotalSize: z.number().optional(),
  Size: z.number().optional(),
  MediaName: z.string().default(''),
  BusProtocol: z.string().default(''),
  VirtualOrPhysical: z.string().default('Unknown'),
  Internal: z.boolean().default(false),
  RemovableMedia: z.boolean().default(false),
  Writable: z.boolean().default(true),
  WritableMedia: z.boolean().default(true),
})
export type MacInfo = z.infer<typeof Info>

/** Output of `diskutil list -plist`. */
export const parseMacList = (text: string): MacDisk[] => List.parse(parse(text)).AllDisksAndPartitions
/** Output of `diskutil info -plist diskN`. */
export const parseMacInfo = (text: string): MacInfo => Info.parse(parse(text))

export async function macCards(): Promise<Card[]> {
  const disks = parseMacList(await must(['diskutil', 'list', '-plist'], { timeout: 20_000 }))
  const infos = disks.map(async ({ DeviceIdentifier }) =>
    parseMacInfo(await must(['diskutil', 'info', '-plist', DeviceIdentifier], { timeout: 20_000 })),
  )
  return cardsOfMac(disks, await Promise.all(infos))
}

export async function watchMacCards(options: {
  signal: AbortSignal
  onChange: (cards: Card[]) => void
}): Promise<void> {
  const { signal, onChange } = options
  let told = ''
  while (!signal.aborted) {
    const cards = await macCards()
    if (JSON.stringify(cards) !== told && !signal.aborted) onChange(cards)
    told = JSON.stringify(cards)
    await pause(1_500, undefined, { signal }).catch(() => undefined)
  }
}

export function notOnMac(): Trouble {
  // macOS has no exclusive open of a disk and no count of insertions: a swapped card could not be told from the chosen one.
  return new Trouble(
    'not-on-macos',
    'Bramble does not write cards on macOS, which cannot guarantee that the card is still the selected one.',
    'Put the card into a Linux machine that is joined as a station (`./bramble station`), or into one of your Pis.',
  )
}

/** Pure. Disk images and the disks that APFS makes up are left out. */
export function cardsOfMac(disks: readonly MacDisk[], infos: readonly MacInfo[]): Card[] {
  return disks.flatMap((disk) => {
    const info = infos.find(({ DeviceIdentifier }) => DeviceIdentifier === disk.DeviceIdentifier)
    const size = info?.TotalSize ?? info?.Size ?? disk.Size
    if (!info || info.VirtualOrPhysical === 'Virtual' || disk.APFSPhysicalStores.length > 0 || size === 0) return []
    const volumes = [...disk.Partitions, ...containersOn(disk, disks).flatMap(({ APFSVolumes }) => APFSVolumes)]
    const card: Card = {
      identity: { path: info.DeviceNode, size, serial: null, cid: null, diskseq: null },
      vendor: '',
      model: cleanText(info.MediaName, 100),
      bus: busOf(info.BusProtocol),
      removable: info.RemovableMedia,
      contents: contentsOf(volumes),
      ...offerOf(info, volumes),
    }
    return [card]
  })
}

function containersOn(disk: MacDisk, disks: readonly MacDisk[]): MacDisk[] {
  const parts = new Set([disk.DeviceIdentifier, ...disk.Partitions.map(({ DeviceIdentifier }) => DeviceIdentifier)])
  return disks.filter(({ APFSPhysicalStores }) =>
    APFSPhysicalStores.some(({ DeviceIdentifier }) => parts.has(DeviceIdentifier)),
  )
}

function offerOf(info: MacInfo, volumes: readonly Volume[]): Pick<Card, 'offer' | 'reason'> {
  const points = volumes.flatMap(({ MountPoint }) => cleanText(MountPoint ?? '', 100) || [])
  if (points.some((point) => point === '/' || point.startsWith('/System/Volumes') || point.startsWith('/private/var')))
    return { offer: 'never', reason: 'It is the system disk of this machine.' }
  if (points.length > 0) {
    const words = listed(points.slice(0, 3))
    return {
      offer: 'never',
      reason: `It is mounted on ${words}: unmount it first (diskutil unmountDisk ${info.DeviceNode}).`,
    }
  }
  if (!info.WritableMedia || !info.Writable) return { offer: 'never', reason: 'It is write-protected.' }
  if (info.Internal && !info.RemovableMedia) return { offer: 'never', reason: 'It is a disk built into this Mac.' }
  if (!info.RemovableMedia) return { offer: 'explicit', reason: 'It is a fixed disk, not a card.' }
  return { offer: 'offered', reason: '' }
}

function contentsOf(volumes: readonly Volume[]): Card['contents'] {
  const named = volumes.filter(({ Content, VolumeName }) => Content !== '' || VolumeName !== '')
  // diskutil knows partitions only: a card without any may still hold data.
  if (named.length === 0) return { kind: 'unknown', words: 'Unknown' }
  const words = named.slice(0, 4).map(({ Content, VolumeName, Size }) => {
    const name = cleanText(VolumeName, 60)
    return `${cleanText(Content, 40)}${name ? ` "${name}"` : ''}, ${sizeWords(Size)}`
  })
  return { kind: 'other', words: words.join(', ').slice(0, 400) }
}

function busOf(protocol: string): Card['bus'] {
  if (protocol === 'Secure Digital') return 'mmc'
  if (protocol === 'USB') return 'usb'
  if (protocol === 'SATA') return 'sata'
  return protocol === 'PCI-Express' || protocol === 'Apple Fabric' ? 'nvme' : 'other'
}
