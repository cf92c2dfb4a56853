/** Drills: asked for with the cluster's name typed, carried out by a run, kept for the trend. */
import { type ClusterSpec, Drill, DrillResult, drillRoles, nodesWith, RunRequest } from '@bramble/cluster'
import { audited } from '../audit/audit.ts'
import { lockCluster } from '../store/active.ts'
import { prisma, transaction } from '../store/connection.ts'
import { Refusal } from '../store/refusal.ts'
import { specOf, withNodes } from '../store/specs.ts'
import { json } from '../store/text.ts'
import { heldRun, type Lease, LeaseLost } from './leases.ts'
import { enqueueRun, insertRun } from './requests.ts'

/**
 * Returns the run's id. `typed`: the cluster's name, typed by a person who read what the drill does.
 * Refusal `drill-invalid`, `drill-alone`, `not-confirmed`, `run-active`, `cluster-unknown`.
 */
export async function requestDrill(input: {
  cluster: string
  drill: unknown
  typed: string
  by: string
}): Promise<string> {
  const parsed = Drill.safeParse(input.drill)
  const detail = parsed.success ? parsed.data.class : undefined
  return audited({ who: input.by, what: 'run.drill', target: input.cluster, detail }, async () => {
    if (!parsed.success)
      throw new Refusal('drill-invalid', 'This drill does not exist.', 'Reload the page and choose again.')
    const drill = parsed.data
    if (input.typed !== input.cluster)
      throw new Refusal(
        'not-confirmed',
        'A drill injects a fault on purpose, which was not confirmed.',
        `Type ${input.cluster} to confirm.`,
      )
    const id = await prisma().$transaction(async (tx) => {
      const { id: clusterId } = await lockCluster(tx, input.cluster)
      const cluster = await tx.cluster.findUniqueOrThrow({ where: { id: clusterId }, include: withNodes })
      refuseAlone(specOf(cluster), drill)
      const request = RunRequest.parse({ kind: 'drill', drill })
      return insertRun(tx, cluster, { request, by: input.by, approvedRunId: null, retryOfId: null })
    })
    await enqueueRun(id, 0)
    return id
  })
}

/** By the spec alone; the worker looks at what works right now. */
function refuseAlone(spec: ClusterSpec, drill: Drill): void {
  const roles = drill.class === 'network-cut' ? (['postgres'] as const) : drillRoles[drill.class]
  const least = (role: string) => (role === 'etcd' ? 3 : 2)
  const alone = roles.find((role) => nodesWith(spec, role).length < least(role))
  if (alone)
    throw new Refusal(
      'drill-alone',
      `${spec.name} has ${nodesWith(spec, alone).length} of ${alone}: this drill would stop a service that no other node can take over.`,
      `Assign the role ${alone} to ${least(alone) === 3 ? 'three nodes' : 'two nodes'} and provision first.`,
    )
}

/** Keeps what the held run measured; once. Throws LeaseLost. */
export async function endDrill(lease: Lease, result: DrillResult): Promise<void> {
  await transaction(async (client) => {
    const { rows } = await client.query<{ cluster_id: string }>(
      `select cluster_id from run where ${heldRun.where} for update`,
      heldRun.values(lease),
    )
    if (!rows[0]) throw new LeaseLost(lease.run)
    await client.query(
      `insert into drill_result (run_id, cluster_id, result) values ($1, $2, $3::jsonb)
       on conflict (run_id) do update set result = excluded.result`,
      [lease.run, rows[0].cluster_id, json(result)],
    )
  })
}

export interface DrillView extends DrillResult {
  run: string
  /** ISO time at which it was kept. */
  at: string
}

/** Newest first, 500 at most. */
export async function listDrills(cluster: string): Promise<DrillView[]> {
  const rows = await prisma().drillResult.findMany({
    where: { cluster: { name: cluster } },
    orderBy: { at: 'desc' },
    take: 500,
  })
  return rows.flatMap(({ runId, at, result }) => {
    const parsed = DrillResult.safeParse(result).data
    return parsed ? [{ run: runId, at: at.toISOString(), ...parsed }] : []
  })
}
