/** The vote: how many etcd voters agree, and how many must. */
import { countText, listText, sentence } from '../figures.ts'
import { primaryOf, quorumOf } from '../summary.ts'
import { answering, type Found, found, type Look, looked, type Seen } from './look.ts'

export function quorum(look: Look): Found[] {
  const { voters, healthy, needed } = quorumOf(look.spec, look.watch)
  const seen = answering(look, 'etcd')
  const alarms = seen.flatMap(({ node, state }) =>
    (state.etcd?.alarms ?? []).map((alarm) =>
      found('etcd-alarm', {
        node: node.name,
        subject: alarm,
        words: `etcd on ${node.name} raised ${alarm}: ${alarm === 'NOSPACE' ? 'its database is full and rejects writes, so Patroni cannot renew the lease of the primary' : 'its database is corrupt'}.`,
        cure:
          alarm === 'NOSPACE'
            ? `On ${node.name}: “sudo etcdctl defrag --cluster”, then “sudo etcdctl alarm disarm”.`
            : `Reprovision ${node.name}: it is removed as a member and joins again with an empty database.`,
      }),
    ),
  )
  // Nobody who votes can be asked: then nothing is known about the vote.
  if (seen.length === 0 || voters < 2) return alarms
  const missing = looked(look, 'etcd').filter(({ state }) => !state.etcd?.healthy)
  if (missing.length === 0) return alarms
  const whom = missing.map(({ node }) => node.name)
  // A voter that is healthy has just agreed with a majority, also when this worker cannot see the others.
  if (healthy === 0)
    return [
      ...alarms,
      found('quorum-lost', {
        value: healthy,
        from: whom,
        words: `etcd has lost its majority: ${healthy} of ${countText(voters, 'member')} can vote, and ${needed} are required. ${outcome(look)}`,
        cure: `Bring ${listText(whom)} back: the cluster recovers automatically when ${needed} of ${voters} members are online. ${reasons(missing)} If they are permanently lost: Operate → “Recover etcd quorum”.`,
      }),
    ]
  if (healthy > needed) return alarms
  return [
    ...alarms,
    found('quorum-at-risk', {
      value: healthy,
      from: whom,
      words: `${standing(healthy, voters, needed)}: one more loss, and the database becomes read-only. ${sentence(`Missing: ${listText(whom)}`)}`,
      cure: `Bring ${listText(whom)} back, or replace it if it is permanently lost, before you touch another member. ${reasons(missing)}`,
    }),
  ]
}

/** Fewer than must agree: etcd went on without voters that were lost for good. */
const standing = (healthy: number, voters: number, needed: number): string =>
  healthy < needed
    ? `etcd continues with ${healthy} of ${countText(voters, 'member')}`
    : `${healthy} of ${voters} etcd members are healthy and ${needed} are required`

function outcome(look: Look): string {
  const primary = primaryOf(look.watch)
  return primary
    ? `${primary} stays the primary as long as it reaches all others; if it fails, no replica takes over.`
    : 'No primary can be elected: the database is read-only.'
}

/** Why, as far as the nodes say; each cure names its node. */
function reasons(missing: readonly Seen[]): string {
  return missing
    .map(({ node, state }) => {
      if (state.trouble) return `${node.name} is unreachable: check its power and network.`
      const unit = state.machine?.units['etcd.service']
      if (unit && unit !== 'active')
        return `On ${node.name} etcd is ${unit}: “sudo systemctl start etcd”, and “journalctl -u etcd -n 50” shows why it stopped.`
      const because = state.etcd?.because || state.silent.etcd || 'it is not responding'
      return `On ${node.name}: ${sentence(because)}`
    })
    .join(' ')
}
