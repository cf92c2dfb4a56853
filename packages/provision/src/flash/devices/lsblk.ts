/** What `lsblk -J -b -O` prints, in one shape for every version of it: old ones write numbers and flags as text. */
import { z } from 'zod'
import { cleanText } from './words.ts'

const flag = z
  .union([z.boolean(), z.string(), z.number()])
  .nullish()
  .transform((value) => value === true || value === '1' || value === 1)
const count = z
  .union([z.number(), z.string()])
  .nullish()
  .transform((value) => {
    const number = Number(value ?? 0)
    return Number.isSafeInteger(number) && number >= 0 ? number : 0
  })
/** Labels and models are written by whoever made the medium. */
const text = z
  .string()
  .nullish()
  .transform((value) => cleanText(value ?? '', 100) || null)
const raw = z
  .string()
  .nullish()
  .transform((value) => value ?? null)

const Row = z.object({
  name: z.string(),
  kname: raw,
  path: raw,
  'maj:min': z.string().transform((value) => value.trim()),
  type: z.string(),
  size: count,
  ro: flag,
  rm: flag,
  tran: raw,
  vendor: text,
  model: text,
  serial: text,
  fstype: raw,
  label: text,
  uuid: raw,
  pttype: raw,
  start: z
    .union([z.number(), z.string()])
    .nullish()
    .transform((value) => (value === null || value === undefined ? null : Number(value))),
  mountpoint: raw,
  mountpoints: z.array(z.string().nullable()).nullish(),
  children: z.array(z.unknown()).nullish(),
})

/** A block device and what is built on it. A RAID lies below each of its disks. */
export interface BlockNode {
  /** The kernel's name: sda, dm-0. */
  name: string
  path: string
  /** `8:0` */
  number: string
  /** disk, part, crypt, lvm, raid1, mpath, loop, rom … */
  type: string
  /** Bytes. */
  size: number
  readOnly: boolean
  removable: boolean
  transport: string | null
  vendor: string | null
  model: string | null
  serial: string | null
  fstype: string | null
  label: string | null
  uuid: string | null
  partitionTable: string | null
  /** First byte on its disk; null for what is not a partition, or when lsblk is too old to say. */
  offset: number | null
  mountpoints: string[]
  children: BlockNode[]
}

/** Throws what zod or JSON throws when it is not lsblk's output. */
export function parseLsblk(json: string): BlockNode[] {
  const { blockdevices } = z.object({ blockdevices: z.array(z.unknown()) }).parse(JSON.parse(json))
  return blockdevices.map(nodeOf)
}

function nodeOf(value: unknown): BlockNode {
  const row = Row.parse(value)
  const name = row.kname ?? row.name
  const mounted = row.mountpoints ?? [row.mountpoint]
  return {
    name,
    path: row.path ?? `/dev/${name}`,
    number: row['maj:min'],
    type: row.type,
    size: row.size,
    readOnly: row.ro,
    removable: row.rm,
    transport: row.tran,
    vendor: row.vendor,
    model: row.model,
    serial: row.serial,
    fstype: row.fstype,
    label: row.label,
    uuid: row.uuid,
    partitionTable: row.pttype,
    offset: row.start === null || !Number.isFinite(row.start) ? null : row.start * 512,
    mountpoints: mounted.filter((point): point is string => typeof point === 'string' && point !== ''),
    children: (row.children ?? []).map(nodeOf),
  }
}

/** The node and everything on it. */
export function subtree(node: BlockNode): BlockNode[] {
  return [node, ...node.children.flatMap(subtree)]
}
