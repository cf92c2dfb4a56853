/** Backups: asked for here, and what the repository held when it was last read. */
import { isDeepStrictEqual } from 'node:util'
import {
  type BackupRecord,
  BackupRequest,
  BackupType,
  buildingKinds,
  ClusterSpec,
  DrillResult,
  type PastRestore,
  type RepositoryState,
  RunRequest,
} from '@bramble/cluster'
import { activeStatuses, lockCluster, type Transaction } from './active.ts'
import { audited } from './audit.ts'
import { askedFor } from './audit-verbs.ts'
import { prisma } from './connection.ts'
import { Prisma } from './generated/client.ts'
import { Refusal } from './refusal.ts'
import { enqueueRun, insertRun, plain } from './requests.ts'
import { specOf, withNodes } from './specs.ts'
import { TroubleView } from './trouble.ts'
import { findCluster } from './watch.ts'

/**
 * Returns the run's id. `typed`: the cluster's name, typed by a person before its data is replaced.
 * Refusal `no-backups`, `backups-not-built`, `not-confirmed`, `in-the-future`, `request-invalid`, `run-active`, `cluster-unknown`.
 */
export async function requestBackup(input: {
  cluster: string
  request: unknown
  typed?: string | undefined
  by: string
}): Promise<string> {
  const parsed = BackupRequest.safeParse(input.request)
  const what = askedFor(parsed.success ? parsed.data.kind : 'backup')
  const detail = parsed.success ? JSON.stringify(parsed.data) : undefined
  return audited({ who: input.by, what, target: input.cluster, detail }, async () => {
    if (!parsed.success)
      throw new Refusal('request-invalid', 'This could not be read.', 'Load the page again and choose anew.')
    const request = parsed.data
    const id = await prisma().$transaction(async (tx) => {
      refuseUnconfirmed(request, input)
      return insertBackupRun(tx, input.cluster, request, input.by)
    })
    await enqueueRun(id, 0)
    return id
  })
}

function refuseUnconfirmed(
  request: BackupRequest,
  { cluster, typed }: { cluster: string; typed?: string | undefined },
) {
  if (request.kind !== 'restore') return
  if (request.to && Date.parse(request.to) > Date.now())
    throw new Refusal('in-the-future', 'That moment has not come yet.', 'Choose an earlier one, or the newest state.')
  if (typed !== cluster)
    throw new Refusal(
      'not-confirmed',
      `Everything that was written to ${cluster} after that moment is taken out of the database.`,
      `Type ${cluster} to confirm.`,
    )
}

async function insertBackupRun(tx: Transaction, name: string, backup: BackupRequest, by: string): Promise<string> {
  const { id: clusterId } = await lockCluster(tx, name)
  const cluster = await tx.cluster.findUniqueOrThrow({ where: { id: clusterId }, include: withNodes })
  if (!specOf(cluster).backup)
    throw new Refusal('no-backups', `${name} has no place for backups yet.`, 'Switch them on first: the page Backups.')
  if (!(await isBuilt(tx, clusterId, specOf(cluster))))
    throw new Refusal(
      'backups-not-built',
      `The Pis of ${name} do not know of these backups yet.`,
      'Press Reprovision, look at the plan, approve it.',
    )
  const request = RunRequest.parse({ kind: backup.kind, backup })
  return insertRun(tx, cluster, { request, by, approvedRunId: null, retryOfId: null })
}

/** Whether the Pis were last built with the repository that the spec names. */
async function isBuilt(tx: Pick<Transaction, 'run'>, clusterId: string, { backup }: ClusterSpec): Promise<boolean> {
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

/** The repository is the truth: what it does not hold any more is forgotten. `made`: the run that added what is new. */
export async function storeRepository(input: {
  clusterId: string
  state: RepositoryState
  made?: { run: string; requestedBy: string; since: Date } | undefined
}): Promise<void> {
  const { clusterId, state, made } = input
  const labels = state.backups.map(({ label }) => label)
  await prisma().$transaction([
    prisma().backup.deleteMany({ where: { clusterId, label: { notIn: labels } } }),
    ...state.backups.map(({ label, ...backup }) => {
      const own = made && Date.parse(backup.endedAt) >= made.since.getTime() - 2_000
      const data = {
        ...backup,
        startedAt: new Date(backup.startedAt),
        endedAt: new Date(backup.endedAt),
        size: BigInt(Math.round(backup.size)),
        added: BigInt(Math.round(backup.added)),
      }
      return prisma().backup.upsert({
        where: { clusterId_label: { clusterId, label } },
        create: { clusterId, label, ...data, ...(own ? { runId: made.run, requestedBy: made.requestedBy } : {}) },
        update: data,
      })
    }),
    noted(clusterId, {
      walNewest: state.walNewest,
      trouble: state.trouble === null ? null : { code: 'repository', message: state.trouble, cure: '' },
    }),
  ])
}

/** The list stays as it was when it was last read. */
export async function noteRepositoryTrouble(clusterId: string, trouble: TroubleView): Promise<void> {
  await noted(clusterId, { trouble })
}

function noted(clusterId: string, said: { walNewest?: string | null; trouble: TroubleView | null }) {
  const trouble = said.trouble === null ? Prisma.DbNull : plain(said.trouble)
  const data = { at: new Date(), ...(said.walNewest === undefined ? {} : { walNewest: said.walNewest }), trouble }
  return prisma().backupRepository.upsert({ where: { clusterId }, create: { clusterId, ...data }, update: data })
}

/** Oldest first. */
export async function pastRestores(clusterId: string): Promise<PastRestore[]> {
  const rows = await prisma().backupRestore.findMany({ where: { clusterId }, orderBy: { at: 'asc' } })
  return rows.map(({ at, to, fromTimeline }) => ({
    at: at.toISOString(),
    to: to?.toISOString() ?? null,
    fromTimeline,
  }))
}

export async function storeRestore(input: {
  clusterId: string
  run: string
  requestedBy: string
  past: PastRestore & { node: string; label: string }
}): Promise<void> {
  const { clusterId, run: runId, requestedBy } = input
  const { at, to, fromTimeline, node, label } = input.past
  const data = {
    clusterId,
    at: new Date(at),
    to: to === null ? null : new Date(to),
    fromTimeline,
    node,
    label,
    requestedBy,
  }
  await prisma().backupRestore.upsert({ where: { runId }, create: { runId, ...data }, update: data })
}

export async function storeDrill(input: {
  clusterId: string
  run: string
  requestedBy: string
  good: boolean
  message: string
  result: DrillResult | null
}): Promise<void> {
  const { clusterId, run: runId, requestedBy, good, message } = input
  const result = input.result === null ? Prisma.DbNull : plain(input.result)
  const data = { clusterId, good, message, result, requestedBy }
  await prisma().restoreDrill.upsert({ where: { runId }, create: { runId, ...data }, update: data })
}

export interface BackupsView {
  /** Newest first. */
  backups: (BackupRecord & { run: string | null; requestedBy: string | null })[]
  /** False: a plan is to be approved first. */
  built: boolean
  /** ISO time; null: it was never read. */
  readAt: string | null
  trouble: TroubleView | null
  /** Newest first. */
  drills: { run: string; at: string; good: boolean; message: string; result: DrillResult | null; requestedBy: string }[]
  restores: { run: string; at: string; to: string | null; requestedBy: string }[]
}

/** For the page. Refusal `cluster-unknown`. */
export async function readBackups(cluster: string): Promise<BackupsView> {
  const { id: clusterId } = await findCluster(cluster)
  const row = await prisma().cluster.findUniqueOrThrow({ where: { id: clusterId }, include: withNodes })
  const built = await isBuilt(prisma(), clusterId, specOf(row))
  const [backups, repository, drills, restores] = await Promise.all([
    prisma().backup.findMany({ where: { clusterId }, orderBy: { endedAt: 'desc' } }),
    prisma().backupRepository.findUnique({ where: { clusterId } }),
    prisma().restoreDrill.findMany({ where: { clusterId }, orderBy: { at: 'desc' }, take: 20 }),
    prisma().backupRestore.findMany({ where: { clusterId }, orderBy: { at: 'desc' }, take: 20 }),
  ])
  return {
    backups: backups.map(({ clusterId: _, runId, type, startedAt, endedAt, size, added, ...rest }) => ({
      ...rest,
      ...{ run: runId, type: BackupType.parse(type), size: Number(size), added: Number(added) },
      ...{ startedAt: startedAt.toISOString(), endedAt: endedAt.toISOString() },
    })),
    built,
    readAt: repository?.at.toISOString() ?? null,
    trouble: TroubleView.safeParse(repository?.trouble).data ?? null,
    drills: drills.map(({ runId, at, good, message, result, requestedBy }) => ({
      ...{ run: runId, at: at.toISOString(), good, message, requestedBy },
      result: DrillResult.safeParse(result).data ?? null,
    })),
    restores: restores.map(({ runId, at, to, requestedBy }) => ({
      ...{ run: runId, at: at.toISOString(), to: to?.toISOString() ?? null, requestedBy },
    })),
  }
}

/** For the alerts: when the newest good backup was ready, and whether the repository can be read; null: never looked. */
export async function readBackupFacts(
  clusterId: string,
): Promise<{ newest: string | null; since: string; trouble: string | null } | null> {
  const [repository, newest, built] = await Promise.all([
    prisma().backupRepository.findUnique({ where: { clusterId } }),
    prisma().backup.findFirst({ where: { clusterId, damaged: false }, orderBy: { endedAt: 'desc' } }),
    prisma().run.findFirst({
      where: { clusterId, kind: { in: [...buildingKinds] }, status: { in: ['succeeded', 'partial'] } },
      orderBy: { endedAt: 'desc' },
    }),
  ])
  if (!built?.endedAt) return null
  const trouble = TroubleView.safeParse(repository?.trouble).data
  const [endedAt, since] = [newest?.endedAt.toISOString() ?? null, built.endedAt.toISOString()]
  return { newest: endedAt, since, trouble: trouble ? `${trouble.message} ${trouble.cure}`.trim() : null }
}
