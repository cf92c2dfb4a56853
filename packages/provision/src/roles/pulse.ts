/** The health of a cluster that serves, from cheap questions that every node answers about itself. */
import { type ClusterSpec, nodesWith } from '@bramble/cluster'
import type { Pulse } from '../core/rollout.ts'
import type { Fact, Facts, RoleContext } from '../core/types.ts'
import { etcdHealth } from '../facts/etcd.ts'
import { patroniCluster, patroniMember } from '../facts/patroni.ts'

/** A replica further behind than this many bytes is not in step. */
const lagLimit = 16 * 1024 ** 2

export function pulseFacts({ node }: RoleContext): readonly Fact<unknown>[] {
  return [
    ...(node.roles.includes('etcd') ? [etcdHealth] : []),
    ...(node.roles.includes('postgres') ? [patroniMember, patroniCluster] : []),
  ]
}

/** A node counts as primary only when it says so itself, or when it cannot be asked and the others say so. */
export function pulseOf(spec: ClusterSpec, known: ReadonlyMap<string, Facts>): Pulse {
  const copies = nodesWith(spec, 'postgres').flatMap(({ name }) => {
    const facts = known.get(name)
    return facts ? [{ name, member: facts.of(patroniMember), cluster: facts.of(patroniCluster) }] : []
  })
  const own = copies.find(({ member }) => member.role === 'primary' && member.state === 'running')
  const said = copies.find(({ cluster }) => cluster?.leader && !known.has(cluster.leader))
  const witness = own ?? said
  const streaming = new Set(witness?.cluster?.streaming ?? [])
  return {
    primary: own?.name ?? said?.cluster?.leader ?? null,
    streaming: copies
      .filter(({ name, member }) => {
        const lag = witness?.cluster?.lag[name]
        return member.role === 'replica' && streaming.has(name) && (lag === null || lag === undefined || lag < lagLimit)
      })
      .map(({ name }) => name),
    voters: nodesWith(spec, 'etcd')
      .filter(({ name }) => known.get(name)?.of(etcdHealth).healthy)
      .map(({ name }) => name),
  }
}
