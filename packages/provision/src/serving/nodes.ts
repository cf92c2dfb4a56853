/** On which nodes an app runs. */
import { type AppSpec, type ClusterSpec, type NodeSpec, nodesWith, staying } from '@bramble/cluster'

/** In the order of the spec. With `count`, the first ones. */
export function appNodes(spec: ClusterSpec, { nodes, count }: Pick<AppSpec, 'nodes' | 'count'>): NodeSpec[] {
  const web = nodesWith(staying(spec), 'web')
  if (nodes) return web.filter(({ name }) => nodes.includes(name))
  return count === undefined ? web : web.slice(0, count)
}
