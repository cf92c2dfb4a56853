/** Which nodes of a spec. */
import { partRoles } from './parts.ts'
import type { ClusterSpec, NodeSpec, Role } from './spec.ts'

/** The spec without the nodes that leave: what the others are to know of the cluster. */
export function staying(spec: ClusterSpec): ClusterSpec {
  return spec.nodes.some((node) => node.leaving) ? { ...spec, nodes: spec.nodes.filter((node) => !node.leaving) } : spec
}

/** The nodes that carry a role, in the spec's order. */
export function nodesWith(spec: ClusterSpec, role: Role): NodeSpec[] {
  return spec.nodes.filter((node) => node.roles.includes(role))
}

/** Names of the nodes on which a part can be restarted. */
export function nodesOfPart(spec: ClusterSpec, part: keyof typeof partRoles): string[] {
  const role: Role | null = partRoles[part]
  return (role ? nodesWith(spec, role) : spec.nodes).map((node) => node.name)
}
