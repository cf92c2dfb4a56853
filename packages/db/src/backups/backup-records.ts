/** What the repository of a cluster held when it was last read, and what drills and restores came to. */
import {
  type BackupRecord,
  BackupType,
  buildingKinds,
  type RepositoryState,
  RestoreDrillResult,
} from '@bramble/cluster'
import { Prisma } from '../generated/client.ts'
import { plain } from '../runs/requests.ts'
import { prisma } from '../store/connection.ts'
import { findCluster } from '../store/ids.ts'
import { specOf, withNodes } from '../store/specs.ts'
import { TroubleView } from '../store/trouble.ts'
import { isBuilt } from './backups.ts'

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

export async function storeDrill(input: {
  clusterId: string
  run: string
  requestedBy: string
  good: boolean
  message: string
  result: RestoreDrillResult | null
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
  drills: {
    run: string
    at: string
    good: boolean
    message: string
    result: RestoreDrillResult | null
    requestedBy: string
  }[]
  /** `source`: the cluster whose data came in; null: its own. */
  restores: { run: string; at: string; to: string | null; source: string | null; requestedBy: string }[]
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
      result: RestoreDrillResult.safeParse(result).data ?? null,
    })),
    restores: restores.map(({ runId, at, to, source, requestedBy }) => ({
      ...{ run: runId, at: at.toISOString(), to: to?.toISOString() ?? null, source, requestedBy },
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
