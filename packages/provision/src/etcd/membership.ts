/**
 * The steps that change who belongs to etcd while the cluster serves. The dead go first, since each counts against the
 * majority; who joins copies the store before it gets a vote; who leaves alive goes last, when the others have theirs.
 */
import { nodesWith } from '@bramble/cluster'
import { fileState } from '../engine/file.ts'
import type { EtcdMember } from '../engine/pulse.ts'
import { because, type RoleContext, type Step, settled } from '../engine/types.ts'
import { file } from '../resources/file.ts'
import { outgoing, stewardOf } from './departures.ts'
import {
  endpointsOf,
  etcdData,
  etcdStore,
  firstStartPath,
  ownRoster,
  peerUrl,
  rosterChange,
  rosterOf,
} from './members.ts'

/** False: no majority stands behind any store, so this is the first start of all. */
const lives = ({ pulse }: RoleContext): boolean => (pulse?.members ?? null) !== null

type Roster = readonly EtcdMember[] | null

const own = ({ node }: RoleContext, roster: Roster) => roster?.find(({ peer }) => peer === peerUrl(node))

export const learns = (context: RoleContext, roster: Roster): boolean => own(context, roster)?.learner ?? false

/** May it vote as soon as it is in step? Not while others of the spec are still to join: the voters stay odd. */
export function hasVote({ spec }: RoleContext, roster: Roster): boolean {
  return nodesWith(spec, 'etcd').every((voter) => roster?.some(({ peer }) => peer === peerUrl(voter)))
}

/** Of the first start of all: every voter is named. A store that lives takes its members one by one instead. */
export function firstStart(context: RoleContext): Step {
  const { spec } = context
  const voters = nodesWith(spec, 'etcd').map((voter) => `${voter.name}=${peerUrl(voter)}`)
  const step = file({
    id: 'etcd/first-start',
    path: firstStartPath,
    content: `# Managed by Bramble. Local changes are overwritten. The settings of the first start of this member.
ETCD_INITIAL_CLUSTER="${voters.join(',')}"
ETCD_INITIAL_CLUSTER_STATE="new"
`,
  })
  return {
    ...step,
    reads: [...step.reads, etcdStore],
    check: (facts) => (lives(context) || facts.of(etcdStore).kind !== 'absent' ? settled : step.check(facts)),
  }
}

/** Becomes a learner of the store that lives. */
export function join(context: RoleContext): Step {
  const { spec, node } = context
  const roster = rosterOf(spec)
  const start = fileState(firstStartPath, { content: true })
  const peer = peerUrl(node)
  const names = Object.fromEntries(nodesWith(spec, 'etcd').map((voter) => [peerUrl(voter), voter.name]))
  return {
    id: 'etcd/join',
    title: `Add ${node.name} to etcd as a learner`,
    reads: [roster, etcdStore, start],
    check(facts) {
      if (!lives(context)) return settled
      const members = facts.of(roster)
      if (!members) return because('etcd has no quorum')
      const present = own(context, members)
      if (!present) return because('not an etcd member yet')
      if (facts.of(etcdStore).kind !== 'absent') return settled
      const words = facts.of(start).content ?? ''
      const named = words.includes(`${node.name}=${peer}`)
      // The first start of all broke off before this one had started: it starts as the others did.
      if (present.name !== '' && present.unstarted && named && words.includes('"new"')) return settled
      if (present.name !== '') return because('its data is missing, so it joins as a new member')
      const told = named && words.includes('"existing"')
      return told && members.every((member) => words.includes(`=${member.peer}`))
        ? settled
        : because('its join settings are not written yet')
    },
    apply: (facts) => [
      // A store that is here although etcd does not know the node is of a member that was taken out.
      ...(facts.of(etcdStore).kind === 'absent'
        ? []
        : ([
            { kind: 'run', argv: ['systemctl', 'stop', 'etcd.service'], timeout: 120 },
            { kind: 'run', argv: ['rm', '-rf', etcdData] },
          ] as const)),
      rosterChange({ what: 'join', name: node.name, peer, path: firstStartPath, names, endpoints: endpointsOf(spec) }),
    ],
    cure: 'A majority of the other etcd members must be online. "journalctl -u etcd -n 50" on one of them shows more.',
  }
}

/** The last one to join gives all learners their votes and takes who leaves out, in one go: the voters stay odd. */
export function promoteLearners(context: RoleContext): Step {
  const roster = rosterOf(context.spec)
  const endpoints = endpointsOf(context.spec)
  const leaving = context.pulse ? outgoing(context.spec, context.pulse).alive.map(({ id }) => id) : []
  return {
    id: 'etcd/vote',
    title: `Promote ${context.node.name} to a voting etcd member`,
    reads: [roster],
    check(facts) {
      if (!lives(context)) return settled
      const members = facts.of(roster)
      if (!members) return because('etcd has no quorum')
      const present = own(context, members)
      if (!present) return because('not an etcd member yet')
      if (!present.learner) return settled
      return hasVote(context, members) ? because('still a learner') : settled
    },
    apply: () => [
      rosterChange({ what: 'promote', endpoints }),
      ...(leaving.length > 0 ? [rosterChange({ what: 'remove', ids: leaving, endpoints })] : []),
    ],
    patience: 60,
    cure: 'A learner is promoted when it has copied the data of etcd. "journalctl -u etcd -n 50" on the Pi shows the cause.',
  }
}

/** On one voter: members that are gone for good are taken out before anybody joins. */
export const dismissDead = (context: RoleContext): Step => dismissal(context, 'dead')

/** On one voter, when nobody joins in their stead: members that work and are to leave. */
export const letGo = (context: RoleContext): Step => dismissal(context, 'alive')

function dismissal(context: RoleContext, which: 'dead' | 'alive'): Step {
  const { spec, node, pulse } = context
  const steward = pulse !== undefined && stewardOf(spec, pulse) === node.name
  const heirs = nodesWith(spec, 'etcd').some(({ name }) => pulse?.joining.includes(name))
  const leaving = steward && (which === 'dead' || !heirs) ? outgoing(spec, pulse)[which] : []
  const names = leaving.map((member) => member.name || member.peer.replace(/^https:\/\/|:2380$/g, ''))
  return {
    id: which === 'dead' ? 'etcd/dismiss' : 'etcd/let-go',
    title:
      leaving.length === 0
        ? `Check for ${which === 'dead' ? 'dead' : 'surplus'} etcd members`
        : `Remove ${names.join(' and ')} from etcd`,
    reads: [ownRoster],
    check(facts) {
      if (leaving.length === 0) return settled
      const members = facts.of(ownRoster)
      if (!members) return because('etcd has no quorum')
      const left = leaving.filter(({ id }) => members.some((member) => member.id === id))
      if (left.length === 0) return settled
      return because(which === 'dead' ? 'permanently lost' : 'no longer part of etcd')
    },
    apply: () => [rosterChange({ what: 'remove', ids: leaving.map(({ id }) => id), endpoints: endpointsOf(spec) })],
    patience: 60,
    cure: 'etcd refuses a removal that would lose its quorum: bring the other members back online, then press Retry.',
  }
}
