/** Operations: switchover, restart, reinit, pause, update, shutdown. They need no plan; a run carries each out. */
import { nodesOfPart, nodesWith, Operation, RunRequest } from '@bramble/cluster'
import { lockCluster } from './active.ts'
import { audited } from './audit.ts'
import { prisma } from './connection.ts'
import { Refusal } from './refusal.ts'
import { enqueueRun, insertRun } from './requests.ts'
import { type ClusterRow, specOf, withNodes } from './specs.ts'

/**
 * Returns the run's id. `typed`: the node's name before a copy of the database is thrown away, the cluster's before all
 * its Pis are turned off.
 * Refusal `operation-invalid`, `node-unknown`, `not-confirmed`, `run-active`, `cluster-unknown`.
 */
export async function requestOperation(input: {
  cluster: string
  operation: unknown
  typed?: string | undefined
  by: string
}): Promise<string> {
  const { by } = input
  const parsed = Operation.safeParse(input.operation)
  const what = parsed.success ? (`run.${parsed.data.kind}` as const) : 'run.restart'
  const detail = parsed.success ? JSON.stringify(parsed.data) : undefined
  return audited({ who: by, what, target: input.cluster, detail }, async () => {
    if (!parsed.success)
      throw new Refusal('operation-invalid', 'This could not be read.', 'Load the page again and choose anew.')
    const operation = parsed.data
    const id = await prisma().$transaction(async (tx) => {
      const { id: clusterId } = await lockCluster(tx, input.cluster)
      const cluster = await tx.cluster.findUniqueOrThrow({ where: { id: clusterId }, include: withNodes })
      check(cluster, operation, input.typed)
      const request = RunRequest.parse({ kind: operation.kind, operation })
      return insertRun(tx, cluster, { request, by, approvedRunId: null, retryOfId: null })
    })
    await enqueueRun(id, 0)
    return id
  })
}

function check(cluster: ClusterRow, operation: Operation, typed: string | undefined): void {
  const spec = specOf(cluster)
  const copies = nodesWith(spec, 'postgres').map((node) => node.name)
  const all = spec.nodes.map((node) => node.name)
  const able =
    operation.kind === 'restart' ? nodesOfPart(spec, operation.part) : operation.kind === 'update' ? all : copies
  const named =
    operation.kind === 'restart' || operation.kind === 'update'
      ? operation.nodes
      : operation.kind === 'reinit'
        ? [operation.node]
        : operation.kind === 'switchover' && operation.to
          ? [operation.to]
          : []
  const strange = named.find((name) => !able.includes(name))
  if (strange !== undefined)
    throw new Refusal(
      'node-unknown',
      `${strange} is not a node of ${spec.name} that can do this.`,
      able.length > 0 ? `Nodes that can: ${able.join(', ')}.` : 'No node of it can.',
    )
  if (operation.kind === 'reinit' && typed !== operation.node)
    throw new Refusal(
      'not-confirmed',
      `The copy of the database on ${operation.node} will be thrown away and cloned from the primary.`,
      `Type ${operation.node} to confirm.`,
    )
  if (operation.kind === 'shutdown' && typed !== spec.name)
    throw new Refusal(
      'not-confirmed',
      `All Pis of ${spec.name} will be turned off, and nothing answers until they get power again.`,
      `Type ${spec.name} to confirm.`,
    )
}
