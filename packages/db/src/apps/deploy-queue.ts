/** What was asked for an app waits until the cluster is free; of deploys that wait, the newest of an app is carried out. */
import { RunRequest } from '@bramble/cluster'
import { enqueueRun, insertRun } from '../runs/requests.ts'
import { activeStatuses, holdCluster, type Transaction } from '../store/active.ts'
import { pool, prisma } from '../store/connection.ts'
import { Refusal } from '../store/refusal.ts'
import { withNodes } from '../store/specs.ts'

/** Refusal `cluster-not-built`. */
export async function refuseUnbuilt(tx: Transaction, clusterId: string, name: string): Promise<void> {
  const built = await tx.run.count({
    where: { clusterId, kind: { in: ['provision', 'reprovision'] }, status: { in: ['succeeded', 'partial'] } },
  })
  if (built === 0)
    throw new Refusal(
      'cluster-not-built',
      `${name} was not provisioned yet, so nothing can serve an app.`,
      'Provision the cluster first, then deploy the app.',
    )
}

/** A removal deletes everything that is asked for after it, uploads included. Refusal `app-removing`. */
export async function refuseRemoving(tx: Transaction, appId: string, app: string): Promise<void> {
  const open = await tx.deploy.findMany({
    where: { appId, kind: 'remove-app', state: { in: ['waiting', 'started'] } },
    select: { state: true, runId: true },
  })
  const runs = open.flatMap(({ runId }) => (runId ? [runId] : []))
  const active = await tx.run.count({ where: { id: { in: runs }, status: { in: activeStatuses } } })
  if (active > 0 || open.some(({ state }) => state === 'waiting'))
    throw new Refusal(
      'app-removing',
      `The app ${app} is about to be removed.`,
      'Wait until the removal has ended, or cancel it.',
    )
}

/** A newer request for the app makes those that still wait pointless. */
export async function supersedeWaiting(tx: Transaction, appId: string): Promise<void> {
  await tx.deploy.updateMany({
    where: { appId, state: 'waiting', kind: { not: 'remove-app' } },
    data: { state: 'superseded', outcome: 'A newer request took its place before it began.', endedAt: new Date() },
  })
}

/** Makes the run of a deploy, unless another run is in progress: null then. The caller holds the cluster and queues the run. */
export async function startDeploy(tx: Transaction, clusterId: string, id: string): Promise<string | null> {
  const active = await tx.run.count({ where: { clusterId, status: { in: activeStatuses } } })
  if (active > 0) return null
  const deploy = await tx.deploy.findUniqueOrThrow({ where: { id }, include: { app: true, release: true } })
  const cluster = await tx.cluster.findUniqueOrThrow({ where: { id: clusterId }, include: withNodes })
  const app = { app: deploy.app.name, deploy: id, release: deploy.release?.digest ?? null }
  const request = RunRequest.parse({ kind: deploy.kind, app })
  const run = await insertRun(tx, cluster, { request, by: deploy.requestedBy, approvedRunId: null, retryOfId: null })
  await tx.deploy.update({ where: { id }, data: { state: 'started', runId: run } })
  return run
}

/** Notes how runs of apps ended: history outlives the runs. */
export async function settleDeploys(): Promise<void> {
  await pool().query(
    `update deploy set state = run.status, ended_at = run.ended_at,
       outcome = coalesce(run.outcome ->> 'message', run.trouble ->> 'message')
     from run where run.id = deploy.run_id and deploy.state = 'started'
       and run.status not in ('queued', 'running')`,
  )
}

/** Starts what waited for runs that have ended. For the worker, every few seconds. */
export async function tendDeploys(): Promise<void> {
  await settleDeploys()
  const { rows } = await pool().query<{ name: string }>(
    `select distinct cluster.name from deploy join app on app.id = deploy.app_id
     join cluster on cluster.id = app.cluster_id
     where deploy.state = 'waiting'
       and not exists (select from run where run.cluster_id = cluster.id and run.status in ('queued', 'running'))`,
  )
  for (const { name } of rows) {
    const run = await startNext(name)
    if (run) await enqueueRun(run, 0)
  }
}

async function startNext(cluster: string): Promise<string | null> {
  return prisma().$transaction(async (tx) => {
    const { id: clusterId } = await holdCluster(tx, cluster)
    const next = await tx.deploy.findFirst({
      where: { state: 'waiting', app: { clusterId } },
      orderBy: { createdAt: 'asc' },
    })
    if (!next) return null
    try {
      return await startDeploy(tx, clusterId, next.id)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const outcome = `${error.message} ${error.cure}`
      await tx.deploy.update({ where: { id: next.id }, data: { state: 'failed', outcome, endedAt: new Date() } })
      return null
    }
  })
}
