/** Which nodes have to do with backups. */
import { nodesWith } from '../nodes.ts'
import type { ClusterSpec, NodeSpec } from '../spec.ts'

/** The node that holds the repository; null: it lies elsewhere, or there are no backups. */
export function repositoryNode(spec: ClusterSpec): NodeSpec | null {
  const { backup } = spec
  if (backup?.repository.kind !== 'node') return null
  const { node } = backup.repository
  return spec.nodes.find((entry) => entry.name === node) ?? null
}

/** The nodes that run pgBackRest: every copy of the database, and the one with the repository. */
export function backupNodes(spec: ClusterSpec): NodeSpec[] {
  if (!spec.backup) return []
  const keeper = repositoryNode(spec)
  return spec.nodes.filter((node) => node.roles.includes('postgres') || node === keeper)
}

/** Where a repository on a node is best: not beside a copy of the data, else where the primary is least likely. */
export function proposeRepositoryNode(spec: ClusterSpec): string {
  const apart = spec.nodes.find((node) => !node.roles.includes('postgres'))
  return (apart ?? nodesWith(spec, 'postgres').at(-1) ?? spec.nodes[0]!).name
}
