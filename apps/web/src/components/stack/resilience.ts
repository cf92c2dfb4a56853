/** What the stack survives, in words: quorum, and what stops when one Pi dies. Pure; read from the spec. */
import { type ClusterSpec, nodesWith, type Role } from '@bramble/cluster'

export interface Loss {
  node: string
  /** `stops`: something the users of the cluster notice until the Pi returns. `holds`: others take over. */
  level: 'stops' | 'holds'
  /** One sentence: "The database is read-only until it returns." */
  words: string
}

/** What happens when this one Pi loses power. */
export function lossOf(spec: ClusterSpec, name: string): Loss {
  const node = spec.nodes.find((entry) => entry.name === name)
  const roles = node?.roles ?? []
  const left = (role: Role) => nodesWith(spec, role).length - (roles.includes(role) ? 1 : 0)
  const voters = nodesWith(spec, 'etcd').length
  const stops: string[] = []
  if (roles.includes('balancer') && left('balancer') === 0) stops.push('nothing answers on the virtual IP')
  if (roles.includes('postgres') && left('postgres') === 0) stops.push('the database is gone')
  else if (roles.includes('etcd') && left('etcd') < quorum(voters)) stops.push('the database is read-only')
  if (roles.includes('web') && left('web') === 0) stops.push('the site answers 503')
  if (stops.length > 0) return { node: name, level: 'stops', words: `${sentence(stops)} until ${name} returns.` }

  const holds: string[] = []
  if (roles.includes('balancer')) holds.push('another balancer takes the virtual IP')
  if (roles.includes('postgres')) holds.push('a replica becomes primary if it was here')
  if (roles.includes('etcd')) holds.push(`${left('etcd')} of ${voters} voters still agree`)
  if (roles.includes('web'))
    holds.push(`${left('web')} web ${left('web') === 1 ? 'node serves' : 'nodes serve'} the site`)
  if (holds.length === 0) return { node: name, level: 'holds', words: 'Nobody notices: it is a spare.' }
  return { node: name, level: 'holds', words: `${sentence(holds)}.` }
}

/** Voters that must agree before etcd accepts a write. */
function quorum(voters: number): number {
  return Math.floor(voters / 2) + 1
}

/** "3 voters, 2 must agree: the loss of 1 is survived." */
export function quorumWords(voters: number): string {
  if (voters === 0) return 'No etcd voter: no primary can be elected.'
  const spare = voters - quorum(voters)
  const survived = spare === 0 ? 'no loss is survived' : `the loss of ${spare} is survived`
  return voters === 1
    ? 'One etcd voter decides alone: no loss is survived.'
    : `${voters} etcd voters, ${quorum(voters)} must agree: ${survived}.`
}

/** The headline over the picture. */
export function survivalWords(spec: ClusterSpec): { level: 'holds' | 'stops'; words: string } {
  const fatal = spec.nodes.map((node) => lossOf(spec, node.name)).filter((loss) => loss.level === 'stops')
  if (fatal.length === 0) return { level: 'holds', words: 'Any one Pi may die and the cluster keeps serving.' }
  if (fatal.length === 1) return { level: 'stops', words: `If ${fatal[0]!.node} dies, ${lower(fatal[0]!.words)}` }
  return {
    level: 'stops',
    words: `${fatal.length} of ${spec.nodes.length} Pis are single points of failure: ${fatal.map((loss) => loss.node).join(', ')}.`,
  }
}

function sentence(parts: readonly string[]): string {
  const text = parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}` : (parts[0] ?? '')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
