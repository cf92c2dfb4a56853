/** What a file is, told by its first bytes: names lie. */
import { open, stat } from 'node:fs/promises'
import { Trouble } from '../../engine/types.ts'

export type Format = 'xz' | 'gz' | 'zst' | 'zip' | 'raw'

const magics: readonly { format: Format; bytes: Buffer }[] = [
  { format: 'xz', bytes: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]) },
  { format: 'gz', bytes: Buffer.from([0x1f, 0x8b, 0x08]) },
  { format: 'zst', bytes: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]) },
  { format: 'zip', bytes: Buffer.from('PK\x03\x04', 'latin1') },
  // A zip without entries.
  { format: 'zip', bytes: Buffer.from('PK\x05\x06', 'latin1') },
]

/** `raw` when it carries no known sign of compression. */
export async function formatOf(path: string): Promise<Format> {
  const file = await open(path, 'r')
  try {
    const head = Buffer.alloc(8)
    const { bytesRead } = await file.read(head, 0, head.length, 0)
    const start = head.subarray(0, bytesRead)
    return magics.find(({ bytes }) => start.subarray(0, bytes.length).equals(bytes))?.format ?? 'raw'
  } finally {
    await file.close()
  }
}

/** True when the first sectors carry an MBR or GPT. `head`: the first 1024 bytes, or all there are. */
export function hasPartitionTable(head: Buffer): boolean {
  const mbr = head.length >= 512 && head.readUInt16LE(510) === 0xaa55
  const gpt = head.length >= 520 && head.toString('latin1', 512, 520) === 'EFI PART'
  return mbr || gpt
}

/** The words of the programs tell a file that ends too early from one that is broken. */
export function badPacking(name: string, program: string, words: string): Trouble {
  if (/unexpected end|premature end|truncated|end of central directory/i.test(words))
    return new Trouble(
      'image-truncated',
      `${name} is incomplete: its copy or download did not finish (${program}: ${words}).`,
      'Copy or download the file again and compare its size with the original.',
    )
  return new Trouble(
    'image-corrupt',
    `${name} is damaged (${program}: ${words}).`,
    'Download the file again and compare its SHA-256 with the published one.',
  )
}

/** A pipe would never end, and a device is a disk that somebody may not be allowed to read. */
export async function requireFile(path: string, name: string): Promise<void> {
  const found = await stat(path).catch((error) => {
    throw unreadable(error, name)
  })
  if (found.isFile()) return
  const what = found.isDirectory() ? 'is a folder' : 'is a device or a pipe, not a file'
  throw new Trouble('image-format', `${name} ${what}.`, 'Give the path of an image file.')
}

export function unreadable(error: unknown, name: string): unknown {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new Trouble('image-missing', `${name} does not exist.`, 'Check the path, or upload the file again.')
  if (code === 'EACCES' || code === 'EPERM')
    return new Trouble(
      'image-missing',
      `${name} is not readable.`,
      'Give the user that runs Bramble permission to read it.',
    )
  return error
}

export function tooLong(name: string, limit: number): Trouble {
  return new Trouble(
    'image-checksum',
    `The unpacked content of ${name} has more than ${limit} bytes, more than expected.`,
    'Check the address or the path, and the description by the publisher of the image.',
  )
}

export function noImage(name: string): Trouble {
  return new Trouble(
    'image-format',
    `${name} is not a disk image: it has no partition table.`,
    'Choose an .img file, or one packed as .img.xz, .img.gz, .img.zst or .zip.',
  )
}
