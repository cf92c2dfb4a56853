/** Roles when a Pi comes or goes: a proposal that keeps the voters odd and every role on as many Pis as it needs. Pure. */
import { nodesWith, staying } from './nodes.ts'
import { roles } from './roles.ts'
import type { ClusterSpec, NodeSpec, Role } from './spec.ts'
import { proposeRoles } from './topology.ts'

/** Fewer holders of a role than this are a single point of failure, or worse. */
const wanted: Record<Exclude<Role, 'etcd'>, number> = { postgres: 3, balancer: 2, web: 2 }

const give = (nodes: readonly NodeSpec[], name: string, role: Role): NodeSpec[] =>
  nodes.map((node) =>
    node.name === name ? { ...node, roles: roles.filter((one) => one === role || node.roles.includes(one)) } : node,
  )
const take = (nodes: readonly NodeSpec[], name: string, role: Role): NodeSpec[] =>
  nodes.map((node) => (node.name === name ? { ...node, roles: node.roles.filter((one) => one !== role) } : node))

/** Who carries least carries the next role. */
function lightest(nodes: readonly NodeSpec[], role: Role): NodeSpec | undefined {
  return nodes.filter((node) => !node.roles.includes(role)).sort((a, b) => a.roles.length - b.roles.length)[0]
}

/** As many voters as the table gives so many Pis: never four, never two. */
function withOddVoters(spec: ClusterSpec, most: number): ClusterSpec {
  let nodes = [...spec.nodes]
  const voters = () => nodes.filter((node) => node.roles.includes('etcd'))
  while (voters().length > most || (voters().length % 2 === 0 && voters().length > 0)) {
    const heir = lightest(nodes, 'etcd')
    if (voters().length < most && heir) nodes = give(nodes, heir.name, 'etcd')
    else nodes = take(nodes, voters().sort((a, b) => b.roles.length - a.roles.length)[0]!.name, 'etcd')
  }
  return { ...spec, nodes }
}

/** The spec with one more Pi. Its roles: what still has too few holders, else those of a Pi for the site and a copy. */
export function withNode(full: ClusterSpec, node: Pick<NodeSpec, 'name' | 'address' | 'hostKey'>): ClusterSpec {
  const spec = staying(full)
  const few = (role: Exclude<Role, 'etcd'>) => nodesWith(spec, role).length < wanted[role]
  const own = roles.filter((role) => (role === 'etcd' ? false : few(role) || role === 'web'))
  const nodes = [...full.nodes, { ...node, roles: own }]
  const voters = proposeRoles(staying({ ...full, nodes }).nodes.length).filter((list) => list.includes('etcd')).length
  let next: ClusterSpec = { ...full, nodes }
  // Two votes at a time: an even number survives no more losses than one less.
  while (nodesWith(next, 'etcd').length < voters) {
    const heir = lightest(staying(next).nodes, 'etcd')
    if (!heir) break
    next = { ...next, nodes: give(next.nodes, heir.name, 'etcd') }
  }
  return next
}

/** The spec in which that Pi leaves and others carry what it carried. */
export function withoutNode(full: ClusterSpec, name: string): ClusterSpec {
  const leaver = full.nodes.find((node) => node.name === name)
  if (!leaver) return full
  const gone: ClusterSpec = {
    ...full,
    nodes: full.nodes.map((node) => (node.name === name ? { ...node, roles: [], leaving: true as const } : node)),
  }
  let rest = staying(gone)
  for (const role of ['postgres', 'balancer', 'web'] as const) {
    const heir = lightest(rest.nodes, role)
    if (leaver.roles.includes(role) && heir && nodesWith(rest, role).length < wanted[role])
      rest = { ...rest, nodes: give(rest.nodes, heir.name, role) }
  }
  const table = proposeRoles(rest.nodes.length).filter((list) => list.includes('etcd')).length
  const most = Math.max(table - (table % 2 === 0 ? 1 : 0), 1)
  rest = withOddVoters(rest, Math.min(most, Math.max(1, nodesWith(full, 'etcd').length)))
  const placed = new Map(rest.nodes.map((node) => [node.name, node]))
  return withPlaces({ ...gone, nodes: gone.nodes.map((node) => placed.get(node.name) ?? node) }, name)
}

/** Apps that named the leaver run on the rest of their nodes, or on the first web node; no count exceeds the web nodes. */
function withPlaces(spec: ClusterSpec, leaver: string): ClusterSpec {
  if (!spec.apps) return spec
  const web = nodesWith(staying(spec), 'web').map((node) => node.name)
  const apps = spec.apps.map((app) => {
    const { nodes, count } = app
    if (count !== undefined && web.length > 0) return { ...app, count: Math.min(count, web.length) }
    if (!nodes?.includes(leaver)) return app
    const rest = nodes.filter((node) => node !== leaver)
    return { ...app, nodes: rest.length > 0 ? rest : web.slice(0, 1) }
  })
  return { ...spec, apps }
}
