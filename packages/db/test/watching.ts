/** What a watcher of a cluster brings, small. */
import type { NodeState, Sample } from '@bramble/cluster'
import { prisma } from '../src/index.ts'
import { makeCluster } from './clusters.ts'

export async function watchedCluster(): Promise<{ name: string; id: string }> {
  const name = await makeCluster()
  const { id } = await prisma().cluster.findUniqueOrThrow({ where: { name } })
  return { name, id }
}

/** A node that answers to nothing but the look itself. */
export function someLook(node: string, at: Date, change: Partial<NodeState> = {}): NodeState {
  return {
    ...{ node, at: at.toISOString(), trouble: null, machine: null, patroni: null, postgres: null, etcd: null },
    ...{ haproxy: null, web: null, silent: {} },
    ...change,
  }
}

export function nodeSample(node: string, values: Extract<Sample, { kind: 'node' }>['values']): Sample {
  return { kind: 'node', node, name: '', values }
}
