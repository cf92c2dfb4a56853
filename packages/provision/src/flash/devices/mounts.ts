/** Which disks a path or a mount lies on, through partitions, LUKS, LVM, RAID, btrfs, overlays and loop files. */
import { type BlockNode, subtree } from './lsblk.ts'

export interface Mount {
  point: string
  /** `8:1`; major 0 for file systems that have no one device of their own. */
  number: string
  type: string
  source: string
  options: string[]
}

/** Reads /proc/self/mountinfo; a line that is none is left out. */
export function parseMountinfo(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const [before, after] = line.split(' - ')
    const fields = before?.split(' ') ?? []
    const [type, source, options] = after?.split(' ') ?? []
    const [, , number, , point] = fields
    if (!number || !point || !type || !source) return []
    return [{ number, point: unescaped(point), type, source: unescaped(source), options: (options ?? '').split(',') }]
  })
}

/** The kernel writes blanks and backslashes as octal. */
export function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}

export interface Stacks {
  disks: readonly BlockNode[]
  mounts: readonly Mount[]
  /** Kernel names of the devices that one mounted file system spans: btrfs, bcachefs. */
  together: readonly (readonly string[])[]
  /** Backing file of each loop device, by kernel name. */
  loopFiles: ReadonlyMap<string, string>
  /** `/dev/mapper/root` to the kernel name; null when nothing is there. */
  named(source: string): string | null
}

/** Kernel names of the disks under a path that has no symlinks left. Empty when it lies on no disk (network, memory). */
export function disksUnder(path: string, stacks: Stacks, seen = new Set<string>()): Set<string> {
  if (seen.has(path)) return new Set()
  seen.add(path)
  const mount = mountOf(path, stacks.mounts)
  return mount ? disksOfMount(mount, stacks, seen) : new Set()
}

function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  let best: Mount | undefined
  for (const mount of mounts) {
    const holds = mount.point === '/' || path === mount.point || path.startsWith(`${mount.point}/`)
    // Of two on the same point the later one covers the earlier.
    if (holds && mount.point.length >= (best?.point.length ?? 0)) best = mount
  }
  return best
}

export function disksOfMount(mount: Mount, stacks: Stacks, seen = new Set<string>()): Set<string> {
  const devices = nodesOf(mount, stacks)
  const found = new Set<string>()
  for (const device of devices) for (const disk of disksOfDevice(device, stacks, seen)) found.add(disk)
  if (mount.type === 'overlay' || mount.type === 'aufs')
    for (const layer of layersOf(mount)) for (const disk of disksUnder(layer, stacks, seen)) found.add(disk)
  return found
}

/** Kernel names of the devices that a mount names. */
function nodesOf(mount: Mount, stacks: Stacks): string[] {
  const nodes = stacks.disks.flatMap(subtree)
  const own = nodes.filter(({ number }) => number === mount.number).map(({ name }) => name)
  const sources = mount.source.split(':').filter((part) => part.startsWith('/dev/'))
  const direct = [...own, ...sources.flatMap((source) => stacks.named(source) ?? [])]
  const spanned = stacks.together.filter((group) => group.some((name) => direct.includes(name))).flat()
  const twins = ['btrfs', 'bcachefs'].includes(mount.type)
    ? nodes.filter((node) =>
        direct.some((name) =>
          sameVolume(
            node,
            nodes.find((other) => other.name === name),
          ),
        ),
      )
    : []
  return [...new Set([...direct, ...spanned, ...twins.map(({ name }) => name)])]
}

function sameVolume(node: BlockNode, other: BlockNode | undefined): boolean {
  return other !== undefined && node.uuid !== null && node.uuid === other.uuid && node.fstype === other.fstype
}

function disksOfDevice(name: string, stacks: Stacks, seen: Set<string>): Set<string> {
  const found = new Set<string>()
  for (const disk of stacks.disks) if (subtree(disk).some((node) => node.name === name)) found.add(disk.name)
  // A live system runs from a file on a stick: the stick is the disk.
  for (const disk of [...found]) {
    const file = stacks.loopFiles.get(disk)
    if (file) for (const below of disksUnder(file, stacks, seen)) found.add(below)
  }
  return found
}

function layersOf(mount: Mount): string[] {
  return mount.options
    .flatMap((option) => {
      const [key, value] = option.split('=')
      return value && ['lowerdir', 'upperdir', 'lowerdir+', 'br'].includes(key ?? '') ? value.split(':') : []
    })
    .filter((path) => path.startsWith('/'))
}
