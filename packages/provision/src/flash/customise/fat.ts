/** Reads files of a FAT partition as the firmware does, straight from the card: no copy, no mount, no mtools. */
import type { ByteRange } from '../types.ts'

/** Bytes at an absolute offset of the card. */
export type ReadAt = (offset: number, length: number) => Promise<Buffer>

interface Entry {
  name: string
  folder: boolean
  cluster: number
  size: number
}

/** Throws an Error when it is no FAT file system or the chain of a file is broken. */
export async function openFat(read: ReadAt, place: ByteRange): Promise<FatVolume> {
  const sector = await readAligned(read, place.offset, 512)
  const bytesPerSector = sector.readUInt16LE(11)
  const sectorsPerCluster = sector.readUInt8(13)
  if (sector.readUInt16LE(510) !== 0xaa55 || ![512, 1024, 2048, 4096].includes(bytesPerSector) || !sectorsPerCluster)
    throw new Error('it is not a FAT file system')
  const reserved = sector.readUInt16LE(14)
  const copies = sector.readUInt8(16)
  const rootEntries = sector.readUInt16LE(17)
  const perFat = sector.readUInt16LE(22) || sector.readUInt32LE(36)
  const sectors = sector.readUInt16LE(19) || sector.readUInt32LE(32)
  const rootStart = reserved + copies * perFat
  const rootSectors = Math.ceil((rootEntries * 32) / bytesPerSector)
  const clusters = Math.floor((sectors - rootStart - rootSectors) / sectorsPerCluster)
  const bits = clusters < 4085 ? 12 : clusters < 65525 ? 16 : 32
  return new FatVolume({
    read: (offset, length) => readAligned(read, place.offset + offset, length),
    table: await readAligned(read, place.offset + reserved * bytesPerSector, perFat * bytesPerSector),
    bits,
    clusters,
    clusterSize: sectorsPerCluster * bytesPerSector,
    data: (rootStart + rootSectors) * bytesPerSector,
    root:
      bits === 32
        ? sector.readUInt32LE(44)
        : { offset: rootStart * bytesPerSector, length: rootSectors * bytesPerSector },
  })
}

interface Layout {
  read: ReadAt
  table: Buffer
  bits: 12 | 16 | 32
  clusters: number
  clusterSize: number
  /** Offset of cluster 2 in the partition. */
  data: number
  root: number | ByteRange
}

export class FatVolume {
  readonly #layout: Layout

  constructor(layout: Layout) {
    this.#layout = layout
  }

  /** What the file system uses, in bytes of the partition: its head with the tables, then all clusters that are taken. */
  used(): ByteRange[] {
    const { clusters, clusterSize, data } = this.#layout
    const ranges = [{ offset: 0, length: data }]
    for (let cluster = 2; cluster < clusters + 2; cluster++) {
      if (this.#next(cluster) === 0) continue
      const offset = data + (cluster - 2) * clusterSize
      const last = ranges.at(-1)
      if (last && last.offset + last.length === offset) last.length += clusterSize
      else ranges.push({ offset, length: clusterSize })
    }
    return ranges
  }

  /** Content of the file at a path such as `bramble/card.json`; null when there is none. */
  async file(path: string): Promise<Buffer | null> {
    const { root } = this.#layout
    let folder = entriesOf(
      typeof root === 'number' ? await this.#chain(root) : await this.#layout.read(root.offset, root.length),
    )
    const parts = path.split('/')
    for (const [index, part] of parts.entries()) {
      const entry = folder.find(({ name }) => name.toLowerCase() === part.toLowerCase())
      if (!entry) return null
      const last = index === parts.length - 1
      if (last !== !entry.folder) return null
      if (last) return entry.size === 0 ? Buffer.alloc(0) : (await this.#chain(entry.cluster)).subarray(0, entry.size)
      folder = entriesOf(await this.#chain(entry.cluster))
    }
    return null
  }

  async #chain(first: number): Promise<Buffer> {
    const { read, clusterSize, clusters, data } = this.#layout
    const parts: Buffer[] = []
    for (let cluster = first; !this.#isEnd(cluster); cluster = this.#next(cluster)) {
      if (cluster < 2 || cluster >= clusters + 2 || parts.length > clusters)
        throw new Error('its cluster chain is damaged')
      parts.push(await read(data + (cluster - 2) * clusterSize, clusterSize))
    }
    return Buffer.concat(parts)
  }

  #next(cluster: number): number {
    const { table, bits } = this.#layout
    if (bits === 32) return table.readUInt32LE(cluster * 4) & 0x0fffffff
    if (bits === 16) return table.readUInt16LE(cluster * 2)
    const pair = table.readUInt16LE(cluster + (cluster >> 1))
    return cluster & 1 ? pair >> 4 : pair & 0xfff
  }

  #isEnd(cluster: number): boolean {
    return cluster >= { 12: 0xff8, 16: 0xfff8, 32: 0x0ffffff8 }[this.#layout.bits]
  }
}

/** A long name stands in pieces before its entry, the last piece first. */
function entriesOf(folder: Buffer): Entry[] {
  const entries: Entry[] = []
  let long = ''
  for (let at = 0; at + 32 <= folder.length; at += 32) {
    const raw = folder.subarray(at, at + 32)
    const attributes = raw.readUInt8(11)
    if (raw[0] === 0) break
    if (raw[0] === 0xe5) long = ''
    else if (attributes === 0x0f) long = longPiece(raw) + long
    else {
      if (!(attributes & 0x08))
        entries.push({
          name: long || shortName(raw),
          folder: (attributes & 0x10) !== 0,
          cluster: raw.readUInt16LE(20) * 65536 + raw.readUInt16LE(26),
          size: raw.readUInt32LE(28),
        })
      long = ''
    }
  }
  return entries
}

function longPiece(raw: Buffer): string {
  const units = Buffer.concat([raw.subarray(1, 11), raw.subarray(14, 26), raw.subarray(28, 32)])
  return units.toString('utf16le').replace(/\0.*$/s, '')
}

function shortName(raw: Buffer): string {
  const name = raw.toString('latin1', 0, 8).trimEnd()
  const end = raw.toString('latin1', 8, 11).trimEnd()
  return end ? `${name}.${end}` : name
}

/** A card opened for direct reads takes whole blocks only. */
async function readAligned(read: ReadAt, offset: number, length: number): Promise<Buffer> {
  const start = Math.floor(offset / 4096) * 4096
  const end = Math.ceil((offset + length) / 4096) * 4096
  const buffer = await read(start, end - start)
  if (buffer.length < offset - start + length) throw new Error('the card ends before it')
  return buffer.subarray(offset - start, offset - start + length)
}
