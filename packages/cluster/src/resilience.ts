/** What stops when one Pi dies: by the spec alone, or by what works right now. Pure. */
import { nodesWith } from './nodes.ts'
import { roles } from './roles.ts'
import type { ClusterSpec, NodeSpec, Role } from './spec.ts'

/** What the users of the cluster would notice until the Pi returns. */
export type Stop = 'address' | 'database' | 'writes' | 'site'

export interface Loss {
  node: string
  /** Empty: others take over. */
  stops: Stop[]
  /** How many of each role would be left at work. */
  left: Record<Role, number>
  /** Roles that it carries and does. */
  roles: Role[]
}

/** Does the node do what the role is for? */
export type Works = (node: NodeSpec, role: Role) => boolean

export const asPlanned: Works = (node, role) => node.roles.includes(role)

/** Voters that must agree before etcd accepts a write. */
export const quorumNeeded = (voters: number): number => Math.floor(voters / 2) + 1

export function lossOf(spec: ClusterSpec, name: string, works: Works = asPlanned): Loss {
  const carries = (role: Role) => {
    const node = spec.nodes.find((entry) => entry.name === name)
    return (node?.roles.includes(role) ?? false) && works(node!, role)
  }
  const atWork = (role: Role) => nodesWith(spec, role).filter((node) => works(node, role)).length
  const left = Object.fromEntries(roles.map((role) => [role, atWork(role) - (carries(role) ? 1 : 0)])) as Loss['left']
  const needed = quorumNeeded(nodesWith(spec, 'etcd').length)
  const stops: Stop[] = []
  if (carries('balancer') && left.balancer === 0) stops.push('address')
  if (carries('postgres') && left.postgres === 0) stops.push('database')
  else if (carries('etcd') && left.etcd === needed - 1) stops.push('writes')
  if (carries('web') && left.web === 0) stops.push('site')
  return { node: name, stops, left, roles: roles.filter(carries) }
}

/** The Pis whose death would be noticed. */
export function singlePoints(spec: ClusterSpec, works: Works = asPlanned): Loss[] {
  return spec.nodes.map(({ name }) => lossOf(spec, name, works)).filter(({ stops }) => stops.length > 0)
}
