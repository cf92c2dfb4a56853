/** The ways to all nodes of a cluster: one kept connection each, opened anew when it broke. */
import type { ClusterSpec, NodeSpec } from '@bramble/cluster'
import type { Claim, Fleet, Login } from '../engine/transport.ts'
import { Trouble } from '../engine/types.ts'
import { type Door, type KeptTransport, openSsh } from './ssh.ts'

/** The ways to all nodes of a cluster. */
export function openFleet(options: {
  spec: ClusterSpec
  /** Asked for each connection. */
  logins: (node: NodeSpec) => readonly Login[] | Promise<readonly Login[]>
  hostKey: (node: NodeSpec) => string | undefined
  /** Of the worker that holds a run. */
  claim?: Claim
}): Fleet {
  const open = new Map<string, Promise<KeptTransport>>()
  const closing = new AbortController()
  const { spec, logins, hostKey, claim } = options

  async function connection(node: NodeSpec, before: Promise<KeptTransport> | undefined, signal?: AbortSignal) {
    const kept = await before?.catch(() => null)
    if (kept?.alive) return kept
    closing.signal.throwIfAborted()
    const { address } = node
    const door: Door = { address, port: spec.ssh.port, logins: await logins(node), hostKey: hostKey(node), claim }
    return openSsh(door, signal ? AbortSignal.any([signal, closing.signal]) : closing.signal)
  }

  return {
    // Who asks while another's connection is being made waits for it: a second one would be closed by nobody.
    connect(node, signal) {
      if (closing.signal.aborted) return Promise.reject(closing.signal.reason)
      const own = connection(node, open.get(node.name), signal)
      open.set(node.name, own)
      return own
    },
    async close() {
      closing.abort(new Trouble('closed', 'The connections to this cluster were closed.', 'Press Retry.'))
      const all = [...open.values()]
      open.clear()
      await Promise.allSettled(all.map(async (transport) => (await transport).close()))
    },
  }
}
