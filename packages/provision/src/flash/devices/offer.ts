/** May this disk be written? The decision, and the sentence that says why not. Nothing here asks the machine. */
import { type BlockNode, subtree } from './lsblk.ts'
import { disksOfMount, disksUnder, type Stacks } from './mounts.ts'
import { slotOf } from './slots.ts'
import type { DiskFacts, Station } from './station.ts'
import { listed } from './words.ts'

export interface Verdict {
  offer: 'offered' | 'explicit' | 'never'
  /** Empty for a card as cards are. */
  reason: string
  /** Code of the Trouble when it is opened all the same. */
  code: 'card-protected' | 'card-busy' | 'card-read-only' | 'card-fixed' | null
  cure: string
}

const systemPaths = ['/', '/boot', '/usr', '/var', '/home', '/etc', '/opt', '/nix', '/root']
/** Mounts below these belong to the running machine as well, such as /boot/efi or a container's /etc/hosts. */
const systemTrees = ['/boot', '/efi', '/usr', '/var', '/etc', '/nix']

/** Types by which blkid and lsblk know a part of a larger whole. An open LUKS volume is found by what sits on it. */
const members: [RegExp, string][] = [
  [/^zfs_member$/, 'a ZFS pool'],
  [/^LVM[12]_member$/, 'an LVM volume group'],
  [/^(linux_raid_member|\w+_raid_member)$/, 'a RAID'],
  [/^bcache$/, 'a bcache set'],
  [/^m(ulti)?path_member$/, 'a multipath disk'],
  [/^(drbd|ceph_bluestore|VMFS\w*|DM_\w+|stratis)$/, 'a storage pool'],
]

const otherDisk = 'Choose another card.'

/** `protect`: paths without symlinks. `writing`: devices that this process is writing. */
export class Judge {
  readonly #station: Station
  readonly #protect: readonly string[]
  readonly #stacks: Stacks

  constructor(station: Station, protect: readonly string[]) {
    this.#station = station
    this.#protect = protect
    this.#stacks = stacksOf(station)
  }

  judge(disk: BlockNode, writing: ReadonlySet<string> = new Set()): Verdict {
    if (writing.has(disk.path))
      return never('card-busy', 'Bramble is writing to it right now.', 'Wait until that flash has finished.')
    return (
      this.#system(disk) ??
      this.#kept(disk) ??
      this.#mounted(disk) ??
      member(disk) ??
      stacked(disk) ??
      this.#sharedFile(disk) ??
      (disk.readOnly ? readOnly : (fixed(disk, this.#station.facts.get(disk.name)) ?? offered))
    )
  }

  #system(disk: BlockNode): Verdict | null {
    const under = systemPaths.filter((path) => this.#under(path).has(disk.name))
    const trees = this.#pointsOn(disk).filter((point) => systemTrees.some((tree) => point.startsWith(`${tree}/`)))
    const points = [...new Set([...under.filter((path) => this.#isMount(path)), ...trees])]
    if (under.length > 0 || points.length > 0)
      return never('card-protected', `It is the system disk of this machine${on(points)}.`, otherDisk)
    if (this.#swaps(disk)) return never('card-protected', 'This machine uses it for swap.', otherDisk)
    return null
  }

  #kept(disk: BlockNode): Verdict | null {
    const path = this.#protect.find((kept) => this.#under(kept).has(disk.name))
    return path ? never('card-protected', `It holds the files of Bramble (${path}).`, otherDisk) : null
  }

  #mounted(disk: BlockNode): Verdict | null {
    const points = this.#pointsOn(disk)
    if (points.length === 0) return null
    const commands = points.slice(0, 3).map((point) => `umount ${quoted(point)}`)
    const cure = `Unmount it first: ${commands.join('; ')}.`
    return never('card-busy', `It is mounted on ${some(points)}: unmount it first.`, cure)
  }

  #sharedFile(disk: BlockNode): Verdict | null {
    const file = this.#station.facts.get(disk.name)?.backing?.file
    if (!file) return null
    const other = [...this.#station.facts].find(([name, { backing }]) => name !== disk.name && backing?.file === file)
    if (!other) return null
    return never('card-busy', `/dev/${other[0]} uses the same file.`, `Detach it first: losetup -d /dev/${other[0]}.`)
  }

  #under(path: string): Set<string> {
    return disksUnder(path, this.#stacks)
  }

  #isMount(path: string): boolean {
    return this.#station.mounts.some(({ point }) => point === path)
  }

  /** Where anything of this disk is mounted: as lsblk says, and as the kernel's own list says. */
  #pointsOn(disk: BlockNode): string[] {
    const told = subtree(disk).flatMap(({ mountpoints }) => mountpoints)
    const found = this.#station.mounts.filter(
      (mount) => mount.type !== 'overlay' && disksOfMount(mount, this.#stacks).has(disk.name),
    )
    return [...new Set([...told, ...found.map(({ point }) => point)])].filter((point) => point.startsWith('/'))
  }

  #swaps(disk: BlockNode): boolean {
    const nodes = subtree(disk)
    if (nodes.some(({ mountpoints }) => mountpoints.includes('[SWAP]'))) return true
    return this.#station.swaps.some((swap) =>
      swap.startsWith('/dev/')
        ? nodes.some(({ name, path }) => path === swap || name === (this.#stacks.named(swap) ?? ''))
        : this.#under(swap).has(disk.name),
    )
  }
}

function stacksOf(station: Station): Stacks {
  const loops = [...station.facts].flatMap(([name, { backing }]) => (backing ? [[name, backing.file] as const] : []))
  const byPath = new Map(station.disks.flatMap(subtree).map(({ path, name }) => [path, name]))
  return {
    disks: station.disks,
    mounts: station.mounts,
    together: station.together,
    loopFiles: new Map(loops),
    named: (source) => byPath.get(source) ?? station.names.get(source) ?? null,
  }
}

const offered: Verdict = { offer: 'offered', reason: '', code: null, cure: '' }

const readOnly = never(
  'card-read-only',
  'It is write-protected.',
  'Unlock the write-protect switch on the edge of the card and insert it again. If it is still write-protected, the card or its reader is defective.',
)

function never(code: NonNullable<Verdict['code']>, reason: string, cure: string): Verdict {
  return { offer: 'never', code, reason: reason.slice(0, 400), cure }
}

function member(disk: BlockNode): Verdict | null {
  for (const node of subtree(disk)) {
    const [, whole] = members.find(([type]) => type.test(node.fstype ?? '')) ?? []
    if (!whole) continue
    const cure = `If it is no longer needed, wipe it with \`wipefs -a ${node.path}\`. If not, choose another card.`
    return never('card-protected', `It is part of ${whole} (${node.path}).`, cure)
  }
  return null
}

function stacked(disk: BlockNode): Verdict | null {
  const upper = subtree(disk).find((node) => node !== disk && node.type !== 'part')
  if (!upper) return null
  const close = upper.type === 'crypt' ? `cryptsetup close ${upper.path}` : `dmsetup remove ${upper.path}`
  return never('card-busy', `${upper.path} (${upper.type}) is open on it: close it first.`, `Close it first: ${close}.`)
}

function fixed(disk: BlockNode, facts: DiskFacts | undefined): Verdict | null {
  if (isRemovable(disk, facts)) return null
  const reason = 'It is a fixed disk, not a card. It is written only if you allow it for this disk.'
  const cure = 'Turn on the switch of this disk if you want to erase it.'
  return { offer: 'explicit', code: 'card-fixed', reason, cure }
}

export function isRemovable(disk: BlockNode, facts: DiskFacts | undefined): boolean {
  // The kernel calls SD cards in a built-in reader fixed; their type tells them from soldered memory.
  return disk.removable || facts?.mmc?.type === 'SD' || slotOf(facts?.backing ?? null) !== null
}

function on(points: readonly string[]): string {
  return points.length === 0 ? '' : `: ${some(points)} ${points.length === 1 ? 'is' : 'are'} on it`
}

function some(points: readonly string[]): string {
  return listed(points.length > 3 ? [...points.slice(0, 3), `${points.length - 3} more`] : points)
}

const quoted = (path: string) => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`)
