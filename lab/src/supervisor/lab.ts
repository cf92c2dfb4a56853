/** The lab's commands: each brings the lab to a state and returns what it looks like then. */
import { closeSync, openSync } from 'node:fs'
import { access, mkdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { start } from '@bramble/process'
import type { BoardChange } from '../cards/board.ts'
import type { CardFaults } from '../cards/card-slots.ts'
import { LabError } from '../host/errors.ts'
import { systemPath } from '../host/inside.ts'
import { type Layout, layoutOf, maxNodes, nodeLayout, type Release } from '../host/layout.ts'
import { withLock } from '../host/lock.ts'
import { prepareMachine, requireRoot } from '../host/machine.ts'
import { waitFor } from '../host/waiting.ts'
import { buildLayers } from '../images/layers.ts'
import { nodeArgv } from '../network/gateway-process.ts'
import { inNamespace } from '../network/network.ts'
import { clusterYaml } from '../nodes/cluster-yaml.ts'
import { takeWritten } from '../nodes/disk.ts'
import { bringLogin, keepLogin } from '../nodes/login.ts'
import { initOf } from '../nodes/power.ts'
import { readRecord } from '../nodes/record.ts'
import { hasState, type LabSlot, type LabStatus, readStatus } from '../nodes/status.ts'
import { maxSlots } from './card-table.ts'
import { ask, type Request } from './control.ts'
import { tearDown } from './teardown.ts'

export interface WhichLab {
  /** Number of the lab, 0 to 255; default 0. */
  id?: number
}

export interface WhichNode extends WhichLab {
  /** Name of the node: pi-1 … pi-N. */
  node: string
}

export interface UpOptions extends WhichLab {
  /** How many nodes there should be at least; default 4. Nodes that exist are kept. */
  nodes?: number
  release?: Release
  /** True: the roles' packages are installed beforehand, which saves minutes of provisioning. */
  golden?: boolean
  /** Folder of a cluster that was built on a lab with the same addresses (`takeBuilt`): nodes that are added continue from there. */
  built?: string
  /** Memory of each node in MB; default 1024. */
  memoryMB?: number
  /** Room on the disk of each node that is added, 1024 to 65536 MB; default: as much as this machine has. */
  diskMB?: number
  /** True: nodes that are added have no disk and no power; each waits for a flashed card. */
  empty?: boolean
  /** Card slots there should be at least, see `cards`. */
  slots?: number
  /** Progress in words. */
  onLine?: (line: string) => void
  signal?: AbortSignal
}

/**
 * Starts the lab, adds the nodes that are missing and powers on those that are off, but for empty ones. Returns when all that boot
 * from a disk answer SSH.
 */
export async function up(options: UpOptions = {}): Promise<LabStatus> {
  const {
    id = 0,
    nodes = 4,
    release,
    golden,
    built,
    memoryMB = 1024,
    diskMB,
    empty,
    slots,
    onLine = () => {},
    signal,
  } = options
  const layout = layoutOf(id)
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > maxNodes)
    throw new LabError('lab-size', `A lab holds 1 to ${maxNodes} nodes, not ${nodes}.`)
  if (!Number.isInteger(memoryMB) || memoryMB < 256 || memoryMB > 65_536)
    throw new LabError('lab-memory', `A node has 256 to 65536 MB of memory, not ${memoryMB}.`)
  if (diskMB !== undefined && (!Number.isInteger(diskMB) || diskMB < 1024 || diskMB > 65_536))
    throw new LabError('lab-disk', `A node's disk holds 1024 to 65536 MB, not ${diskMB}.`)
  await prepareMachine(onLine)
  return withLock(`lab-${id}`, 20 * 60_000, async () => {
    const record = await readRecord(layout)
    const wish = { release: release ?? record?.release ?? 'trixie', golden: golden ?? record?.golden ?? false }
    const layers = empty ? [] : await buildLayers({ ...wish, onLine, ...(signal ? { signal } : {}) })
    if (built) await bringLogin(layout, built)
    await ensureSupervisor(layout)
    await ask(
      layout.control,
      { do: 'up', nodes, memoryMB, layers, ...wish, ...(built ? { built } : {}), ...(diskMB ? { diskMB } : {}) },
      5 * 60_000,
      onLine,
    )
    if (slots) await layCards(layout, slots, defaultCardSize)
    return describe(layout)
  })
}

/** Ends the lab: every node loses power, and all that it made is taken away, its disks and keys too unless `keepDisks`. */
export async function down(options: WhichLab & { keepDisks?: boolean; onLine?: (line: string) => void } = {}) {
  const { id = 0, keepDisks = false, onLine = () => {} } = options
  const layout = layoutOf(id)
  requireRoot()
  await withLock(`lab-${id}`, 20 * 60_000, async () => {
    const pid = await supervisorPid(layout)
    if (pid !== null) {
      await ask(layout.control, { do: 'down' }, 120_000, onLine).catch((error: Error) => onLine(error.message))
      await waitFor('the supervisor to end', 15_000, async () => (await supervisorPid(layout)) === null).catch(() =>
        process.kill(pid, 'SIGKILL'),
      )
    }
    await tearDown(layout, onLine)
    if (keepDisks) return
    await rm(layout.state, { recursive: true, force: true })
    await rmdir(dirname(layout.state)).catch(() => undefined)
    if (id === 0) await rm(checkoutClusterFile, { force: true })
  })
}

/**
 * Moves what was written to the disks of a lab, whose nodes are all off, into a new folder, and the lab's login with it: another
 * lab with the same addresses starts from there (`built`). The lab is down then.
 */
export async function takeBuilt({ id = 0 }: WhichLab, folder: string): Promise<void> {
  const layout = layoutOf(id)
  const record = await readRecord(layout)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await down({ id, keepDisks: true })
  for (const { number } of record?.nodes ?? []) {
    const node = nodeLayout(layout, number)
    await takeWritten(node, join(folder, node.name))
  }
  await keepLogin(layout, folder)
  await down({ id })
}

/** What the lab looks like now. A lab that was never started has no nodes. */
export async function status({ id = 0 }: WhichLab = {}): Promise<LabStatus> {
  return readStatus(id, (await supervisorPid(layoutOf(id))) !== null)
}

/** As pulling the plug. */
export const powerOff = (which: WhichNode) => command('power-off', which)
/** Returns when the node answers SSH. */
export const powerOn = (which: WhichNode) => command('power-on', which)
/** A clean reboot; returns when the node answers SSH again. */
export const reboot = (which: WhichNode) => command('reboot', which)
/** As pulling the network cable: the node runs on and reaches no one. */
export const cut = (which: WhichNode) => command('cut', which)
export const heal = (which: WhichNode) => command('heal', which)
/** A fresh card in the node: factory state, new host keys. Returns when it answers SSH. */
export const reflash = (which: WhichNode) => command('reflash', which)

/** Heat, power and the card of a node's board; null: calm again, though the firmware remembers until the node loses power. */
export async function board({ id = 0, node, change }: WhichNode & { change: BoardChange | null }): Promise<LabStatus> {
  requireRoot()
  await requireLab(id)
  await ask(layoutOf(id).control, { do: 'board', node, change }, 60_000)
  return status({ id })
}

type NodeCommand = Exclude<Extract<Request, { node: string; slot?: never }>['do'], 'board'>

async function command(what: NodeCommand, { id = 0, node }: WhichNode) {
  const layout = layoutOf(id)
  requireRoot()
  await requireLab(id)
  await ask(layout.control, { do: what, node }, 5 * 60_000)
  return what === 'reflash' ? describe(layout) : status({ id })
}

/** Bytes of a card when nobody says otherwise: room for an image with all packages. */
const defaultCardSize = 4 * 2 ** 30

export interface CardsOptions extends WhichLab {
  /** How many slots there should be at least; those that exist are kept. Default: none more. */
  slots?: number
  /** Bytes of a new card, 64 MiB to 256 GiB; default 4 GiB. It takes space only as it is written. */
  size?: number
}

/** A card reader with blank cards in it: block devices of this machine. Starts the lab if need be, without nodes. */
export async function cards({ id = 0, slots = 0, size = defaultCardSize }: CardsOptions = {}): Promise<LabSlot[]> {
  const layout = layoutOf(id)
  if (slots > 0) {
    await prepareMachine()
    await withLock(`lab-${id}`, 20 * 60_000, async () => {
      await ensureSupervisor(layout)
      await layCards(layout, slots, size)
    })
  }
  return (await status({ id })).slots
}

async function layCards(layout: Layout, slots: number, size: number): Promise<void> {
  if (!Number.isInteger(slots) || slots < 1 || slots > maxSlots)
    throw new LabError('lab-slots', `A lab has 1 to ${maxSlots} card slots, not ${slots}.`)
  if (!Number.isInteger(size) || size < 64 * 2 ** 20 || size > 256 * 2 ** 30 || size % 4096 !== 0)
    throw new LabError('lab-card-size', `A card holds 64 MiB to 256 GiB in blocks of 4096 bytes, not ${size} bytes.`)
  await ask(layout.control, { do: 'cards', slots, size }, 60_000)
}

export interface WhichSlot extends WhichLab {
  /** Name of the slot: slot-1 … slot-N. */
  slot: string
}

/** Out of the reader, its device goes, and into the node, which must be off. Without a node: into the reader. */
export const insertCard = ({ id, slot, node }: WhichSlot & { node?: string }) =>
  cardCommand({ do: 'card-insert', slot, node: node ?? null }, id)
/** Out of the node, which must be off, and back into its slot of the reader. */
export const takeCard = ({ id, node }: WhichNode) => cardCommand({ do: 'card-remove', node }, id)
/** Out of the reader and onto the table. */
export const ejectCard = ({ id, slot }: WhichSlot) => cardCommand({ do: 'card-eject', slot }, id)
/** As a card from the shop: everything on it is gone. */
export const blankCard = ({ id, slot }: WhichSlot) => cardCommand({ do: 'card-blank', slot }, id)

/** Makes it a slow, broken or forged card, or a good one again (null); blank in any case. A card with a fault leaves even mid-write. */
export const damageCard = ({ id, slot, faults }: WhichSlot & { faults: CardFaults | null }) =>
  cardCommand({ do: 'card-damage', slot, faults }, id)

async function cardCommand(request: Request, id = 0): Promise<LabStatus> {
  requireRoot()
  await requireLab(id)
  await ask(layoutOf(id).control, request, 2 * 60_000)
  return status({ id })
}

/** argv of a root shell on a node that runs, as with keyboard and screen: it needs no login and no network. */
export async function consoleCommand({ id = 0, node }: WhichNode): Promise<string[]> {
  requireRoot()
  const number = (await readRecord(layoutOf(id)))?.nodes.find((entry) => `pi-${entry.number}` === node)?.number
  const init = number ? await initOf(nodeLayout(layoutOf(id), number)) : null
  if (init === null)
    throw new LabError(
      'lab-node-off',
      `${node} of lab ${id} is off. Turn it on with \`./bramble lab power ${node} on\`.`,
    )
  return ['nsenter', `--target=${init}`, '--all', '--', ...systemPath]
}

/** argv of an interactive SSH session on a node; more arguments are a command to run there. */
export async function sshCommand({ id = 0, node }: WhichNode): Promise<string[]> {
  requireRoot()
  const layout = layoutOf(id)
  const found = (await status({ id })).nodes.find(({ name }) => name === node)
  if (!found) throw new LabError('lab-no-node', `Lab ${id} has no node ${node}. See \`./bramble lab status\`.`)
  if (found.boots === 'card')
    throw new LabError(
      'lab-card-login',
      `${node} boots from a card, and its login is known only to whoever flashed it. Use \`./bramble lab console ${node}\`.`,
    )
  const options = [
    'IdentitiesOnly=yes',
    'StrictHostKeyChecking=yes',
    'LogLevel=ERROR',
    `UserKnownHostsFile=${layout.knownHosts}`,
  ]
  return inNamespace(layout, [
    'ssh',
    '-i',
    layout.key,
    ...options.flatMap((option) => ['-o', option]),
    `pi@${found.address}`,
  ])
}

/** argv that runs `argv` on the lab's network, e.g. for a client that measures an outage. */
export async function execInNamespace({ id = 0 }: WhichLab, argv: readonly string[]): Promise<string[]> {
  requireRoot()
  await requireLab(id)
  return inNamespace(layoutOf(id), argv)
}

/** Builds the cached base system, and the golden layer if wanted; starts nothing. */
export async function prepare(options: { release?: Release; golden?: boolean; onLine?: (line: string) => void } = {}) {
  const { release = 'trixie', golden = false, onLine } = options
  await prepareMachine(onLine)
  await buildLayers({ release, golden, ...(onLine ? { onLine } : {}) })
}

const checkoutClusterFile = fileURLToPath(new URL('../../cluster.yaml', import.meta.url))

async function describe(layout: Layout): Promise<LabStatus> {
  const now = await status({ id: layout.id })
  const text = clusterYaml(now)
  await writeFile(layout.clusterFile, text)
  if (layout.id === 0) await writeFile(checkoutClusterFile, text)
  return now
}

async function requireLab(id: number): Promise<void> {
  if (!(await hasState(id)))
    throw new LabError(
      'lab-not-running',
      `There is no lab ${id}. Start it with \`./bramble lab up${id ? ` --id ${id}` : ''}\`.`,
    )
}

async function ensureSupervisor(layout: Layout): Promise<void> {
  if ((await supervisorPid(layout)) !== null) return
  await mkdir(layout.state, { recursive: true, mode: 0o700 })
  await mkdir(layout.runtime, { recursive: true, mode: 0o700 })
  const log = openSync(layout.log, 'a', 0o600)
  try {
    const child = start(nodeArgv('../supervisor/supervisor-main.ts', String(layout.id)), {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: '/',
    })
    child.unref()
    await waitFor('the lab to start', 60_000, async () => {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new LabError('lab-supervisor', `The lab did not start: ${await lastWords(layout)} See ${layout.log}.`)
      return (await supervisorPid(layout)) !== null
    })
  } finally {
    closeSync(log)
  }
}

async function lastWords(layout: Layout): Promise<string> {
  return (await readFile(layout.log, 'utf8').catch(() => '')).trim().split('\n').slice(-3).join(' ')
}

/** Process id of the lab's supervisor if it answers on its control socket; else null. */
async function supervisorPid(layout: Layout): Promise<number | null> {
  const text = await readFile(join(layout.runtime, 'supervisor.pid'), 'utf8').catch(() => null)
  const isThere = await access(layout.control).then(
    () => true,
    () => false,
  )
  if (text === null || !isThere) return null
  return ask(layout.control, { do: 'ping' }, 5_000).then(
    () => Number(text),
    () => null,
  )
}
