/** What is on a card, found without mounting it. Everything read here was written by a stranger. */
import { open } from 'node:fs/promises'
import { type CardContents, ClusterName, NodeName } from '@bramble/cluster'
import { start } from '@bramble/process'
import { z } from 'zod'
import { type BlockNode, subtree } from './lsblk.ts'
import { type Part, partsOf, signatureOf } from './signatures.ts'
import { cleanText, sizeWords } from './words.ts'

const edge = 1024 * 1024
const fileLimit = 64 * 1024
const filePatience = 5_000

/** What the files of a boot partition hold; null when there is none of that name. */
export interface BootFiles {
  bramble: string | null
  issue: string | null
  cmdline: string | null
}

/** Written to each card by Bramble's customising. */
const BrambleFile = z.object({
  cluster: ClusterName,
  node: NodeName,
  roles: z.array(z.string().regex(/^[a-z][a-z-]{0,19}$/)).max(8),
})

/** Reads the card. Never throws: what cannot be read is `unknown`, with the reason. */
export async function readContents(node: BlockNode): Promise<CardContents> {
  try {
    if ((await isBlank(node)) && subtree(node).every(({ fstype, partitionTable }) => !fstype && !partitionTable))
      return { kind: 'blank', words: 'Nothing' }
    const whole = await signatureOf(node.path)
    const parts = await partsOf(node.path)
    if (parts.length === 0) parts.push({ offset: 0, size: node.size, ...whole })
    // The firmware reads the first FAT partition, so that is the one which says what the card is.
    const boot = parts.find(({ fstype }) => fstype === 'vfat')
    return describe(parts, boot ? await bootFiles(node.path, boot.offset) : null)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'EACCES' || code === 'EPERM')
      return { kind: 'unknown', words: 'Unknown: no permission to read this device' }
    return { kind: 'unknown', words: `Unknown: not readable (${cleanText(code ?? String(error), 60)})` }
  }
}

/** What lsblk says of a disk that is never offered: its owner's files are not looked into. */
export function contentsFromLsblk(node: BlockNode): CardContents {
  const parts = subtree(node)
    .filter(({ fstype }) => fstype !== null)
    .map(({ fstype, label, size, uuid }) => ({ offset: 0, size, fstype, label, uuid, partitionTable: null }))
  return parts.length > 0 ? describe(parts, null) : { kind: 'unknown', words: 'Unknown' }
}

/** Pure: the words for what was found. */
export function describe(parts: readonly Part[], boot: BootFiles | null): CardContents {
  const bramble = boot?.bramble ? brambleOf(boot.bramble) : null
  if (bramble) {
    const roles = bramble.roles.length > 0 ? `: ${bramble.roles.join(', ')}` : ''
    return { kind: 'bramble', words: `Bramble node ${bramble.node} of ${bramble.cluster}${roles}`, ...bramble }
  }
  const reference = /^Raspberry Pi reference (\d{4}-\d{2}-\d{2})/.exec(boot?.issue ?? '')
  if (reference) return { kind: 'raspberry-pi-os', words: `Raspberry Pi OS of ${reference[1]}` }
  const known = parts.filter(({ fstype }) => fstype !== null)
  if (known.length === 0) return { kind: 'unknown', words: 'Data of an unknown kind' }
  const named = known.slice(0, 4).map(partWords)
  if (known.length > 4) named.push(`${known.length - 4} more`)
  const system = /(^|\s)root=/.test(boot?.cmdline ?? '') ? 'A Raspberry Pi system: ' : ''
  return { kind: 'other', words: `${system}${named.join(', ')}` }
}

function brambleOf(text: string): z.infer<typeof BrambleFile> | null {
  try {
    return BrambleFile.parse(JSON.parse(text))
  } catch {
    return null
  }
}

const people: Record<string, string> = {
  vfat: 'FAT',
  exfat: 'exFAT',
  ntfs: 'NTFS',
  iso9660: 'CD image',
  crypto_LUKS: 'encrypted (LUKS)',
  swap: 'swap',
  hfsplus: 'Mac (HFS+)',
  apfs: 'Mac (APFS)',
}

function partWords({ fstype, label, size }: Part): string {
  const type = people[fstype ?? ''] ?? fstype
  return `${type}${label ? ` "${label}"` : ''}, ${sizeWords(size)}`
}

/** Erased flash reads as zeros or as ones. Both ends, because a GPT keeps its copy at the far one. */
async function isBlank({ path, size }: BlockNode): Promise<boolean> {
  const handle = await open(path, 'r')
  try {
    const length = Math.min(edge, size)
    for (const offset of [0, size - length]) {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset)
      const first = buffer[0]
      if (bytesRead !== length || (first !== 0 && first !== 255)) return false
      if (!buffer.equals(Buffer.alloc(length, first))) return false
    }
    return true
  } finally {
    await handle.close()
  }
}

async function bootFiles(path: string, offset: number): Promise<BootFiles> {
  const image = `${path}@@${offset}`
  // One after the other: on a slow card they would only wait for each other.
  const bramble = await fileOf(image, 'bramble.json')
  if (bramble !== null && brambleOf(bramble)) return { bramble, issue: null, cmdline: null }
  return { bramble, issue: await fileOf(image, 'issue.txt'), cmdline: await fileOf(image, 'cmdline.txt') }
}

/** The first 64 KiB of a file of a FAT file system; null when there is none. A stranger's file may claim gigabytes. */
function fileOf(image: string, name: string): Promise<string | null> {
  const env = { ...process.env, MTOOLSRC: '/dev/null', MTOOLS_SKIP_CHECK: '1', LC_ALL: 'C.UTF-8' }
  const child = start(['mtype', '-i', image, `::/${name}`], { stdio: ['ignore', 'pipe', 'ignore'], env })
  const { stdout } = child
  return new Promise((settle) => {
    const chunks: Buffer[] = []
    let length = 0
    const timer = setTimeout(() => child.kill('SIGKILL'), filePatience)
    const end = (text: string | null) => {
      clearTimeout(timer)
      settle(text)
    }
    child.on('error', () => end(null))
    stdout?.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      length += chunk.length
      if (length >= fileLimit) child.kill('SIGKILL')
    })
    child.on('close', () => end(length > 0 ? Buffer.concat(chunks).subarray(0, fileLimit).toString('utf8') : null))
  })
}
