/** What the states of the nodes mean together. Pure: the page, the alerts and the worker read the same answers here. */
import { nodesWith } from '../nodes.ts'
import type { ClusterSpec } from '../spec.ts'
import type { ClusterWatch, HaproxyState, NodeState } from './state.ts'

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
    // A healthy leader has a majority behind it: of a store that went on without the voters that were lost, say.
    holds: healthy >= needed || seen.some(({ etcd }) => etcd?.healthy && etcd.leader),
    leader: seen.find(({ etcd }) => etcd?.leader)?.node ?? null,
  }
}

/** It answers the worker. */
export const answers = (watch: ClusterWatch, node: string): boolean => stateOf(watch, node)?.trouble === null

/** Who holds the primary's lease by the members' own lists, though it may be silent itself; null: nobody, or nobody tells. */
export function leaseHolderOf(watch: ClusterWatch): string | null {
  const said = new Map<string, number>()
  for (const { patroni } of watch.states) {
    const leader = patroni?.members.find(({ role }) => role === 'leader')?.name
    if (leader !== undefined) said.set(leader, (said.get(leader) ?? 0) + 1)
  }
  return [...said].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null
}

/** HAProxy as clients meet it: that of the balancer with the virtual IP, else of any that answers. */
export function frontDoor(spec: ClusterSpec, watch: ClusterWatch): { node: string; haproxy: HaproxyState } | null {
  const [holder] = vipHolders(spec, watch)
  const seen = watch.states.filter(({ haproxy }) => haproxy !== null)
  const found = seen.find(({ node }) => node === holder) ?? seen[0]
  return found?.haproxy ? { node: found.node, haproxy: found.haproxy } : null
}

/** The primary's database takes writes. Whether clients get to it is another question: see `writesPass`. */
export function acceptsWrites(watch: ClusterWatch): boolean {
  const primary = primaryOf(watch)
  const postgres = primary === null ? null : stateOf(watch, primary)?.postgres
  // A primary whose PostgreSQL was not asked yet counts by Patroni's word.
  return primary !== null && (!postgres || (!postgres.inRecovery && !postgres.readOnly))
}

/** The primary that the worker cannot ask while HAProxy reaches it: the way to it is broken, it is not. */
export function silentPrimary(spec: ClusterSpec, watch: ClusterWatch): string | null {
  const holder = leaseHolderOf(watch)
  if (holder === null || stateOf(watch, holder)?.patroni) return null
  const reached = frontDoor(spec, watch)?.haproxy.servers.some(
    ({ backend, server, status }) => backend === 'postgres-primary' && server === holder && status === 'up',
  )
  return reached ? holder : null
}

/** A write through port 5000 of the virtual IP gets through. */
export function writesPass(spec: ClusterSpec, watch: ClusterWatch): boolean {
  const taken = acceptsWrites(watch) || silentPrimary(spec, watch) !== null
  return taken && vipHolders(spec, watch).length > 0 && leadsTo(spec, watch, 'postgres-primary')
}

/** A page through port 80 of the virtual IP gets through; null: no node serves a site. */
export function sitePasses(spec: ClusterSpec, watch: ClusterWatch): boolean | null {
  if (nodesWith(spec, 'web').length === 0) return null
  return vipHolders(spec, watch).length > 0 && leadsTo(spec, watch, 'web')
}

/** The backend has a server that takes new clients. */
function leadsTo(spec: ClusterSpec, watch: ClusterWatch, backend: string): boolean {
  const servers = frontDoor(spec, watch)?.haproxy.servers.filter((server) => server.backend === backend) ?? []
  return servers.some(({ status }) => status === 'up' || status === 'unchecked')
}
