/** In which order nodes are worked on, and what is refused because it would hurt a cluster that serves. Pure. */
import { type ClusterSpec, nodesWith, quorumNeeded } from '@bramble/cluster'
import type { Pulse } from '../engine/pulse.ts'
import { type Step, Trouble } from '../engine/types.ts'

/** First boot goes together since etcd needs its peers; a cluster that has a primary is changed one node at a time. */
export function rolloutOf(pulse: Pulse): 'together' | 'one-by-one' {
  return pulse.primary === null ? 'together' : 'one-by-one'
}

/**
 * Nodes in the order they are worked on: replicas, the primary, and then who joins, since the others have to know of it
 * before they let it in.
 */
export function orderOf(spec: ClusterSpec, pulse: Pulse): string[] {
  const place = (name: string) => (name === pulse.primary ? 1 : pulse.joining.includes(name) ? 2 : 0)
  return spec.nodes.map((node) => node.name).sort((a, b) => place(a) - place(b))
}

/**
 * Whether the primary must be handed over before `node` is worked on. Trouble `last-copy` or `quorum-at-risk` when the
 * steps would take away what the cluster cannot spare.
 */
export function guard(spec: ClusterSpec, pulse: Pulse, node: string, steps: readonly Step[]): { handOver: boolean } {
  const stops = new Set(steps.map((step) => step.disrupts?.what))
  const voters = pulse.members?.filter(({ learner }) => !learner).length ?? nodesWith(spec, 'etcd').length
  const majority = quorumNeeded(voters)
  const others = pulse.voters.filter((name) => name !== node).length
  if ((stops.has('etcd') || stops.has('node')) && pulse.voters.includes(node) && others < majority && voters > 1)
    throw new Trouble(
      'quorum-at-risk',
      `A change on ${node} would stop its etcd and leave only ${others} of ${voters} etcd members: the database would become read-only.`,
      'Bring the other Pis back online, then press Retry.',
    )
  const hurtsPostgres = stops.has('postgres') || stops.has('node')
  if (!hurtsPostgres || pulse.primary !== node) return { handOver: false }
  if (pulse.streaming.length > 0) return { handOver: true }
  if (nodesWith(spec, 'postgres').length === 1) return { handOver: false }
  throw new Trouble(
    'last-copy',
    `${node} is the primary and no replica is in sync with it: a restart would stop the database.`,
    'Bring a replica back online, then press Retry.',
  )
}

/** Whether the steps stop something of the node that serves now; what is only being built stops for nobody. */
export function interrupts(pulse: Pulse, node: string, steps: readonly Step[]): boolean {
  const votes = pulse.voters.includes(node)
  const copies = pulse.primary === node || pulse.streaming.includes(node)
  return steps.some(({ disrupts }) => {
    if (disrupts?.what === 'etcd') return votes
    if (disrupts?.what === 'postgres') return copies
    return disrupts?.what === 'node' && (votes || copies)
  })
}

/** What a healthy cluster lacks, in words; null when nothing. Waited for between two nodes. */
export function unhealthy(spec: ClusterSpec, pulse: Pulse, reachable: ReadonlySet<string>): string | null {
  if (pulse.primary === null) return 'the cluster has no primary'
  const there = (name: string) => reachable.has(name) && !pulse.joining.includes(name)
  const learns = (name: string) => pulse.members?.some((member) => member.name === name && member.learner) ?? false
  const silent = nodesWith(spec, 'etcd').filter(
    ({ name }) => there(name) && !learns(name) && !pulse.voters.includes(name),
  )
  if (silent.length > 0) return `etcd is not healthy on ${silent.map((node) => node.name).join(', ')}`
  const behind = nodesWith(spec, 'postgres').filter(
    ({ name }) => there(name) && name !== pulse.primary && !pulse.streaming.includes(name),
  )
  return behind.length > 0 ? `${behind.map((node) => node.name).join(', ')} is not replicating yet` : null
}
