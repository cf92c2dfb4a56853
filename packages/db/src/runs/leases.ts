/**
 * Who works on a run. A worker holds it by a lease on the database's clock and a fence number that rises with every
 * claim; all it writes is checked against both, so that one that was believed dead cannot write over its successor.
 */
import { buildingKinds, type ChangedStep, ClusterSpec, Plan, RunRequest } from '@bramble/cluster'
import { pool, prisma, transaction } from '../store/connection.ts'
import type { TroubleView } from '../store/trouble.ts'
import { endLostFlashes, endUnheld } from './lost-flashes.ts'

/** Seconds that a run stays with a worker that says nothing. It says something every third of that. */
export const leaseSeconds = 12
/** With a station on another machine: its dashboard may be restarted meanwhile. */
export const stationLeaseSeconds = 60

export interface Lease {
  run: string
  owner: string
  fence: number
}

export interface ClaimedRun extends Lease {
  clusterId: string
  createdAt: Date
  /** Rises with each run of the cluster that is claimed, whatever the clock says: nodes refuse a lower one. */
  turn: number
  /** User's e-mail, or `bramble` when the schedule asked. */
  requestedBy: string
  request: RunRequest
  /** As it was when the run was asked for. */
  spec: ClusterSpec
  /** The plan that was approved; null for a plan run. */
  approvedPlan: Plan | null
  /** True when another worker had it before: the work is partly done. */
  takenOver: boolean
  /** What the workers before changed in this run. */
  changedBefore: ChangedStep[]
  retry: boolean
  /** When it was asked for; of a retry: when it was asked for first. */
  since: Date
  /** True when no run has tried to build this cluster before: its nodes know only the logins that people set. */
  firstContact: boolean
}

/** The run belongs to another worker now, or has ended: stop at once and write nothing more. */
export class LeaseLost extends Error {
  constructor(run: string) {
    super(`The run ${run} belongs to another worker now, or has ended.`)
    this.name = 'LeaseLost'
  }
}

/**
 * Takes a queued run, or one whose holder let its lease run out. Null: there is nothing to take, or it cannot be read and has
 * ended as failed.
 * A flash is taken once and never again: who comes later cannot know what is in the reader by then.
 */
export async function claimRun(id: string, owner: string, seconds = leaseSeconds): Promise<ClaimedRun | null> {
  const { rows } = await pool().query<{ fence: number; turn: string }>(
    `update run set status = 'running', lease_owner = $2, lease_until = now() + make_interval(secs => $3),
       fence = fence + 1, started_at = coalesce(started_at, now()),
       turn = case when turn > 0 then turn else greatest(
         floor(extract(epoch from created_at) * 1000)::bigint,
         (select coalesce(max(before.turn), 0) + 1 from run before where before.cluster_id = run.cluster_id)) end
     where id = $1 and cancel_requested_at is null
       and (status = 'queued' or (status = 'running' and (lease_until is null or lease_until < now())))
       and (kind <> 'flash' or fence = 0)
     returning fence, turn, pg_notify('bramble_run', id::text)`,
    [id, owner, seconds],
  )
  const claimed = rows[0]
  if (!claimed) return null
  // What the worker before had begun is not going on any more.
  await prisma().step.deleteMany({ where: { runId: id, status: { notIn: ['done', 'changed'] } } })
  const run = await prisma().run.findUniqueOrThrow({ where: { id } })
  const changed = await prisma().step.findMany({ where: { runId: id, status: 'changed' } })
  const approved =
    run.approvedRunId === null ? null : await prisma().run.findUnique({ where: { id: run.approvedRunId } })
  const earlier = await prisma().run.count({
    where: {
      clusterId: run.clusterId,
      kind: { in: [...buildingKinds] },
      startedAt: { not: null },
      id: { not: id },
    },
  })
  const request = RunRequest.safeParse(run.request)
  const spec = ClusterSpec.safeParse(run.spec)
  const plan = Plan.nullable().safeParse(approved?.plan ?? null)
  if (!request.success || !spec.success || !plan.success) {
    const part = !request.success
      ? 'what it is to do'
      : !spec.success
        ? 'its cluster file'
        : 'the plan that was approved'
    await transaction((client) => endUnheld(client, id, unreadable(part)))
    return null
  }
  return {
    run: id,
    owner,
    fence: claimed.fence,
    clusterId: run.clusterId,
    createdAt: run.createdAt,
    turn: Number(claimed.turn),
    requestedBy: run.requestedBy,
    request: request.data,
    spec: spec.data,
    approvedPlan: plan.data,
    takenOver: claimed.fence > 1,
    changedBefore: changed.map(({ node, stepId: step }) => ({ node, step })),
    retry: run.retryOfId !== null,
    since: await askedFirst(id),
    firstContact: earlier === 0 && claimed.fence === 1,
  }
}

const unreadable = (part: string): TroubleView => ({
  code: 'run-unreadable',
  message: `This version of Bramble cannot read ${part}: another version wrote it. Nothing was changed.`,
  cure: 'Start it again from its page; for a provision, press Plan first.',
})

/** A retry goes on where the run before it stopped: what happened since the first asking is done. */
async function askedFirst(id: string): Promise<Date> {
  const { rows } = await pool().query<{ at: Date }>(
    `with recursive chain as (
       select id, retry_of_id, created_at from run where id = $1
       union all select run.id, run.retry_of_id, run.created_at from run join chain on run.id = chain.retry_of_id)
     select min(created_at) as at from chain`,
    [id],
  )
  return rows[0]!.at
}

const held = `id = $1 and lease_owner = $2 and fence = $3 and status = 'running'`
export const heldRun = { where: held, values: ({ run, owner, fence }: Lease) => [run, owner, fence] }

/** Says that the worker lives. Returns whether somebody asked to cancel the run. Throws LeaseLost. */
export async function renewLease(lease: Lease, seconds = leaseSeconds): Promise<{ cancelRequested: boolean }> {
  const { rows } = await pool().query<{ cancel: boolean }>(
    `update run set lease_until = now() + make_interval(secs => $4) where ${held}
     returning cancel_requested_at is not null as cancel`,
    [...heldRun.values(lease), seconds],
  )
  if (!rows[0]) throw new LeaseLost(lease.run)
  return { cancelRequested: rows[0].cancel }
}

/** Gives the run back to the queue, for another worker to take at once. The caller enqueues it. */
export async function releaseRun(lease: Lease): Promise<void> {
  const { rows } = await pool().query(
    `update run set status = 'queued', queued_at = now(), lease_owner = null, lease_until = null where ${held}
     returning pg_notify('bramble_run', id::text)`,
    heldRun.values(lease),
  )
  if (!rows[0]) throw new LeaseLost(lease.run)
}

export interface LostRun {
  id: string
  fence: number
  abandoned: boolean
  /** Set for a flash: the only one that can do it. */
  station: string | null
}

/** Runs that are to be queued again: their worker died, or their job was lost on the way. Flashes that began never are. */
export async function reapRuns(): Promise<LostRun[]> {
  await endLostFlashes()
  const { rows } = await pool().query<LostRun>(
    `with lost as (
       select id, status = 'running' as abandoned from run
       where (status = 'running' and kind <> 'flash' and (lease_until is null or lease_until < now()))
          or (status = 'queued' and queued_at < now() - interval '5 seconds')
       for update skip locked)
     update run set status = 'queued', queued_at = now(), lease_owner = null, lease_until = null
     from lost where run.id = lost.id
     returning run.id, run.fence, lost.abandoned, run.request #>> '{flash,station}' as station,
       pg_notify('bramble_run', run.id::text)`,
  )
  return rows
}
