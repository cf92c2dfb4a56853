/** Which node does what its roles are for, by the last look. */
import type { Works } from '../resilience.ts'
import type { ClusterSpec } from '../spec.ts'
import type { ClusterWatch } from './state.ts'
import { frontDoor, stateOf } from './summary.ts'

export function worksNow(spec: ClusterSpec, watch: ClusterWatch): Works {
  const served = frontDoor(spec, watch)?.haproxy.servers.filter(({ backend }) => backend === 'web')
  return (node, role) => {
    const state = stateOf(watch, node.name)
    if (!state || state.trouble !== null) return false
    if (role === 'etcd') return state.etcd?.healthy ?? false
    if (role === 'balancer') return state.haproxy !== null && state.haproxy.silent === undefined
    if (role === 'postgres') return /^(running|streaming|in archive recovery)$/.test(state.patroni?.state ?? '')
    const server = served?.find((entry) => entry.server === node.name)
    return server ? server.status === 'up' || server.status === 'unchecked' : (state.web?.healthy ?? false)
  }
}
