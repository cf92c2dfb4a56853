/**
 * A card as a node's disk. Partition 2 is mounted; partition 1 is copied to /boot/firmware and back, because not every kernel
 * can mount FAT. What a Pi does on its first boot, growing the root to the card, is done when the card is mounted.
 */
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { must, run } from '@bramble/process'
import { LabError } from '../host/errors.ts'
import type { NodeLayout } from '../host/layout.ts'
import { isMounted, unmount } from '../host/mounts.ts'
import { waitFor } from '../host/waiting.ts'
import { loopsBelow } from './card-slots.ts'

interface Partition {
  /** Bytes. */
  start: number
  size: number
}

interface Partitions {
  boot: Partition
  root: Partition
}

const quick = { timeout: 60_000 }
const mebibyte = 2 ** 20

/** Mounts the card that is in the node. Throws LabError `lab-card-dead` when no Pi would boot from it. */
export async function mountCard(node: NodeLayout): Promise<void> {
  if (await isMounted(node.root)) return
  await requireFree(node, 5_000)
  await mkdir(node.root, { recursive: true })
  await grow(node)
  const { root, boot } = await partitionsOf(node)
  const range = [`--offset=${root.start}`, `--sizelimit=${root.size}`]
  const device = (await must(['losetup', '--find', '--show', ...range, node.card], quick)).trim()
  try {
    // 1: mended, as at any boot after a power cut.
    const check = await run(['e2fsck', '-fp', device], { timeout: 300_000 })
    if (check.code === null || check.code > 1)
      throw dead(node, `its root file system is broken: ${check.stdout.trim()}`)
    await must(['resize2fs', device], { timeout: 300_000 })
    await must(['mount', '-t', 'ext4', device, node.root], quick)
  } finally {
    // Mounted, it goes when the mount goes.
    await run(['losetup', '--detach', device], quick)
  }
  try {
    await mkdir(firmware(node), { recursive: true })
    await must(['mount', '-t', 'tmpfs', '-o', `size=${boot.size},mode=0755`, 'bootfs', firmware(node)], quick)
    await must(['mcopy', '-s', '-n', '-m', '-i', at(node, boot), '::*', firmware(node)], mtools)
    // FAT knows no modes: whoever mounts it sees programs everywhere.
    await must(['chmod', '-R', '0755', firmware(node)], quick)
  } catch (error) {
    await unmount(firmware(node))
    await unmount(node.root)
    throw error
  }
}

/** Writes the boot partition back and takes the card out of the file tree. Not mounted is fine. */
export async function unmountCard(node: NodeLayout): Promise<void> {
  if (await isMounted(firmware(node))) {
    await writeBack(node)
    await unmount(firmware(node))
  }
  await unmount(node.root)
  await requireFree(node, 10_000).catch(() => undefined)
}

/** Two mounts of one card would destroy it. Throws LabError `lab-card-busy` unless the last one ends within `patience` ms. */
export async function requireFree(node: NodeLayout, patience: number): Promise<void> {
  await waitFor('the card', patience, async () => (await loopsBelow(node.card)).length === 0).catch(() => {
    throw new LabError(
      'lab-card-busy',
      `The card in ${node.name} is still in use on this machine: leave its folder in every terminal, stop processes that were started while it ran, then try again.`,
    )
  })
}

/** What the kernel would get from the card's cmdline.txt and hand to the first process. */
export async function bootWords(node: NodeLayout): Promise<string[]> {
  const text = await readFile(join(firmware(node), 'cmdline.txt'), 'utf8').catch(() => '')
  return text.split(/\s+/).filter((word) => /^(ds=|systemd\.)/.test(word))
}

/** Text of a file on the root of a card that is in the node, mounted or not; empty when there is none. */
export async function readFromCard(node: NodeLayout, path: string): Promise<string> {
  if (await isMounted(node.root)) return readFile(join(node.root, path), 'utf8').catch(() => '')
  const found = await partitionsOf(node).catch(() => null)
  if (!found) return ''
  return (await run(['debugfs', '-R', `cat ${path}`, `${node.card}?offset=${found.root.start}`], quick)).stdout
}

const firmware = (node: NodeLayout) => join(node.root, 'boot/firmware')
const at = (node: NodeLayout, { start }: Partition) => `${node.card}@@${start}`
const mtools = { ...quick, env: { MTOOLS_SKIP_CHECK: '1' } }

async function partitionsOf(node: NodeLayout): Promise<Partitions> {
  const { code, stdout } = await run(['sfdisk', '--json', node.card], quick)
  if (code !== 0) throw dead(node, 'there is no partition table on it')
  const { partitiontable } = JSON.parse(stdout) as {
    partitiontable: { partitions?: { start: number; size: number }[] }
  }
  const [boot, root] = (partitiontable.partitions ?? []).map(({ start, size }) => ({
    start: start * 512,
    size: size * 512,
  }))
  if (!boot || !root) throw dead(node, 'it has no boot partition or no root partition')
  return { boot, root }
}

function dead(node: NodeLayout, why: string): LabError {
  return new LabError(
    'lab-card-dead',
    `${node.name} does not boot from its card: ${why}. Flash the card, then try again.`,
  )
}

/** The table only: the file system follows when it is mounted. */
async function grow(node: NodeLayout): Promise<void> {
  const { root } = await partitionsOf(node)
  if ((await stat(node.card)).size - (root.start + root.size) < mebibyte) return
  await must(['sfdisk', '-q', '--no-reread', '-N', '2', node.card], { ...quick, stdin: ', +\n' })
}

/** Files that the node made, changed or removed on its boot partition since the card was mounted. */
async function writeBack(node: NodeLayout): Promise<void> {
  const { boot } = await partitionsOf(node)
  const before = `${node.root}.firmware`
  await rm(before, { recursive: true, force: true })
  await mkdir(before, { recursive: true, mode: 0o700 })
  try {
    await must(['mcopy', '-s', '-n', '-i', at(node, boot), '::*', before], mtools)
    const [old, now] = [await below(before), await below(firmware(node))]
    for (const path of now.folders)
      if (!old.folders.includes(path)) await must(['mmd', '-i', at(node, boot), `::${path}`], mtools)
    for (const path of old.files)
      if (!now.files.includes(path)) await must(['mdel', '-i', at(node, boot), `::${path}`], mtools)
    for (const path of now.files) {
      const content = await readFile(join(firmware(node), path))
      if (old.files.includes(path) && content.equals(await readFile(join(before, path)))) continue
      await must(['mcopy', '-D', 'o', '-i', at(node, boot), join(firmware(node), path), `::${path}`], mtools)
    }
    for (const path of old.folders.reverse())
      if (!now.folders.includes(path)) await must(['mrd', '-i', at(node, boot), `::${path}`], mtools)
  } finally {
    await rm(before, { recursive: true, force: true })
  }
}

/** Paths below a folder, a folder before what is in it. */
async function below(folder: string): Promise<{ files: string[]; folders: string[] }> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  const paths = (found: typeof entries) =>
    found.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort()
  return {
    files: paths(entries.filter((entry) => entry.isFile())),
    folders: paths(entries.filter((entry) => entry.isDirectory())),
  }
}
