/** The lab's own network: one namespace with a bridge, and a cable from it to each node's namespace. Nothing else is on it. */
import { access, rm } from 'node:fs/promises'
import { must, run } from '@bramble/process'
import type { Layout, NodeLayout } from '../host/layout.ts'

const quick = { timeout: 20_000 }

/** Makes the lab's namespace and bridge unless they are there. No route leads out of it. */
export async function raiseNetwork(layout: Layout): Promise<void> {
  const { namespace, bridge } = layout
  if (!(await hasNamespace(namespace))) await must(['ip', 'netns', 'add', namespace], quick)
  const ip = (...argv: string[]) => must(['ip', '-n', namespace, ...argv], quick)
  await ip('link', 'set', 'lo', 'up')
  if ((await run(['ip', '-n', namespace, 'link', 'show', bridge], quick)).code !== 0) {
    const mac = `dc:a6:32:ff:${(layout.id % 256).toString(16).padStart(2, '0')}:01`
    await ip('link', 'add', bridge, 'address', mac, 'type', 'bridge', 'forward_delay', '0', 'stp_state', '0')
  }
  await ip('address', 'replace', `${layout.bridgeAddress}/24`, 'dev', bridge)
  await ip('link', 'set', bridge, 'up')
}

/** Ends the lab's network. Every node must be detached. */
export async function lowerNetwork(layout: Layout): Promise<void> {
  if (await hasNamespace(layout.namespace)) await must(['ip', 'netns', 'delete', layout.namespace], quick)
}

export interface Cable {
  plugged: boolean
  /** False: the node finds its address itself, as its card says. */
  addressed: boolean
}

/** Lays the cable of a node that is about to boot: a fresh namespace, so that nothing of the last boot is left in it. */
export async function attachNode(layout: Layout, node: NodeLayout, { plugged, addressed }: Cable): Promise<void> {
  await detachNode(layout, node)
  await must(['ip', 'netns', 'add', node.namespace], quick)
  const bridgeSide = (...argv: string[]) => must(['ip', '-n', layout.namespace, ...argv], quick)
  const nodeSide = (...argv: string[]) => must(['ip', '-n', node.namespace, ...argv], quick)
  const peer = ['peer', 'name', 'eth0', 'address', node.mac, 'netns', node.namespace]
  await bridgeSide('link', 'add', node.port, 'type', 'veth', ...peer)
  await bridgeSide('link', 'set', node.port, 'master', layout.bridge)
  await nodeSide('link', 'set', 'lo', 'up')
  if (addressed) {
    await nodeSide('address', 'add', `${node.address}/24`, 'broadcast', `${layout.subnet}.255`, 'dev', 'eth0')
    await nodeSide('link', 'set', 'eth0', 'up')
  }
  await plug(layout, node, plugged)
}

/** Pulls (false) or plugs (true) the node's network cable. */
export async function plug(layout: Layout, node: NodeLayout, plugged: boolean): Promise<void> {
  await must(['ip', '-n', layout.namespace, 'link', 'set', node.port, plugged ? 'up' : 'down'], quick)
}

/** Takes the cable and the node's namespace away. Not attached is fine. */
export async function detachNode(layout: Layout, node: NodeLayout): Promise<void> {
  await run(['ip', '-n', layout.namespace, 'link', 'delete', node.port], quick)
  if (await hasNamespace(node.namespace)) await must(['ip', 'netns', 'delete', node.namespace], quick)
}

/** `argv` run on the lab's network. Not `ip netns exec`, which mounts /sys anew. */
export function inNamespace(layout: Layout, argv: readonly string[]): string[] {
  return ['nsenter', `--net=/run/netns/${layout.namespace}`, ...argv]
}

/** A name that outlived its namespace, as after a restart of the machine, is taken away. */
async function hasNamespace(name: string): Promise<boolean> {
  const file = `/run/netns/${name}`
  const isNamed = await access(file).then(
    () => true,
    () => false,
  )
  if (!isNamed || (await run(['ip', '-n', name, 'link', 'show', 'lo'], quick)).code === 0) return isNamed
  await rm(file, { force: true })
  return false
}
