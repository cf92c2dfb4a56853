/** Reading runs. What a page sees is plain data with ISO times. */
import {
  buildingKinds,
  type DrillClass,
  JobKind,
  Plan,
  RunOutcome,
  RunRequest,
  RunStatus,
  type ServerSwitch,
} from '@bramble/cluster'
import { Prisma } from '../generated/client.ts'
import { activeStatuses, databaseNow } from '../store/active.ts'
import { prisma } from '../store/connection.ts'
import { isId } from '../store/ids.ts'
import { TroubleView } from '../store/trouble.ts'

export interface RunSummary {
  id: string
  kind: JobKind
  /** Never `running` without a worker: a run whose worker died shows as `queued` until another takes it over. */
  status: RunStatus
  cluster: string
  /** Null: all nodes. */
  only: string[] | null
  /** Of a `server-switch`. */
  serverSwitch: ServerSwitch | null
  /** Of a `drill`. */
  drill: DrillClass | null
  /** Name of the app, of a `deploy` and the like. */
  app: string | null
  requestedBy: string
  /** ISO times. */
  createdAt: string
  startedAt: string | null
  endedAt: string | null
  cancelRequested: boolean
  /** Null while it goes. */
  changed: number | null
  message: string | null
}

export type StepStatus = 'running' | 'waiting' | 'done' | 'changed' | 'failed'

export interface StepView {
  node: string
  /** `role/noun`. */
  id: string
  title: string
  status: StepStatus
  /** Why it is done, or what it waits for. */
  because: string
  seconds: number | null
  error: TroubleView | null
}

export interface RunView extends RunSummary {
  outcome: RunOutcome | null
  /** What ended the run as a whole: `plan-changed`, `preflight`, … */
  trouble: TroubleView | null
  steps: StepView[]
  /** Digest of the plan it may carry out, and the plan run which that is of. */
  approved: string | null
  approvedRun: string | null
  retryOf: string | null
  hasPlan: boolean
  /** Sequence number of the newest log line; 0 when there is none. */
  lines: number
}

const withCluster = { cluster: { select: { name: true } } } satisfies Prisma.RunInclude
const summaryFields = {
  ...{ id: true, kind: true, status: true, request: true, requestedBy: true, outcome: true, trouble: true },
  ...{ createdAt: true, startedAt: true, endedAt: true, cancelRequestedAt: true, leaseUntil: true },
  ...withCluster,
} satisfies Prisma.RunSelect
type SummaryRow = Prisma.RunGetPayload<{ select: typeof summaryFields }>

function summary(row: SummaryRow, now: Date): RunSummary {
  const outcome = RunOutcome.safeParse(row.outcome).data
  const request = RunRequest.safeParse(row.request).data
  const abandoned = row.status === 'running' && (row.leaseUntil === null || row.leaseUntil < now)
  return {
    id: row.id,
    kind: JobKind.parse(row.kind),
    status: abandoned ? 'queued' : RunStatus.parse(row.status),
    cluster: row.cluster.name,
    only: request?.only ?? null,
    serverSwitch: request?.serverSwitch ?? null,
    drill: request?.drill?.class ?? null,
    app: request?.app?.app ?? request?.appCommand?.app ?? null,
    requestedBy: row.requestedBy,
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
    cancelRequested: row.cancelRequestedAt !== null,
    changed: outcome?.changed ?? null,
    message: outcome?.message ?? TroubleView.safeParse(row.trouble).data?.message ?? null,
  }
}

export async function getRun(id: string): Promise<RunView | null> {
  if (!isId(id)) return null
  const [row, planned, now] = await Promise.all([
    prisma().run.findUnique({
      where: { id },
      select: {
        ...summaryFields,
        ...{ approvedRunId: true, retryOfId: true, lastSeq: true },
        steps: { orderBy: { position: 'asc' } },
      },
    }),
    prisma().run.count({ where: { id, plan: { not: Prisma.DbNull } } }),
    databaseNow(),
  ])
  if (!row) return null
  return {
    ...summary(row, now),
    outcome: RunOutcome.safeParse(row.outcome).data ?? null,
    trouble: TroubleView.safeParse(row.trouble).data ?? null,
    steps: row.steps.map((step) => ({
      node: step.node,
      id: step.stepId,
      title: step.title,
      status: step.status as StepStatus,
      because: step.because,
      seconds: step.seconds,
      error: TroubleView.safeParse(step.error).data ?? null,
    })),
    approved: RunRequest.safeParse(row.request).data?.approved ?? null,
    approvedRun: row.approvedRunId,
    retryOf: row.retryOfId,
    hasPlan: planned > 0,
    lines: row.lastSeq,
  }
}

/** The plan of a plan run, or what a provision run planned when it began; null before that. */
export async function getPlan(run: string): Promise<Plan | null> {
  if (!isId(run)) return null
  const row = await prisma().run.findUnique({ where: { id: run }, select: { plan: true } })
  return Plan.safeParse(row?.plan).data ?? null
}

/** Which runs; what is left out does not matter. */
export interface RunFilter {
  cluster?: string | undefined
  kind?: JobKind | undefined
  status?: RunStatus | undefined
  /** E-mail of who asked. */
  by?: string | undefined
  /** Asked for at or after this moment, and before that one. */
  from?: Date | undefined
  to?: Date | undefined
  /** The `createdAt` of the last one of the page before. */
  before?: string | undefined
}

/** Newest first; 50 unless told. */
export async function listRuns(filter: RunFilter & { limit?: number | undefined } = {}): Promise<RunSummary[]> {
  return (await runRows(filter, filter.limit ?? 50)).map(({ run }) => run)
}

/** Runs with the number of their newest log line, newest first. */
export async function runRows(filter: RunFilter, limit: number): Promise<{ run: RunSummary; lines: number }[]> {
  const before = filter.before === undefined ? undefined : new Date(filter.before)
  const createdAt = {
    ...(filter.from ? { gte: filter.from } : {}),
    ...(filter.to ? { lt: filter.to } : {}),
    ...(before && !Number.isNaN(before.getTime()) && !(filter.to && filter.to < before) ? { lt: before } : {}),
  }
  const [rows, now] = await Promise.all([
    prisma().run.findMany({
      where: {
        ...(filter.cluster === undefined ? {} : { cluster: { name: filter.cluster } }),
        ...(filter.kind === undefined ? {} : { kind: filter.kind }),
        ...(filter.status === undefined ? {} : { status: filter.status }),
        ...(filter.by === undefined ? {} : { requestedBy: filter.by }),
        ...(Object.keys(createdAt).length > 0 ? { createdAt } : {}),
      },
      select: { ...summaryFields, lastSeq: true },
      orderBy: { createdAt: 'desc' },
      take: limit,
    }),
    databaseNow(),
  ])
  return rows.map((row) => ({ run: summary(row, now), lines: row.lastSeq }))
}

/** E-mails of everybody who ever asked for a run. */
export async function listAskers(): Promise<string[]> {
  const rows = await prisma().run.findMany({
    distinct: ['requestedBy'],
    select: { requestedBy: true },
    orderBy: { requestedBy: 'asc' },
  })
  return rows.map((row) => row.requestedBy)
}

/** The newest run of a cluster, the newest that built something, and the one that goes on. */
export async function lastRuns(clusterId: string): Promise<{
  lastRun: RunSummary | null
  lastProvision: RunSummary | null
  activeRun: RunSummary | null
}> {
  const newest = (where: Prisma.RunWhereInput) =>
    prisma().run.findFirst({ where: { clusterId, ...where }, select: summaryFields, orderBy: { createdAt: 'desc' } })
  const [now, ...rows] = await Promise.all([
    databaseNow(),
    newest({}),
    newest({ kind: { in: [...buildingKinds] } }),
    newest({ status: { in: activeStatuses } }),
  ])
  const [lastRun, lastProvision, activeRun] = rows.map((row) => (row ? summary(row, now) : null))
  return { lastRun: lastRun ?? null, lastProvision: lastProvision ?? null, activeRun: activeRun ?? null }
}

/** The newest ended run of a cluster (its id) that was to build something, and was not cancelled. */
export async function lastWork(
  cluster: string,
): Promise<{ id: string; kind: string; status: string; endedAt: string; message: string } | null> {
  const row = await prisma().run.findFirst({
    where: {
      clusterId: cluster,
      kind: { in: [...buildingKinds, 'flash'] },
      status: { in: ['succeeded', 'partial', 'failed'] },
      endedAt: { not: null },
    },
    select: { id: true, kind: true, status: true, endedAt: true, outcome: true, trouble: true },
    orderBy: { endedAt: 'desc' },
  })
  if (!row?.endedAt) return null
  const outcome = RunOutcome.safeParse(row.outcome).data
  const trouble = TroubleView.safeParse(row.trouble).data
  const message = outcome?.message ?? trouble?.message ?? ''
  return { id: row.id, kind: row.kind, status: row.status, endedAt: row.endedAt.toISOString(), message }
}
