/** Which role is on which Pi while it is being moved. Pure. */
import { roles as allRoles, type ClusterSpec, type Role } from '@bramble/cluster'

export type Placement = Readonly<Record<string, readonly Role[]>>

export function placementOf(spec: ClusterSpec): Placement {
  return Object.fromEntries(spec.nodes.map((node) => [node.name, node.roles]))
}

export function withPlacement(spec: ClusterSpec, placement: Placement): ClusterSpec {
  return { ...spec, nodes: spec.nodes.map((node) => ({ ...node, roles: [...(placement[node.name] ?? node.roles)] })) }
}

export function addRole(placement: Placement, node: string, role: Role): Placement {
  const now = placement[node]
  if (!now || now.includes(role)) return placement
  return { ...placement, [node]: allRoles.filter((entry) => entry === role || now.includes(entry)) }
}

export function removeRole(placement: Placement, node: string, role: Role): Placement {
  const now = placement[node]
  if (!now?.includes(role)) return placement
  return { ...placement, [node]: now.filter((entry) => entry !== role) }
}

/** Takes the role from one Pi and gives it to another. Where it is already carried, nothing happens. */
export function moveRole(placement: Placement, from: string, to: string, role: Role): Placement {
  if (from === to || !placement[from]?.includes(role) || !placement[to] || placement[to].includes(role))
    return placement
  return addRole(removeRole(placement, from, role), to, role)
}

export function samePlacement(a: Placement, b: Placement): boolean {
  return Object.keys({ ...a, ...b }).every((node) => {
    const left = a[node] ?? []
    const right = b[node] ?? []
    return left.length === right.length && left.every((role) => right.includes(role))
  })
}
