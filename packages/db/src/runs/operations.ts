/** Operations: switchover, restart, reinit, pause, update, shutdown, upgrade, recovery of etcd. They need no plan; a run carries each out. */
import {
  type ClusterSpec,
  isUpgrading,
  nodesOfPart,
  nodesWith,
  Operation,
  PostgresSpec,
  RunRequest,
  type Upgrading,
} from '@bramble/cluster'
import { audited } from '../audit/audit.ts'
import { lockCluster } from '../store/active.ts'
import { prisma, transaction } from '../store/connection.ts'
import { Refusal } from '../store/refusal.ts'
import { type ClusterRow, specOf, withNodes } from '../store/specs.ts'
import { enqueueRun, insertRun } from './requests.ts'

/**
 * Returns the run's id. `typed`: the node's name before a copy of the database is thrown away, the cluster's before all
 * its Pis are turned off, before etcd forgets the voters that it lost, before an upgrade is finished or gone back from,
 * before a password is set back, and before all secrets are replaced.
 * Refusal `operation-invalid`, `node-unknown`, `upgrade-open`, `no-upgrade`, `not-confirmed`, `run-active`, `cluster-unknown`.
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
    if (!parsed.success) throw new Refusal('operation-invalid', 'Invalid input.', 'Reload the page and choose again.')
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
      : operation.kind === 'reinit' || operation.kind === 'delete-kept-data'
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
      `The replica on ${operation.node} will be deleted and cloned from the primary.`,
      `Type ${operation.node} to confirm.`,
    )
  if (operation.kind === 'delete-kept-data' && typed !== operation.node)
    throw new Refusal(
      'not-confirmed',
      `The data that ${operation.node} keeps from when it was the primary will be deleted. Writes that no other node has may be only there.`,
      `Type ${operation.node} to confirm.`,
    )
  if (isUpgrading(operation)) checkUpgrade(spec, operation, typed)
  if (operation.kind === 'shutdown' && typed !== spec.name)
    throw new Refusal(
      'not-confirmed',
      `All Pis of ${spec.name} will be turned off, and the cluster is offline until they get power again.`,
      `Type ${spec.name} to confirm.`,
    )
  if (operation.kind === 'reset-password' && typed !== spec.name)
    throw new Refusal(
      'not-confirmed',
      `Clients that use the current password of ${spec.database.user} can no longer connect.`,
      `Type ${spec.name} to confirm.`,
    )
  if (operation.kind === 'rotate-secrets' && typed !== spec.name)
    throw new Refusal(
      'not-confirmed',
      `Every key and password of ${spec.name} will be replaced, and the old ones stop working.`,
      `Type ${spec.name} to confirm.`,
    )
  if (operation.kind === 'recover-quorum' && typed !== spec.name)
    throw new Refusal(
      'not-confirmed',
      'etcd will remove the members that are unreachable, and writes that only they had are lost.',
      `Type ${spec.name} to confirm.`,
    )
}

function checkUpgrade(spec: ClusterSpec, operation: Upgrading, typed: string | undefined): void {
  const back = spec.postgres?.wayBack
  if (operation.kind === 'upgrade') {
    if (!back) return
    throw new Refusal(
      'upgrade-open',
      `The last upgrade is not finished: the data of PostgreSQL ${back.version} is still kept.`,
      'Finish it or roll it back, then try again.',
    )
  }
  if (!back) throw new Refusal('no-upgrade', `No upgrade of PostgreSQL is open on ${spec.name}.`, 'Reload the page.')
  if (typed !== spec.name)
    throw new Refusal(
      'not-confirmed',
      operation.kind === 'upgrade-back'
        ? `Everything that was written to the database since ${back.since} will be lost.`
        : `The data of PostgreSQL ${back.version} will be deleted, and a rollback is no longer possible.`,
      `Type ${spec.name} to confirm.`,
    )
}

/** What an upgrade, its way back or its end has made of the cluster. The run that did it is told by its own end. */
export async function storePostgres(clusterId: string, postgres: PostgresSpec): Promise<void> {
  await transaction(async (client) => {
    await client.query(
      `update cluster set settings = jsonb_set(settings::jsonb, '{postgres}', $2::jsonb), updated_at = now() where id = $1`,
      [clusterId, JSON.stringify(PostgresSpec.parse(postgres))],
    )
    await client.query(`select pg_notify('bramble_watch', $1)`, [clusterId])
  })
}
