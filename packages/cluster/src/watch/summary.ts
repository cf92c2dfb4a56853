/** What the states of the nodes mean together. Pure: the page, the alerts and the worker read the same answers here. */
import { type ClusterSpec, nodesWith } from '../spec.ts'
import type { ClusterWatch, NodeState } from './state.ts'

export interface Quorum {
  voters: number
  healthy: number
  /** Voters that must agree. */
  needed: number
  holds: boolean
  leader: string | null
}

export const stateOf = (watch: ClusterWatch, node: string): NodeState | undefined =>
  watch.states.find((state) => state.node === node)

/** The node whose Patroni says that it is the primary and runs; null: none does. */
export function primaryOf(watch: ClusterWatch): string | null {
  const found = watch.states.find(({ patroni }) => patroni?.role === 'primary' && patroni.state === 'running')
  return found?.node ?? null
}

/** Balancers that carry the virtual IP: one when all is well. */
export function vipHolders(spec: ClusterSpec, watch: ClusterWatch): string[] {
  return watch.states.filter(({ machine }) => machine?.addresses.includes(spec.vip)).map(({ node }) => node)
}

export function quorumOf(spec: ClusterSpec, watch: ClusterWatch): Quorum {
  const voters = nodesWith(spec, 'etcd').length
  const seen = watch.states.filter(({ etcd }) => etcd !== null)
  const healthy = seen.filter(({ etcd }) => etcd?.healthy).length
  const needed = Math.floor(voters / 2) + 1
  return {
    voters,
    healthy,
    needed,
    holds: healthy >= needed,
    leader: seen.find(({ etcd }) => etcd?.leader)?.node ?? null,
  }
}

/**
 * Whether the balancer that carries the virtual IP finds a server that is up in a backend: what a client meets. Null when
 * nobody can tell, since no balancer answers.
 */
function backendUp(spec: ClusterSpec, watch: ClusterWatch, backend: string): boolean | null {
  const balancers = nodesWith(spec, 'balancer').flatMap(({ name }) => stateOf(watch, name) ?? [])
  if (balancers.every(({ trouble }) => trouble !== null)) return null
  const [holder] = balancers.filter(({ machine }) => machine?.addresses.includes(spec.vip))
  if (!holder?.haproxy) return false
  return holder.haproxy.servers.some(
    (server) => server.backend === backend && (server.status === 'up' || server.status === 'unchecked'),
  )
}

/** A client of port 5000 reaches a primary; null: nobody can tell. */
export const isWritable = (spec: ClusterSpec, watch: ClusterWatch): boolean | null =>
  backendUp(spec, watch, 'postgres-primary')

/** A visitor of the site reaches a web node; null: nobody can tell. */
export const isSiteUp = (spec: ClusterSpec, watch: ClusterWatch): boolean | null => backendUp(spec, watch, 'web')
