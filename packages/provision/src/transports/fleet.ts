/** The ways to all nodes of a cluster: one kept connection each, opened anew when it broke. */
import type { ClusterSpec, NodeSpec } from '@bramble/cluster'
import { type Door, type KeptTransport, type Login, openSsh } from './ssh.ts'
import type { Transport } from './types.ts'

export interface Fleet {
  /** The node's connection: kept, and opened anew when it broke. */
  connect(node: NodeSpec, signal?: AbortSignal): Promise<Transport>
  close(): Promise<void>
}

/** The ways to all nodes of a cluster. */
export function openFleet(options: {
  spec: ClusterSpec
  logins: (node: NodeSpec) => readonly Login[]
  hostKey: (node: NodeSpec) => string | undefined
}): Fleet {
  const open = new Map<string, Promise<KeptTransport>>()
  return {
    async connect(node, signal) {
      const kept = await open.get(node.name)?.catch(() => null)
      if (kept?.alive) return kept
      const door: Door = {
        address: node.address,
        port: options.spec.ssh.port,
        logins: options.logins(node),
        hostKey: options.hostKey(node),
      }
      const fresh = openSsh(door, signal)
      open.set(node.name, fresh)
      return fresh
    },
    async close() {
      const all = [...open.values()]
      open.clear()
      await Promise.allSettled(all.map(async (transport) => (await transport).close()))
    },
  }
}
