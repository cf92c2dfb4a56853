/** A node's power: booting it as a container with systemd as PID 1, and every way of ending it. */
import { closeSync, openSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { start } from '@bramble/process'
import { type Board, boardBinds, changeBoard, fitBoard } from '../cards/board.ts'
import { LabError } from '../host/errors.ts'
import type { Layout, NodeLayout } from '../host/layout.ts'
import { attachNode, detachNode, plug } from '../network/network.ts'
import { isPopulated, killAll, makeCgroups, processesIn, removeCgroups } from './cgroups.ts'
import { ejectDisk } from './disk.ts'
import { writeMeminfo } from './meminfo.ts'

/** systemd-nspawn's exit status when the container asked for a reboot. */
export const rebootStatus = 133

/**
 * Joins the cgroups (0 stands for the writer itself), runs the command and leaves its exit status in a file. So the power state
 * can be read from the machine alone, and a supervisor that died can be replaced without touching the node. nspawn keeps what was
 * mounted when it started: it must not hold other nodes' cards, nor the files that act as cards (FUSE), or they are in use long after.
 */
const launcher = `status=$1 root=$2 all=$3; shift 3
while read -r _ place type _; do
  case $type,$place in *,"$root" | *,"$root"/*) ;; fuse*,* | *,"$all"/*) umount -l "$place" ;; esac
done </proc/self/mounts
while [ "$1" != -- ]; do echo 0 > "$1/cgroup.procs"; shift; done; shift
"$@"; code=$?
echo "$code" > "$status.new"; mv "$status.new" "$status"`

export interface Boot {
  memoryMB: number
  plugged: boolean
  board: Board
  /** It boots from a card: name and address are the card's, and `words` those of its kernel command line. */
  card?: { words: string[] }
}

/** Boots the node from its inserted disk. Returns when its first process runs, not when it answers. */
export async function boot(layout: Layout, node: NodeLayout, { memoryMB, plugged, board, card }: Boot): Promise<void> {
  const bytes = memoryMB * 1024 * 1024
  await mkdir(node.runtime, { recursive: true })
  await rm(statusFile(node), { force: true })
  await attachNode(layout, node, { plugged, addressed: !card })
  const cgroups = await makeCgroups(node.cgroup, bytes)
  await mkdir(shownTo(node), { recursive: true })
  await refreshMemory(node, memoryMB)
  await fitBoard(shownTo(node), board)
  const nspawn = [
    'systemd-nspawn',
    '--quiet',
    '--boot',
    `--directory=${node.root}`,
    `--machine=${node.machine}`,
    `--hostname=${card ? 'raspberrypi' : node.name}`,
    `--network-namespace-path=/run/netns/${node.namespace}`,
    // nspawn lays mounts below /proc from inside the container, so the file must be there first.
    `--bind-ro=${shownTo(node)}:/run/lab`,
    '--bind-ro=/run/lab/meminfo:/proc/meminfo',
    ...boardBinds(shownTo(node)),
    '--register=no',
    '--keep-unit',
    '--kill-signal=SIGRTMIN+3',
    '--capability=CAP_NET_ADMIN,CAP_NET_RAW,CAP_SYS_NICE',
    '--link-journal=no',
    '--resolv-conf=off',
    '--timezone=off',
    '--console=pipe',
    ...(card?.words ?? []),
  ]
  const log = openSync(node.console, 'w', 0o600)
  try {
    const launch = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', launcher, 'launcher']
    const words = [statusFile(node), node.root, dirname(layout.state), ...cgroups]
    const child = start([...launch, ...words, '--', ...nspawn], {
      detached: true,
      stdio: ['ignore', log, log],
      env: {
        PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
        SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1',
        SYSTEMD_NSPAWN_API_VFS_WRITABLE: 'network',
      },
    })
    child.unref()
    child.on('error', () => undefined)
  } finally {
    closeSync(log)
  }
  const deadline = Date.now() + 20_000
  while ((await initOf(node)) === null) {
    if ((await exitStatus(node)) !== null || Date.now() > deadline) {
      const said = (await readFile(node.console, 'utf8').catch(() => '')).trim().slice(-800)
      await pullPlug(layout, node)
      throw new LabError(
        'lab-boot',
        `${node.name} did not start: ${said || 'systemd-nspawn printed nothing'} See ${node.console}, then try again.`,
      )
    }
    await pause(25)
  }
}

/** What the lab shows to the node from outside. */
const shownTo = (node: NodeLayout) => join(node.runtime, 'shown')

/** Heat, power and the card, of a node that runs. */
export const exposeBoard = (node: NodeLayout, board: Board, cardErrors: number) =>
  changeBoard(shownTo(node), board, cardErrors)

/** Tells the node how much memory it has left. */
export async function refreshMemory(node: NodeLayout, memoryMB: number): Promise<void> {
  await writeMeminfo(join(shownTo(node), 'meminfo'), node.cgroup, memoryMB * 1024 * 1024)
}

/** As pulling the plug: the network goes silent first (no FIN, no RST), then everything dies at once. The disk stays in. */
export async function pullPlug(layout: Layout, node: NodeLayout): Promise<void> {
  await plug(layout, node, false).catch(() => undefined)
  await killAll(node.cgroup)
  await clearAway(layout, node)
}

/** What is left of a node that has ended. */
export async function clearAway(layout: Layout, node: NodeLayout): Promise<void> {
  await detachNode(layout, node)
  await ejectDisk(node)
  await removeCgroups(node.cgroup)
  await rm(node.runtime, { recursive: true, force: true })
  await rm(join('/run/systemd/nspawn/propagate', node.machine), { recursive: true, force: true })
}

/** Asks the node's init for a reboot, as its power button would. False when no init runs. */
export async function askReboot(node: NodeLayout): Promise<boolean> {
  const init = await initOf(node)
  if (init === null) return false
  process.kill(init, 'SIGINT')
  return true
}

/** True while any process of the node runs. */
export async function hasPower(node: NodeLayout): Promise<boolean> {
  return isPopulated(node.cgroup)
}

/** Exit status that the node's container left behind; null while it runs or when it never ran. */
export async function exitStatus(node: NodeLayout): Promise<number | null> {
  const text = await readFile(statusFile(node), 'utf8').catch(() => null)
  return text === null ? null : Number(text)
}

function statusFile(node: NodeLayout): string {
  return join(node.runtime, 'exit-status')
}

/** Process id, on this machine, of the node's PID 1; null when none runs. */
export async function initOf(node: NodeLayout): Promise<number | null> {
  for (const pid of await processesIn(node.cgroup)) {
    const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
    const ids = /^NSpid:\s+(.*)$/m.exec(text)?.[1]?.split(/\s+/) ?? []
    if (ids.length > 1 && ids.at(-1) === '1') return pid
  }
  return null
}
