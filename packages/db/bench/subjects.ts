/** Who is measured in a cluster of this spec, as the watching names them. */
import { type ClusterSpec, nodesWith, type Subject } from '@bramble/cluster'

export function subjectsOf(spec: ClusterSpec): Subject[] {
  const one = (kind: Subject['kind'], names: { name: string }[]): Subject[] =>
    names.map((node) => ({ kind, node: node.name, name: '' }))
  const copies = nodesWith(spec, 'postgres')
  const backends = {
    web: nodesWith(spec, 'web'),
    'postgres-primary': copies,
    'postgres-replicas': copies,
  }
  const balanced = nodesWith(spec, 'balancer').flatMap(({ name: node }): Subject[] => [
    ...['site', 'postgres-read-write', 'postgres-read-only'].map((name) => ({ kind: 'frontend' as const, node, name })),
    ...Object.keys(backends).map((name) => ({ kind: 'backend' as const, node, name })),
    ...Object.entries(backends).flatMap(([backend, servers]) =>
      servers.map(({ name }) => ({ kind: 'server' as const, node, name: `${backend}/${name}` })),
    ),
  ])
  return [
    { kind: 'cluster', node: '', name: '' },
    ...one('node', spec.nodes),
    ...one('postgres', copies),
    ...one('patroni', copies),
    ...one('etcd', nodesWith(spec, 'etcd')),
    ...balanced,
  ]
}
