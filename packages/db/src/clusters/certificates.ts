/** Certificates that Bramble renews by itself: of which clusters, and asking for it. Nobody approves it. */
import { buildingKinds, type ClusterSpec, type NodeState, RunRequest } from '@bramble/cluster'
import { audited } from '../audit/audit.ts'
import { askedFor } from '../audit/audit-verbs.ts'
import { readWatch } from '../metrics/watch.ts'
import { enqueueRun, insertRun } from '../runs/requests.ts'
import { activeStatuses, lockCluster } from '../store/active.ts'
import { prisma } from '../store/connection.ts'
import { Refusal } from '../store/refusal.ts'
import { specOf, withNodes } from '../store/specs.ts'

const kind = 'certificate-renewal'
const scheduler = 'bramble'

export interface CertificateDuty {
  cluster: string
  id: string
  spec: ClusterSpec
  /** As they were last seen. */
  states: NodeState[]
  lastAsked: Date | null
  /** When the newest run ended: what was seen before may be of the time before that run. */
  lastEnded: Date | null
}

/** The clusters that were built, on which no run goes on now. */
export async function certificateDuties(): Promise<CertificateDuty[]> {
  const rows = await prisma().cluster.findMany({
    where: {
      runs: {
        some: { kind: { in: [...buildingKinds] }, status: { in: ['succeeded', 'partial'] } },
        none: { status: { in: activeStatuses } },
      },
    },
    include: withNodes,
  })
  return Promise.all(
    rows.map(async (row) => ({
      ...{ cluster: row.name, id: row.id, spec: specOf(row) },
      states: (await readWatch(row.id)).states,
      lastAsked: await lastAsked(row.id),
      lastEnded: await lastEnded(row.id),
    })),
  )
}

async function lastAsked(clusterId: string): Promise<Date | null> {
  const run = await prisma().run.findFirst({ where: { clusterId, kind }, orderBy: { createdAt: 'desc' } })
  return run?.createdAt ?? null
}

async function lastEnded(clusterId: string): Promise<Date | null> {
  const where = { clusterId, endedAt: { not: null } }
  return (await prisma().run.findFirst({ where, orderBy: { endedAt: 'desc' } }))?.endedAt ?? null
}

/**
 * Returns the run's id. Null: another worker was faster, somebody works on the cluster now, or it is gone. `seen`: when it
 * was last asked for, as it was when it was found to be due.
 */
export async function askCertificateRenewal(input: { cluster: string; seen: Date | null }): Promise<string | null> {
  const { cluster, seen } = input
  try {
    const id = await prisma().$transaction(async (tx) => {
      const { id: clusterId } = await lockCluster(tx, cluster)
      if ((await lastAsked(clusterId))?.getTime() !== seen?.getTime())
        throw new Refusal('asked-already', 'Another worker asked for it.', '')
      const row = await tx.cluster.findUniqueOrThrow({ where: { id: clusterId }, include: withNodes })
      return insertRun(tx, row, {
        request: RunRequest.parse({ kind }),
        ...{ by: scheduler, approvedRunId: null, retryOfId: null },
      })
    })
    const what = askedFor(kind)
    await audited({ who: scheduler, what, target: cluster, detail: 'as scheduled' }, () => enqueueRun(id, 0))
    return id
  } catch (error) {
    const unasked = ['run-active', 'asked-already', 'cluster-unknown', 'host-key-missing']
    if (error instanceof Refusal && unasked.includes(error.code)) return null
    throw error
  }
}
