/** Partition tables, MBR and GPT, as far as an image for a Pi needs them. */
import type { FileHandle } from 'node:fs/promises'
import type { ByteRange } from '../types.ts'

const sector = 512

/** Partitions in the table's order, wherever they end. Empty: no table, or nothing usable in it. */
export async function readPartitions(image: FileHandle): Promise<ByteRange[]> {
  const mbr = await read(image, 0, sector)
  if (mbr.length < sector || mbr.readUInt16LE(510) !== 0xaa55) return []
  const entries = [0, 1, 2, 3].map((index) => mbr.subarray(446 + index * 16, 462 + index * 16))
  // A GPT hides behind one MBR entry of this type.
  const partitions = entries.some((entry) => entry[4] === 0xee) ? await readGpt(image) : entries.flatMap(fromMbr)
  return partitions.filter(({ offset, length }) => length > 0 && offset > 0)
}

function fromMbr(entry: Buffer): ByteRange[] {
  if (entry[4] === 0) return []
  return [{ offset: entry.readUInt32LE(8) * sector, length: entry.readUInt32LE(12) * sector }]
}

async function readGpt(image: FileHandle): Promise<ByteRange[]> {
  const header = await read(image, sector, sector)
  if (header.length < sector || header.toString('latin1', 0, 8) !== 'EFI PART') return []
  const count = Math.min(header.readUInt32LE(80), 128)
  const entrySize = header.readUInt32LE(84)
  if (entrySize < 128 || entrySize > 4096) return []
  const table = await read(image, Number(header.readBigUInt64LE(72)) * sector, count * entrySize)
  const partitions: ByteRange[] = []
  for (let at = 0; at + entrySize <= table.length; at += entrySize) {
    const type = table.toString('hex', at, at + 16)
    if (/^0+$/.test(type)) continue
    const first = Number(table.readBigUInt64LE(at + 32))
    const last = Number(table.readBigUInt64LE(at + 40))
    partitions.push({ offset: first * sector, length: (last - first + 1) * sector })
  }
  return partitions
}

/** True when a FAT file system begins there: types in tables are a habit, not a proof. */
export async function isFat(image: FileHandle, { offset }: ByteRange): Promise<boolean> {
  const boot = await read(image, offset, sector)
  if (boot.length < sector || boot.readUInt16LE(510) !== 0xaa55) return false
  return boot.toString('latin1', 54, 57) === 'FAT' || boot.toString('latin1', 82, 85) === 'FAT'
}

/** True when an ext2, ext3 or ext4 file system begins there. */
export async function isExt(image: FileHandle, { offset }: ByteRange): Promise<boolean> {
  const magic = await read(image, offset + 1024 + 56, 2)
  return magic.length === 2 && magic.readUInt16LE(0) === 0xef53
}

async function read(image: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await image.read(buffer, 0, length, position)
  return buffer.subarray(0, bytesRead)
}
