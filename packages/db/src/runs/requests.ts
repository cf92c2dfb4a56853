/** The buttons: plan, provision, reprovision, retry, cancel. Each makes a row, writes the audit and queues. */
import { isDeepStrictEqual } from 'node:util'
import { endedStatuses, isAppAction, Plan, RunRequest, type RunStatus } from '@bramble/cluster'
import { audited } from '../audit/audit.ts'
import { askedFor } from '../audit/audit-verbs.ts'
import { Prisma } from '../generated/client.ts'
import { activeStatuses, lockCluster, type Transaction } from '../store/active.ts'
import { pool, prisma, transaction } from '../store/connection.ts'
import { isId } from '../store/ids.ts'
import { queue } from '../store/queue.ts'
import { Refusal } from '../store/refusal.ts'
import { type ClusterRow, specOf, withNodes } from '../store/specs.ts'
import { closeCards, workerDied } from './lost-flashes.ts'
import { isRemoteStation } from './remote-station.ts'
import { openRotation } from './rotations.ts'

/**
 * Returns the run's id. `provision` and `reprovision` name in `approved` the digest of a plan run of this cluster.
 * Refusal `run-active`, `plan-unknown`, `plan-outdated`, `cluster-unknown`, `unknown-node`, `host-key-missing`.
 */
export async function requestRun(input: { cluster: string; request: RunRequest; by: string }): Promise<string> {
  const request = RunRequest.parse(input.request)
  const { by } = input
  if (request.kind === 'flash' || request.flash)
    throw new Refusal('flash-elsewhere', 'A flash request needs its cards.', 'Open the page Flash.')
  if (request.kind === 'server-switch' || request.serverSwitch)
    throw new Refusal('switch-elsewhere', 'A server is switched by its own verb.', 'Open the page HAProxy.')
  if (request.kind === 'drill' || request.drill)
    throw new Refusal('drill-elsewhere', 'A drill is requested with its own verb.', 'Open the page Drills.')
  if (isAppAction(request.kind) || request.app || request.kind === 'app-command' || request.appCommand)
    throw new Refusal('app-elsewhere', 'Apps are deployed by their own verbs.', 'Open the page Apps.')
  if (request.operation || request.backup)
    throw new Refusal(
      'operation-elsewhere',
      'An operation is requested with its own verb.',
      'Open the page of the cluster.',
    )
  return audited({ who: by, what: askedFor(request.kind), target: input.cluster }, async () => {
    const id = await prisma().$transaction(async (tx) => {
      const { id: clusterId } = await lockCluster(tx, input.cluster)
      const cluster = await tx.cluster.findUniqueOrThrow({ where: { id: clusterId }, include: withNodes })
      const approvedRunId = await approvedRun(tx, cluster, request)
      return insertRun(tx, cluster, { request, by, approvedRunId, retryOfId: null })
    })
    await enqueueRun(id, 0)
    return id
  })
}

/** The same request with the same approved plan: it does what is still to do. Refusal `run-going`, `plan-outdated`, … */
export async function retryRun(input: { run: string; by: string }): Promise<string> {
  return audited({ who: input.by, what: 'run.retry', target: input.run }, async () => {
    const before = await findRun(input.run)
    if (before.kind === 'flash')
      throw new Refusal(
        'flash-no-retry',
        'A flash is not repeated automatically: another card may be in the reader by now.',
        'Insert the card and press Flash again.',
      )
    if (before.kind === 'drill')
      throw new Refusal(
        'drill-no-retry',
        'A drill is not repeated automatically: it injects a fault and needs a confirmation each time.',
        'Start it again on the Drills page.',
      )
    if (isAppAction(before.kind) || before.kind === 'app-command')
      throw new Refusal(
        'app-no-retry',
        'A run of an app is not repeated: a newer release may be waiting by now.',
        'Open the app and deploy, roll back or restart it again.',
      )
    if (before.kind === 'rotate-secrets' && !(await openRotation(before.clusterId)))
      throw new Refusal(
        'rotation-no-retry',
        'No secret rotation is in progress: this one has finished, or changed nothing.',
        'An administrator can start a new one on the page of the cluster: Operate → Rotate secrets.',
      )
    if (!isEnded(before.status))
      throw new Refusal('run-going', 'This run has not finished yet.', 'Wait until it has finished, or cancel it.')
    const id = await prisma().$transaction(async (tx) => {
      const { id: clusterId } = await lockCluster(tx, before.cluster.name)
      const cluster = await tx.cluster.findUniqueOrThrow({ where: { id: clusterId }, include: withNodes })
      if (before.approvedRunId !== null && !isDeepStrictEqual(plain(specOf(cluster)), before.spec)) throw outdated()
      const request = RunRequest.parse(before.request)
      return insertRun(tx, cluster, {
        request,
        by: input.by,
        approvedRunId: before.approvedRunId,
        retryOfId: before.id,
      })
    })
    await enqueueRun(id, 0)
    return id
  })
}

/** A queued run ends at once; a running one as soon as its worker has stopped it. Refusal `run-over`. */
export async function requestCancel(input: { run: string; by: string }): Promise<void> {
  await audited({ who: input.by, what: 'run.cancel', target: input.run }, async () => {
    const { id, kind } = await findRun(input.run)
    // What no living worker holds ends here and now; the rest is told to its worker.
    const { rows } = await pool().query<{ unheld: boolean }>(
      `with asked as (
         select id, (status = 'queued' or lease_until is null or lease_until < now()) as unheld
         from run where id = $1 and status = any($4) for update)
       update run set cancel_requested_at = coalesce(cancel_requested_at, now()),
         cancel_requested_by = coalesce(cancel_requested_by, $2),
         status = case when unheld then 'cancelled' else status end,
         outcome = case when unheld then $3::jsonb else outcome end,
         ended_at = case when unheld then now() end,
         fence = case when unheld then fence + 1 else fence end
       from asked where run.id = asked.id
       returning asked.unheld, pg_notify('bramble_cancel', run.id::text), pg_notify('bramble_run', run.id::text)`,
      [id, input.by, JSON.stringify(kind === 'flash' ? cancelledFlash : cancelledOutcome), activeStatuses],
    )
    if (rows.length === 0)
      throw new Refusal('run-over', 'This run has ended already.', 'There is nothing left to cancel.')
    if (kind === 'flash' && rows[0]?.unheld) await closeUnheldFlash(id)
  })
}

/** A run that no worker held when it was cancelled. */
const cancelledOutcome = {
  status: 'cancelled',
  changed: 0,
  seconds: 0,
  message: 'Canceled while no worker was running it. Retry continues where it stopped.',
  nodes: [],
}

const cancelledFlash = {
  ...cancelledOutcome,
  message:
    'Canceled while no worker was running it. A partially written card does not boot: press Flash to write it again.',
}

/** Its cards are told as what they are: untouched, or left half written by a worker that died. */
async function closeUnheldFlash(run: string): Promise<void> {
  await transaction(async (client) => {
    const { rows } = await client.query<{ begun: boolean; station: string | null }>(
      `select run.started_at is not null as begun, station.name as station from run
       left join station on station.id = request #>> '{flash,station}' where run.id = $1`,
      [run],
    )
    const begun = rows[0]?.begun ?? false
    const trouble = begun
      ? await workerDied(client, run, rows[0]?.station ?? 'the station')
      : { code: 'cancelled', message: 'Canceled before it started: the card is unchanged.', cure: 'Press Flash again.' }
    await closeCards(client, run, 'cancelled', trouble)
  })
}

/**
 * Puts a run into the queue, or into that of a station; once per fence, however often it is called. A station on another
 * machine has no queue: a worker encrypts for it what it needs, and it asks for the run itself.
 */
export async function enqueueRun(id: string, fence: number, station?: string | null): Promise<void> {
  if (station && (await isRemoteStation(station))) return queue().add({ kind: 'flash-kit', id }, `flash-kit-${id}`)
  await queue(station ?? undefined).add({ kind: 'run', id }, `run-${id}-${fence}`)
}

export async function insertRun(
  tx: Transaction,
  cluster: ClusterRow,
  run: { request: RunRequest; by: string; approvedRunId: string | null; retryOfId: string | null },
): Promise<string> {
  const spec = specOf(cluster)
  const { request } = run
  const unknown = request.only?.find((name) => !spec.nodes.some((node) => node.name === name))
  if (unknown) throw new Refusal('unknown-node', `No node of ${spec.name} is named ${unknown}.`, 'Reload the page.')
  const unpinned = spec.nodes.find((node) => !node.hostKey)
  if (unpinned)
    throw new Refusal(
      'host-key-missing',
      `Nobody has confirmed the host key of ${unpinned.name}.`,
      'Flash its card, or test the connection to it.',
    )
  const { id } = await tx.run.create({
    data: {
      clusterId: cluster.id,
      kind: request.kind,
      request: plain(request),
      spec: plain(spec),
      requestedBy: run.by,
      approvedRunId: run.approvedRunId,
      retryOfId: run.retryOfId,
    },
  })
  return id
}

/** The plan run whose plan has the approved digest: the newest, made of the spec as it is now. */
async function approvedRun(tx: Transaction, cluster: ClusterRow, request: RunRequest): Promise<string | null> {
  if (request.kind === 'plan') return null
  const runs = await tx.run.findMany({
    where: {
      clusterId: cluster.id,
      kind: 'plan',
      status: { in: ['succeeded', 'partial'] },
      plan: { not: Prisma.DbNull },
    },
    orderBy: { createdAt: 'desc' },
    take: 20,
  })
  const run = runs.find((entry) => Plan.safeParse(entry.plan).data?.digest === request.approved)
  if (!run || request.approved === undefined)
    throw new Refusal(
      'plan-unknown',
      'No plan of this cluster was approved.',
      'Press Plan, review the plan, and approve it.',
    )
  const only = RunRequest.parse(run.request).only
  if (!isDeepStrictEqual(plain(specOf(cluster)), run.spec) || !isDeepStrictEqual(only, request.only)) throw outdated()
  return run.id
}

const outdated = () =>
  new Refusal(
    'plan-outdated',
    'The cluster was changed since this plan was made.',
    'Press Plan again, review the plan, and approve it.',
  )

async function findRun(id: string) {
  const run = isId(id)
    ? await prisma().run.findUnique({ where: { id }, include: { cluster: { select: { name: true } } } })
    : null
  if (!run) throw new Refusal('run-unknown', 'This run does not exist.', 'Reload the page.')
  return run
}

export function isEnded(status: string): boolean {
  return endedStatuses.includes(status as RunStatus)
}

/** A value as JSON keeps it: what comes back out of the table equals this. */
export function plain(value: unknown): Prisma.InputJsonObject {
  return JSON.parse(JSON.stringify(value)) as Prisma.InputJsonObject
}
