/** One run of a cluster at a time: whoever changes a cluster or starts a run holds its row first. */
import type { JobKind } from '@bramble/cluster'
import { prisma } from './connection.ts'
import { Refusal } from './refusal.ts'

export const activeStatuses = ['queued', 'running']

export type Transaction = Parameters<Parameters<ReturnType<typeof prisma>['$transaction']>[0]>[0]

/**
 * Holds the cluster's row until the transaction ends. `beside`: runs of this kind may go on meanwhile.
 * Refusal `cluster-unknown`, `run-active`.
 */
export async function lockCluster(tx: Transaction, name: string, beside?: JobKind): Promise<{ id: string }> {
  const row = await holdCluster(tx, name)
  const active = await tx.run.findFirst({
    where: { clusterId: row.id, status: { in: activeStatuses }, ...(beside ? { kind: { not: beside } } : {}) },
  })
  if (active) throw runActive(name, active)
  return row
}

/** Holds the cluster's row until the transaction ends, whatever runs. Refusal `cluster-unknown`. */
export async function holdCluster(tx: Transaction, name: string): Promise<{ id: string }> {
  const [row] = await tx.$queryRaw<{ id: string }[]>`select id from cluster where name = ${name} for update`
  if (!row) throw new Refusal('cluster-unknown', `There is no cluster ${name}.`, 'Reload the page.')
  return row
}

export const runActive = (cluster: string, active: { kind: string; requestedBy: string }) =>
  new Refusal(
    'run-active',
    `A ${active.kind} run of ${cluster} is in progress, started by ${active.requestedBy}.`,
    'Wait until it has ended, or cancel it.',
  )

/** The database's clock: leases are measured by it alone. */
export async function databaseNow(): Promise<Date> {
  const [row] = await prisma().$queryRaw<{ now: Date }[]>`select now() as now`
  return row?.now ?? new Date()
}
