/** Backups, drills and restores: asked for here by people and by the schedule. */
import { isDeepStrictEqual } from 'node:util'
import { BackupRequest, BackupType, buildingKinds, ClusterSpec, RunRequest } from '@bramble/cluster'
import { audited } from '../audit/audit.ts'
import { askedFor } from '../audit/audit-verbs.ts'
import { enqueueRun, insertRun } from '../runs/requests.ts'
import { activeStatuses, lockCluster, type Transaction } from '../store/active.ts'
import { prisma } from '../store/connection.ts'
import { fieldWords, inOneLine } from '../store/field-words.ts'
import { Refusal } from '../store/refusal.ts'
import { specOf, withNodes } from '../store/specs.ts'
import { keepSource, type SourceSecrets } from './restore-sources.ts'

/**
 * Returns the run's id. `typed`: the cluster's name, typed by a person before its data is replaced.
 * Refusal of `keepSource`, `no-backups`, `backups-not-built`, `not-confirmed`, `in-the-future`, `request-invalid`, `run-active`, `cluster-unknown`.
 */
export async function requestBackup(input: {
  cluster: string
  request: unknown
  /** Of a repository that is given by hand. */
  secrets?: SourceSecrets | undefined
  typed?: string | undefined
  by: string
}): Promise<string> {
  const parsed = BackupRequest.safeParse(input.request)
  const what = askedFor(parsed.success ? parsed.data.kind : 'backup')
  const detail = parsed.success ? JSON.stringify(parsed.data) : undefined
  return audited({ who: input.by, what, target: input.cluster, detail }, async () => {
    if (!parsed.success) throw unreadable(parsed.error.issues, input.request)
    const request = parsed.data
    const id = await prisma().$transaction(async (tx) => {
      refuseUnconfirmed(request, input)
      return insertBackupRun(tx, input.cluster, request, input.by, input.secrets)
    })
    await enqueueRun(id, 0)
    return id
  })
}

/** Names the fields of a source that was given by hand. */
function unreadable(issues: Parameters<typeof fieldWords>[0], request: unknown): Refusal {
  const own = issues.flatMap((issue) => (issue.path[0] === 'from' ? { ...issue, path: issue.path.slice(1) } : []))
  if (own.length === 0) return new Refusal('request-invalid', 'Invalid input.', 'Reload the page and choose again.')
  const fields = fieldWords(own, (request as { from?: unknown }).from)
  return new Refusal('request-invalid', inOneLine(fields, 'source'), 'Correct these and try again.', { fields })
}

function refuseUnconfirmed(
  request: BackupRequest,
  { cluster, typed }: { cluster: string; typed?: string | undefined },
) {
  if (request.kind !== 'restore') return
  if (request.to && Date.parse(request.to) > Date.now())
    throw new Refusal(
      'in-the-future',
      'The restore time is in the future.',
      'Choose an earlier time, or the latest state.',
    )
  if (typed !== cluster)
    throw new Refusal(
      'not-confirmed',
      request.from
        ? `All data in the database of ${cluster} will be replaced.`
        : `Everything written to ${cluster} after that time will be lost.`,
      `Type ${cluster} to confirm.`,
    )
}

async function insertBackupRun(
  tx: Transaction,
  name: string,
  asked: BackupRequest,
  by: string,
  secrets: SourceSecrets = {},
): Promise<string> {
  const { id: clusterId } = await lockCluster(tx, name)
  const cluster = await tx.cluster.findUniqueOrThrow({ where: { id: clusterId }, include: withNodes })
  if (!specOf(cluster).backup)
    throw new Refusal('no-backups', `${name} has no backup repository yet.`, 'Set up backups on the Backups page.')
  if (!(await isBuilt(tx, clusterId, specOf(cluster))))
    throw new Refusal(
      'backups-not-built',
      `Backups are set up, but not yet applied to the Pis of ${name}.`,
      'Press Reprovision, review the plan, and approve it.',
    )
  const foreign = asked.kind === 'restore' && asked.from
  const from = foreign ? await keepSource(tx, { id: clusterId, spec: specOf(cluster) }, foreign, secrets) : undefined
  const backup = from ? { ...asked, from } : asked
  const request = RunRequest.parse({ kind: backup.kind, backup })
  return insertRun(tx, cluster, { request, by, approvedRunId: null, retryOfId: null })
}

/** Whether the Pis were last built with the repository that the spec names. */
export async function isBuilt(
  tx: Pick<Transaction, 'run'>,
  clusterId: string,
  { backup }: ClusterSpec,
): Promise<boolean> {
  const run = await tx.run.findFirst({
    where: { clusterId, kind: { in: [...buildingKinds] }, status: { in: ['succeeded', 'partial'] } },
    orderBy: { endedAt: 'desc' },
    select: { spec: true },
  })
  const before = run ? ClusterSpec.safeParse(run.spec).data?.backup : undefined
  return (
    before !== undefined &&
    isDeepStrictEqual([before.repository, before.encrypted], [backup?.repository, backup?.encrypted])
  )
}

/** Who asks for what nobody pressed. */
const scheduler = 'bramble'

export interface BackupDuty {
  cluster: string
  id: string
  spec: ClusterSpec
  /** Good ones. */
  backups: { type: BackupType; endedAt: Date }[]
  lastBackupAsked: Date | null
  lastDrillAsked: Date | null
  /** When the repository was last read; null: never. */
  readAt: Date | null
}

/** The clusters that were built and make backups, on which no run goes on now. */
export async function backupDuties(): Promise<BackupDuty[]> {
  const rows = await prisma().cluster.findMany({
    where: {
      runs: { none: { status: { in: activeStatuses } } },
    },
    include: { ...withNodes, backups: true, repository: true },
  })
  const duties: BackupDuty[] = []
  for (const row of rows) {
    const spec = specOf(row)
    if (!spec.backup || !(await isBuilt(prisma(), row.id, spec))) continue
    duties.push({
      ...{ cluster: row.name, id: row.id, spec, readAt: row.repository?.at ?? null },
      backups: row.backups
        .filter(({ damaged }) => !damaged)
        .map(({ type, endedAt }) => ({ type: BackupType.parse(type), endedAt })),
      lastBackupAsked: await lastAsked(row.id, 'backup'),
      lastDrillAsked: await lastAsked(row.id, 'restore-drill'),
    })
  }
  return duties
}

async function lastAsked(clusterId: string, kind: string): Promise<Date | null> {
  const where = { clusterId, kind }
  return (await prisma().run.findFirst({ where, orderBy: { createdAt: 'desc' } }))?.createdAt ?? null
}

/**
 * Asks for what is due. Null: another worker was faster, or somebody works on the cluster now. `seen`: when it was last
 * asked for, as it was when it was found to be due.
 */
export async function askScheduled(input: {
  cluster: string
  request: BackupRequest
  seen: Date | null
}): Promise<string | null> {
  const { cluster, request, seen } = input
  try {
    const id = await prisma().$transaction(async (tx) => {
      const inserted = await insertBackupRun(tx, cluster, request, scheduler)
      const run = await tx.run.findUniqueOrThrow({ where: { id: inserted } })
      const where = { clusterId: run.clusterId, kind: request.kind, id: { not: inserted } }
      const last = await tx.run.findFirst({ where, orderBy: { createdAt: 'desc' } })
      if ((last?.createdAt.getTime() ?? null) !== (seen?.getTime() ?? null))
        throw new Refusal('asked-already', 'Another worker asked for it.', '')
      return inserted
    })
    const detail = `${JSON.stringify(request)}, as scheduled`
    await audited({ who: scheduler, what: askedFor(request.kind), target: cluster, detail }, () => enqueueRun(id, 0))
    return id
  } catch (error) {
    if (
      error instanceof Refusal &&
      ['run-active', 'asked-already', 'no-backups', 'backups-not-built', 'cluster-unknown'].includes(error.code)
    )
      return null
    throw error
  }
}
