/** The health of a cluster that serves, from cheap questions that every node answers about itself. */
import { type ClusterSpec, type NodeSpec, nodesWith, staying } from '@bramble/cluster'
import { fileState } from '../engine/file.ts'
import type { Pulse } from '../engine/pulse.ts'
import type { Fact, Facts } from '../engine/types.ts'
import { etcdStore, ownRoster, peerUrl } from '../etcd/members.ts'
import { etcdHealth } from '../facts/etcd.ts'
import { caPath } from '../facts/identity.ts'
import { patroniCluster, patroniMember } from '../facts/patroni.ts'
import { patroniConfig } from '../roles/postgres/patronictl.ts'

/** A replica further behind than this many bytes is not in step. */
const lagLimit = 16 * 1024 ** 2

const authority = fileState(caPath)
const patroniFile = fileState(patroniConfig)

/** Of every node: after a move of a role the one that had it still does its work. */
export const pulseFacts: readonly Fact<unknown>[] = [
  etcdHealth,
  ownRoster,
  etcdStore,
  patroniMember,
  patroniCluster,
  authority,
  patroniFile,
]

/** A node counts as primary only when it says so itself, or when it cannot be asked and the others say so. */
export function pulseOf(full: ClusterSpec, known: ReadonlyMap<string, Facts>): Pulse {
  const spec = staying(full)
  const nodes = full.nodes.flatMap((node) => {
    const facts = known.get(node.name)
    return facts ? [{ node, name: node.name, facts }] : []
  })
  const copies = nodes.map(({ name, facts }) => ({
    name,
    member: facts.of(patroniMember),
    cluster: facts.of(patroniCluster),
  }))
  const own = copies.find(({ member }) => member.role === 'primary' && member.state === 'running')
  const said = copies.find(({ cluster }) => cluster?.leader && !known.has(cluster.leader))
  const witness = own ?? said
  const listed = new Set(witness?.cluster?.streaming ?? [])
  const keeps = new Set(nodesWith(spec, 'postgres').map(({ name }) => name))
  const streaming = copies
    .filter(({ name, member }) => {
      const lag = witness?.cluster?.lag[name]
      const near = lag === null || lag === undefined || lag < lagLimit
      return keeps.has(name) && member.role === 'replica' && listed.has(name) && near
    })
    .map(({ name }) => name)
  const voters = nodes.filter(({ facts }) => facts.of(etcdHealth).healthy).map(({ name }) => name)
  const members = nodes.map(({ facts }) => facts.of(ownRoster)).find((roster) => roster !== null) ?? null
  const joins = (node: NodeSpec, facts: Facts) => {
    const { roles } = node
    const absent = (fact: typeof authority) => facts.of(fact).kind === 'absent'
    const outside = members !== null && !members.some(({ peer }) => peer === peerUrl(node))
    return (
      absent(authority) ||
      (roles.includes('etcd') && (absent(etcdStore) || outside)) ||
      (roles.includes('postgres') && absent(patroniFile))
    )
  }
  return {
    primary: own?.name ?? said?.cluster?.leader ?? null,
    postgresMajor: (own ?? copies.find(({ member }) => member.postgresMajor !== null))?.member.postgresMajor ?? null,
    streaming,
    departing: [...listed].filter((name) => !keeps.has(name)),
    synchronous: streaming.filter((name) => witness?.cluster?.synchronous.includes(name)),
    voters,
    members,
    joining: nodes.filter(({ node, facts }) => !node.leaving && joins(node, facts)).map(({ name }) => name),
    storeless: nodes.filter(({ facts }) => facts.of(etcdStore).kind === 'absent').map(({ name }) => name),
    lived: nodes.some(({ facts }) => [etcdStore, patroniFile].every((fact) => facts.of(fact).kind !== 'absent')),
  }
}
