/** What the checks of a cluster are told of its apps. */
import { type AppFacts, AppStatus } from '@bramble/cluster'
import { pool } from '../store/connection.ts'

interface Row {
  name: string
  status: unknown
  seen: Date | null
  id: string | null
  kind: string | null
  state: string | null
  outcome: string | null
  ended: Date | null
}

/** Of the cluster (its id). The newest deploy that has ended counts; one that was cancelled or superseded changed nothing. */
export async function readAppFacts(clusterId: string): Promise<AppFacts[]> {
  const { rows } = await pool().query<Row>(
    `select app.name, app.status, app.status_at as seen, last.id, last.kind, last.state, last.outcome, last.ended
     from app left join lateral (
       select deploy.id, deploy.kind, coalesce(run.status, deploy.state) as state,
         coalesce(deploy.outcome, run.outcome ->> 'message', run.trouble ->> 'message', '') as outcome,
         coalesce(deploy.ended_at, run.ended_at, deploy.created_at) as ended
       from deploy left join run on run.id = deploy.run_id
       where deploy.app_id = app.id and coalesce(run.status, deploy.state) in ('succeeded', 'partial', 'failed')
       order by deploy.created_at desc limit 1) as last on true
     where app.cluster_id = $1 order by app.name`,
    [clusterId],
  )
  return rows.map(({ name, status, seen, id, kind, state, outcome, ended }) => ({
    name,
    status: AppStatus.safeParse(status).data ?? null,
    seenAt: seen?.toISOString() ?? null,
    failed:
      id !== null && kind !== null && ended !== null && state === 'failed'
        ? { id, kind, endedAt: ended.toISOString(), outcome: firstLine(outcome) }
        : null,
  }))
}

/** Lines of the app's own log may follow, which are not for every reader of an alert. */
const firstLine = (outcome: string | null): string => (outcome ?? '').split('\n')[0]!.slice(0, 300)
