/** Each fault of chaos on a lab: whom it strikes now, and how it is undone. */
import { type ClusterSpec, haproxyUnits, type NodeSpec, nodesWith } from '@bramble/cluster'
import type { ClusterSecrets, Fleet } from '@bramble/provision'
import { beginFault, type Fault, type Health, undoFault } from '@bramble/provision/drill'
import { cut, heal, powerOff, powerOn, reboot } from '../supervisor/lab.ts'
import type { ChaosFault, Move } from './score.ts'

export interface Ground {
  /** Number of the lab. */
  id: number
  spec: ClusterSpec
  secrets: ClusterSecrets
  fleet: Fleet
  /** The nodes' disks have a size of their own, so that one of them can be filled. */
  sizedDisks: boolean
}

export interface Strike {
  nodes: string[]
  strike(): Promise<void>
  undo(): Promise<void>
}

/** Seconds after which a node undoes a fault by itself, should chaos itself end. */
const limit = 90

/** Null: there is nobody now whom it could strike. `health` is as the cluster was just before. */
export function strikeFor(move: Move, ground: Ground, health: Health, number: number): Strike | null {
  const { id, spec } = ground
  const chosen = (names: readonly string[]) => names[Math.floor(move.pick * names.length)]
  const all = spec.nodes.map(({ name }) => name)
  switch (move.fault) {
    case 'cable-out':
      return each(
        [chosen(all)!],
        (node) => cut({ id, node }),
        (node) => heal({ id, node }),
      )
    case 'cables-out':
      return each(
        pair(all, move.pick),
        (node) => cut({ id, node }),
        (node) => heal({ id, node }),
      )
    case 'power-cut':
      return each(
        [chosen(all)!],
        (node) => powerOff({ id, node }),
        (node) => powerOn({ id, node }),
      )
    case 'power-cut-two':
      return each(
        pair(all, move.pick),
        (node) => powerOff({ id, node }),
        (node) => powerOn({ id, node }),
      )
    case 'power-cut-all':
      return each(
        all,
        (node) => powerOff({ id, node }),
        (node) => powerOn({ id, node }),
      )
    case 'reboot':
      return each(
        [chosen(all)!],
        (node) => reboot({ id, node }),
        async () => undefined,
      )
    case 'card-full':
      if (!ground.sizedDisks) return null
  }
  const node = victim(move.fault, spec, health, chosen)
  return node ? onNode(ground, node, faultOf(move.fault, spec), `chaos-${number}`) : null
}

type Chosen = (names: readonly string[]) => string | undefined

function victim(fault: ChaosFault, spec: ClusterSpec, health: Health, chosen: Chosen): NodeSpec | undefined {
  const role = fault === 'etcd-lost' ? 'etcd' : fault === 'web-lost' ? 'web' : null
  const name = role
    ? chosen(nodesWith(spec, role).map((node) => node.name))
    : fault === 'balancer-lost'
      ? health.holder
      : health.pulse.primary
  return spec.nodes.find((node) => node.name === name)
}

function faultOf(fault: ChaosFault, spec: ClusterSpec): Fault {
  switch (fault) {
    case 'primary-stop':
      return { kind: 'stop', units: ['patroni.service'] }
    case 'primary-kill':
      return { kind: 'kill-postmaster' }
    case 'primary-freeze':
      return { kind: 'freeze', unit: 'patroni.service' }
    case 'balancer-lost':
      return { kind: 'die', units: ['keepalived.service', ...haproxyUnits], addresses: [spec.vip] }
    case 'web-lost':
      return { kind: 'die', units: ['bramble-site.service'] }
    case 'etcd-lost':
      return { kind: 'die', units: ['etcd.service'] }
    case 'card-full':
      return { kind: 'fill', path: '/var/lib/postgresql' }
    default:
      return { kind: 'cut' }
  }
}

/** A node that was cut off by its own firewall undoes that itself; the others are told. */
function onNode({ fleet }: Ground, node: NodeSpec, fault: Fault, id: string): Strike {
  const reach = () => fleet.connect(node, AbortSignal.timeout(8_000))
  const seconds = fault.kind === 'cut' ? 25 : limit
  return {
    nodes: [node.name],
    strike: async () => beginFault(await reach(), { id, fault, seconds }, () => undefined),
    undo: async () => {
      if (fault.kind !== 'cut') await undoFault(await reach())
    },
  }
}

function pair(names: readonly string[], pick: number): string[] {
  const first = Math.floor(pick * names.length)
  return [names[first]!, names[(first + 1) % names.length]!]
}

/** All at the same moment, as a fuse or a switch that dies would do it. */
function each(
  nodes: string[],
  strike: (node: string) => Promise<unknown>,
  undo: (node: string) => Promise<unknown>,
): Strike {
  const together = async (work: (node: string) => Promise<unknown>) => {
    const results = await Promise.allSettled(nodes.map(work))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
  }
  return { nodes, strike: () => together(strike), undo: () => together(undo) }
}
