/** What a lab looks like right now, read from lab.json and the machine; no supervisor needed. */
import { access } from 'node:fs/promises'
import { type CardFaults, loopsOf, type SlotRecord, slotFile, slotName, usedBytes } from '../cards/card-slots.ts'
import { type Layout, layoutOf, nodeLayout, publishedPorts, type Release } from '../host/layout.ts'
import { hostKeyOf } from './disk.ts'
import { hasPower } from './power.ts'
import { readRecord } from './record.ts'

export interface LabNode {
  name: string
  address: string
  mac: string
  /** `cut`: it runs, and its network cable is pulled. */
  state: 'on' | 'off' | 'cut'
  release: Release
  /** SHA-256 fingerprint of its SSH host key, as factory, the last re-flash or its card made it; null before the first boot. */
  hostKey: string | null
  /** Room on its disk in MB; null: as much as this machine has. */
  diskMB: number | null
  /** What it boots from when it gets power. */
  boots: 'disk' | 'card' | 'nothing'
  /** Slot whose card is in it. */
  card: string | null
}

export interface LabSlot {
  name: string
  /** Bytes, and how many of them this machine's disk holds. */
  size: number
  used: number
  /** Block device while the card is in the reader. */
  device: string | null
  /** Node whose card it is. */
  node: string | null
  /** Null: a good card. */
  faults: CardFaults | null
}

export interface LabStatus {
  id: number
  /** The lab's supervisor is alive: packages, gateway and reboots work. */
  running: boolean
  release: Release
  golden: boolean
  memoryMB: number
  nodes: LabNode[]
  slots: LabSlot[]
  vip: string
  user: string
  /** SSH key that every node accepts, mode 0600. */
  keyFile: string
  /** File with the password that every node accepts for `user`, mode 0600. */
  passwordFile: string
  clusterFile: string
  /** Unix socket of the HTTP CONNECT relay to the lab's addresses. */
  gateway: string
  /** Loopback ports of this machine that lead into the lab. */
  published: { local: string; target: string }[]
  log: string
}

/** Never throws for a lab that does not exist: it has no nodes and does not run. `running` is for the caller to say. */
export async function readStatus(id: number, running: boolean): Promise<LabStatus> {
  const layout = layoutOf(id)
  const record = await readRecord(layout)
  const release = record?.release ?? 'trixie'
  const nodes = await Promise.all(
    (record?.nodes ?? []).map(async ({ number, cut, layers, diskMB = null }): Promise<LabNode> => {
      const node = nodeLayout(layout, number)
      const power = await hasPower(node)
      const hostKey = (await hostKeyOf(node))?.fingerprint ?? null
      const { name, address, mac } = node
      const slot = record?.slots?.find(({ place }) => place === number)
      const boots = slot ? 'card' : layers.length > 0 ? 'disk' : 'nothing'
      const card = slot ? slotName(slot) : null
      return { name, address, mac, state: !power ? 'off' : cut ? 'cut' : 'on', release, hostKey, diskMB, boots, card }
    }),
  )
  const slots = await Promise.all((record?.slots ?? []).map((slot) => slotStatus(layout, slot)))
  return {
    id,
    running,
    release,
    golden: record?.golden ?? false,
    memoryMB: record?.memoryMB ?? 1024,
    nodes,
    slots,
    vip: layout.vip,
    user: 'pi',
    keyFile: layout.key,
    passwordFile: layout.password,
    clusterFile: layout.clusterFile,
    gateway: layout.gateway,
    published: publishedPorts(layout).map(({ port, host, targetPort }) => ({
      local: `127.0.0.1:${port}`,
      target: `${host}:${targetPort}`,
    })),
    log: layout.log,
  }
}

async function slotStatus(layout: Layout, slot: SlotRecord): Promise<LabSlot> {
  const node = typeof slot.place === 'number' ? nodeLayout(layout, slot.place) : null
  const file = node?.card ?? slotFile(layout, slot)
  const device = node ? null : ((await loopsOf(layout, slot))[0]?.device ?? null)
  const { size, faults = null } = slot
  return { name: slotName(slot), size, used: await usedBytes(file), device, node: node?.name ?? null, faults }
}

/** True when the lab left files on this machine. */
export function hasState(id: number): Promise<boolean> {
  return access(layoutOf(id).record).then(
    () => true,
    () => false,
  )
}
