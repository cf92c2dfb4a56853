/** A cluster.yaml for the nodes of a lab. */
import { type ClusterSpec, proposeRoles } from '@bramble/cluster'
import { stringify } from 'yaml'
import { layoutOf } from '../host/layout.ts'
import type { LabNode, LabStatus } from './status.ts'

/** The proposed roles on the lab's nodes, with their host keys pinned as on cards that Bramble flashed. */
export function clusterYaml(
  status: Pick<LabStatus, 'id' | 'vip' | 'user' | 'keyFile'> & {
    nodes: Pick<LabNode, 'name' | 'address' | 'hostKey'>[]
  },
): string {
  const proposal = proposeRoles(status.nodes.length)
  const spec = {
    name: layoutOf(status.id).name,
    vip: status.vip,
    preset: 'fast',
    ssh: { user: status.user, keyFile: status.keyFile },
    nodes: status.nodes.map(({ name, address, hostKey }, index) => ({
      name,
      address,
      roles: proposal[index] ?? [],
      ...(hostKey ? { hostKey } : {}),
    })),
  } satisfies { nodes: unknown } & Partial<Record<keyof ClusterSpec, unknown>>
  const comment = '# Written by `./bramble lab up` and overwritten by the next one: copy it before you edit it.\n'
  return comment + stringify(spec, { lineWidth: 0 })
}
