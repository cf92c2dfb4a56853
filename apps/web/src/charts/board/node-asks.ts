/** The same measure of several nodes, each in its colour. Pure. */
import type { ClusterSpec, Role, SubjectKind } from '@bramble/cluster'
import { nodeLook } from '@/charts/look.ts'
import type { CurveAsk } from '@/charts/series-chart.tsx'

export function nodeAsks(
  spec: ClusterSpec,
  kind: SubjectKind,
  metric: string,
  { role, name = '' }: { role?: Role; name?: string } = {},
): CurveAsk[] {
  return nodesOf(spec, role).map((node) => ({
    key: node,
    label: node,
    look: nodeLook(spec, node),
    of: { kind, node, name, metric },
  }))
}

/** The same measure of all nodes of a role, to be added up. */
export function allOf(
  spec: ClusterSpec,
  kind: SubjectKind,
  metric: string,
  { role, name = '' }: { role?: Role; name?: string } = {},
) {
  return nodesOf(spec, role).map((node) => ({ kind, node, name, metric }))
}

function nodesOf(spec: ClusterSpec, role: Role | undefined): string[] {
  return spec.nodes.filter(({ roles }) => role === undefined || roles.includes(role)).map(({ name }) => name)
}
