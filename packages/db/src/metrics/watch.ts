/** Who watches a cluster, what was last seen of it, and following that. */
import { type ClusterSpec, type ClusterWatch, NodeState } from '@bramble/cluster'
import { changes } from '../store/changes.ts'
import { pool, prisma } from '../store/connection.ts'
import { findCluster } from '../store/ids.ts'
import { sharedView } from '../store/shared-view.ts'
import { specOf, withNodes } from '../store/specs.ts'

/** Seconds that a cluster stays with a watcher that says nothing. */
const watchSeconds = 15

/** Takes the watch of a cluster (its id) for 15 s, or renews it. False: another one has it, or the cluster is gone. */
export async function claimWatch(input: { cluster: string; owner: string }): Promise<boolean> {
  const { rowCount } = await pool().query(
    `insert into watch_lease (cluster_id, owner, until)
     select id, $2, now() + make_interval(secs => $3) from cluster where id = $1
     on conflict (cluster_id) do update set owner = excluded.owner, until = excluded.until
     where watch_lease.owner = excluded.owner or watch_lease.until < now()`,
    [input.cluster, input.owner, watchSeconds],
  )
  return rowCount === 1
}

/** Gives the watch back, for another to take at once. Nothing happens when it is not the owner's. */
export async function releaseWatch(input: { cluster: string; owner: string }): Promise<void> {
  await pool().query('delete from watch_lease where cluster_id = $1 and owner = $2', [input.cluster, input.owner])
}

export interface WatchableCluster {
  id: string
  spec: ClusterSpec
}

const wasBuilt = { kind: { in: ['provision', 'reprovision'] }, status: { in: ['succeeded', 'partial'] } }

/**
 * Clusters that a provision has built, at least in part. A node that was added and has no pinned host key yet stands in the
 * spec without one: it cannot be asked.
 */
export async function listWatchable(): Promise<WatchableCluster[]> {
  const rows = await prisma().cluster.findMany({
    where: { runs: { some: wasBuilt } },
    include: withNodes,
    orderBy: { name: 'asc' },
  })
  return rows.map((row) => ({ id: row.id, spec: specOf(row) }))
}

/** The watched cluster that was created first: what is about Bramble's host is raised there, once. Id; null: none is watched. */
export async function eldestWatched(): Promise<string | null> {
  const row = await prisma().cluster.findFirst({
    where: { runs: { some: wasBuilt } },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    select: { id: true },
  })
  return row?.id ?? null
}

/** What was last seen of the nodes that the cluster (name or id) has now, in their order. Refusal `cluster-unknown`. */
export async function readWatch(cluster: string): Promise<ClusterWatch> {
  const { id } = await findCluster(cluster)
  return watchOf(id)
}

/** The watch as it is, then again after each tick. Ends when `signal` aborts or the cluster is removed. Refusal `cluster-unknown`. */
export async function* followWatch(input: { cluster: string; signal: AbortSignal }): AsyncGenerator<ClusterWatch> {
  const { id } = await findCluster(input.cluster)
  yield* sharedView(`watch ${id}`, (stop) => watchChanges(id, stop), input.signal)
}

async function* watchChanges(id: string, signal: AbortSignal): AsyncGenerator<ClusterWatch> {
  let told: string | undefined
  for await (const _ of changes([['bramble_watch', id]], signal)) {
    const watch = await watchOf(id)
    const looks = watch.states.map(({ node, at }) => `${node} ${at}`).join()
    if (looks !== told) yield watch
    told = looks
    if (watch.states.length === 0 && !(await prisma().cluster.findUnique({ where: { id }, select: { id: true } })))
      return
  }
}

async function watchOf(id: string): Promise<ClusterWatch> {
  const { rows } = await pool().query<{ state: unknown }>(
    `select state from node_state join node on node.cluster_id = node_state.cluster_id and node.name = node_state.node
     where node_state.cluster_id = $1 order by node.position`,
    [id],
  )
  // A state that an older Bramble wrote may lack what is asked for now; the next look is seconds away.
  const states = rows.flatMap(({ state }) => NodeState.safeParse(state).data ?? [])
  const at = states.reduce<string | null>((newest, state) => (newest && newest > state.at ? newest : state.at), null)
  return { at, states }
}
