/** Configuration of the user's own that Bramble would replace: named, and replaced only when that was accepted by name. */
import { acceptName, type NodeSpec, type Plan } from '@bramble/cluster'
import { keptPath } from '../engine/file.ts'
import type { Facts, Step } from '../engine/types.ts'
import type { FileStep } from '../resources/file.ts'

type Finding = Plan['findings'][number]

/** `accepted`: names as `pi-1:/etc/haproxy/haproxy.cfg`, beside those of the spec. */
export function foreignFiles(
  node: NodeSpec,
  steps: readonly Step[],
  facts: Facts,
  accepted: readonly string[],
): Finding[] {
  return steps.flatMap((step) => {
    const { rival, path, current } = step as Partial<FileStep>
    if (!rival || !path || !current || !facts.of(current).foreign) return []
    const accept = acceptName(node.name, path)
    const agreed = node.replace?.includes(path) || accepted.includes(accept)
    return [
      {
        level: agreed ? ('warning' as const) : ('error' as const),
        code: 'foreign-config',
        node: node.name,
        message: `${node.name} has a ${rival} configuration already: ${path}. Bramble replaces it, and what ${rival} does there now stops.`,
        cure: agreed
          ? `The file is kept on ${node.name} as ${keptPath(path)}.`
          : `Accept its replacement by its name (${accept}); it is kept as ${keptPath(path)}. Or choose another Pi for the role.`,
        accept,
      },
    ]
  })
}
