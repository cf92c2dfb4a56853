/** Who has to leave etcd, and what stands in the way. Pure. */
import { type ClusterSpec, type NodeSpec, nodesWith, type Plan, quorumNeeded, staying } from '@bramble/cluster'
import type { EtcdMember, Pulse } from '../engine/pulse.ts'
import { peerUrl } from './members.ts'

export interface Outgoing {
  /** Members whose node is gone, or came back without its store: each counts against the majority. */
  dead: EtcdMember[]
  /** Members that work and are no voters of the spec. */
  alive: EtcdMember[]
}

/** `spec`: without the nodes that leave. A voter that only cannot be reached stays a member. */
export function outgoing(spec: ClusterSpec, pulse: Pulse): Outgoing {
  const voters = nodesWith(spec, 'etcd')
  const dead: EtcdMember[] = []
  const alive: EtcdMember[] = []
  for (const member of pulse.members ?? []) {
    const voter = voters.find((node) => peerUrl(node) === member.peer)
    if (voter) {
      // One whose first provisioning broke off joins, too, but has its store, or has not started yet.
      const reflashed = pulse.storeless.includes(voter.name) && member.name !== '' && !member.unstarted
      if (reflashed) dead.push(member)
    } else if (works(pulse, member)) alive.push(member)
    else dead.push(member)
  }
  return { dead, alive }
}

/** A member is named after its node; one whose node is no longer of the spec cannot be asked and counts as gone. */
const works = (pulse: Pulse, member: EtcdMember): boolean => pulse.voters.includes(member.name)

/** The voter that carries changes of the membership out: the first that works and stays. */
export function stewardOf(spec: ClusterSpec, pulse: Pulse): string | undefined {
  return nodesWith(spec, 'etcd').find(
    (node) =>
      pulse.voters.includes(node.name) &&
      !pulse.joining.includes(node.name) &&
      pulse.members?.some((member) => member.peer === peerUrl(node)),
  )?.name
}

type Finding = Plan['findings'][number]

/** What forbids to change who belongs to the cluster: a majority, the last copy or the only balancer would be lost. */
export function refusals(full: ClusterSpec, pulse: Pulse): Finding[] {
  const spec = staying(full)
  const found: Finding[] = []
  const add = (code: string, node: string | null, message: string, cure: string) =>
    found.push({ level: 'error', code, node, message, cure })
  if (pulse.members === null) {
    const voters = nodesWith(spec, 'etcd')
    const back = voters.filter(({ name }) => !pulse.voters.includes(name)).map(({ name }) => name)
    if (pulse.lived && pulse.joining.some((name) => voters.some((voter) => voter.name === name)))
      add(
        'quorum-lost',
        null,
        `etcd has no quorum: ${pulse.voters.length} of ${voters.length} members are online. A new member cannot join, and a new etcd store would lose the state of the database.`,
        `Bring ${list(back.filter((name) => !pulse.joining.includes(name)))} back online with the original card. If the Pis are lost: Operate → “Recover etcd quorum…”.`,
      )
    return found
  }
  const { dead, alive } = outgoing(spec, pulse)
  const rest = pulse.members.filter((member) => !member.learner && !dead.includes(member))
  const healthy = rest.filter((member) => works(pulse, member))
  if (dead.length + alive.length > 0 && healthy.length < quorumNeeded(rest.length))
    add(
      'quorum-at-risk',
      null,
      `Only ${healthy.length} of the ${rest.length} other etcd members are online: removing ${names([...dead, ...alive])} would lose the quorum.`,
      `Bring ${list(rest.filter((member) => !works(pulse, member)).map(({ name }) => name))} back online first.`,
    )
  const later = nodesWith(spec, 'etcd').filter(
    ({ name }) => pulse.voters.includes(name) || pulse.joining.includes(name),
  )
  const wanted = nodesWith(spec, 'etcd').length
  if (alive.length > 0 && later.length < quorumNeeded(wanted))
    add(
      'quorum-at-risk',
      null,
      `Only ${later.length} of the ${wanted} remaining etcd members are online: without ${names(alive)} etcd would lose its quorum.`,
      'Bring the other members back online first.',
    )
  copies(full, spec, pulse, add)
  return found
}

function copies(
  full: ClusterSpec,
  spec: ClusterSpec,
  pulse: Pulse,
  add: (...words: [string, string | null, string, string]) => void,
) {
  const { primary, streaming } = pulse
  const keeps = (name: string) => nodesWith(spec, 'postgres').some((node) => node.name === name)
  if (primary === null || keeps(primary)) return
  const known = full.nodes.find((node: NodeSpec) => node.name === primary)
  if (streaming.length > 0) return
  add(
    'last-copy',
    known?.name ?? null,
    `${primary} has the only healthy copy of the data, and this change removes it.`,
    'Add a new replica first, wait until it is in sync, then remove this one.',
  )
}

const names = (members: readonly EtcdMember[]) => list(members.map((member) => member.name || member.peer))
const list = (words: readonly string[]) => words.join(' and ') || 'the other etcd members'
