/** Apps as pages and programs read them, and as the worker does. */
import { type AppAction, type AppSpec, AppStatus, FoundApp, GitCommit, type RunStatus } from '@bramble/cluster'
import type { Prisma } from '../generated/client.ts'
import { plain } from '../runs/requests.ts'
import { pool, prisma, transaction } from '../store/connection.ts'
import { specOf, withNodes } from '../store/specs.ts'
import { listVariables, type VariableView } from './environments.ts'
import { type GitSourceView, gitSourceView } from './git-sources.ts'
import { type ImageSourceView, imageSourceView } from './image-sources.ts'

export type DeployState = 'waiting' | 'superseded' | RunStatus

export interface DeployView {
  id: string
  kind: AppAction
  state: DeployState
  /** Of the release; null for a restart or removal. */
  release: string | null
  digest: string | null
  /** Null: it has not begun. */
  run: string | null
  requestedBy: string
  message: string
  /** Of a git repository; null also while it is being fetched. */
  commit: GitCommit | null
  outcome: string | null
  /** ISO times. */
  createdAt: string
  endedAt: string | null
}

export interface ReleaseView {
  id: string
  digest: string
  source: string
  /** Bytes. */
  size: number
  madeBy: string
  createdAt: string
  found: FoundApp | null
  /** Why it was deployed last. */
  message: string
  /** The one that it was made of last; null: it was uploaded. */
  commit: GitCommit | null
  /** It was deployed successfully once. */
  served: boolean
  serves: boolean
}

export interface AppSummary {
  name: string
  domains: string[]
  kind: string | null
  status: AppStatus | null
  /** When the status was seen, ISO. */
  statusAt: string | null
  /** What serves, by the last deploy that succeeded. */
  release: ReleaseView | null
  lastDeploy: DeployView | null
}

export interface AppView extends AppSummary {
  spec: AppSpec
  variables: VariableView[]
  /** Null: it is deployed by uploads. */
  source: GitSourceView | null
  /** Null: it comes from no registry. */
  image: ImageSourceView | null
  /** Newest first. */
  releases: ReleaseView[]
  deploys: DeployView[]
}

const shownDeploys = 30
const withRelease = { release: true } satisfies Prisma.DeployInclude
type DeployRow = Prisma.DeployGetPayload<{ include: typeof withRelease }>
const withHistory = {
  releases: { orderBy: { createdAt: 'desc' } },
  deploys: { orderBy: { createdAt: 'desc' }, take: shownDeploys, include: withRelease },
  gitSource: true,
  imageSource: true,
} satisfies Prisma.AppInclude
type AppRow = Prisma.AppGetPayload<{ include: typeof withHistory }>

/** By name, as the cluster has them. Null: there is no such cluster. */
export async function listApps(cluster: string): Promise<AppSummary[] | null> {
  const found = await appsOf(cluster)
  if (!found) return null
  const summaries = await Promise.all(found.apps.map((app) => summaryOf(app, found.rows.get(app.name))))
  return summaries.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Null: there is no such app. */
export async function getApp(cluster: string, name: string): Promise<AppView | null> {
  const found = await appsOf(cluster)
  const spec = found?.apps.find((app) => app.name === name)
  if (!found || !spec) return null
  const row = found.rows.get(name)
  const summary = await summaryOf(spec, row)
  const deploys = await deployViews(row?.deploys ?? [])
  const variables = await listVariables(found.id, spec)
  const source = gitSourceView(row?.gitSource)
  const image = imageSourceView(row?.imageSource)
  return { ...summary, spec, variables, source, image, deploys, releases: releaseViews(row, summary.release?.id) }
}

/** Null: there is none, or not on this cluster. */
export async function getDeploy(cluster: string, id: string): Promise<DeployView | null> {
  const row = await prisma().deploy.findFirst({
    where: { id, app: { cluster: { name: cluster } } },
    include: withRelease,
  })
  return row ? (await deployViews([row]))[0]! : null
}

async function appsOf(cluster: string) {
  const row = await prisma().cluster.findUnique({ where: { name: cluster }, include: withNodes })
  if (!row) return null
  const rows = await prisma().app.findMany({ where: { clusterId: row.id }, include: withHistory })
  return { id: row.id, apps: specOf(row).apps ?? [], rows: new Map(rows.map((app) => [app.name, app])) }
}

async function summaryOf(spec: AppSpec, row: AppRow | undefined): Promise<AppSummary> {
  const serving = row && (await servingRelease(row.id))
  const release = releaseViews(row, serving).find(({ serves }) => serves) ?? null
  const [lastDeploy] = await deployViews(row?.deploys.slice(0, 1) ?? [])
  return {
    name: spec.name,
    domains: spec.domains,
    kind: release?.found?.kind ?? spec.kind ?? null,
    status: AppStatus.safeParse(row?.status).data ?? null,
    statusAt: row?.statusAt?.toISOString() ?? null,
    release,
    lastDeploy: lastDeploy ?? null,
  }
}

/** Of the last deploy or rollback that succeeded, whatever was noted of it so far. */
async function servingRelease(app: string): Promise<string | null> {
  const { rows } = await pool().query<{ id: string }>(
    `select deploy.release_id as id from deploy left join run on run.id = deploy.run_id
     where deploy.app_id = $1 and deploy.release_id is not null
       and (case when deploy.state = 'started' then run.status else deploy.state end) in ('succeeded', 'partial')
     order by deploy.created_at desc limit 1`,
    [app],
  )
  return rows[0]?.id ?? null
}

function releaseViews(row: AppRow | undefined, serving: string | null | undefined): ReleaseView[] {
  return (row?.releases ?? []).map((release) => {
    const own = row!.deploys.filter(({ releaseId }) => releaseId === release.id)
    return {
      id: release.id,
      digest: release.digest,
      source: release.source,
      size: Number(release.size),
      madeBy: release.madeBy,
      createdAt: release.createdAt.toISOString(),
      found: FoundApp.safeParse(release.found).data ?? null,
      message: own.find(({ kind }) => kind === 'deploy')?.message ?? '',
      commit: commitOf(own.find(({ gitCommit }) => gitCommit !== null)),
      served: release.id === serving || own.some(({ state }) => state === 'succeeded' || state === 'partial'),
      serves: release.id === serving,
    }
  })
}

const commitOf = (row: Pick<DeployRow, 'gitCommit'> | undefined): GitCommit | null =>
  GitCommit.safeParse(row?.gitCommit).data ?? null

/** A deploy that began is as its run is. */
async function deployViews(rows: readonly DeployRow[]): Promise<DeployView[]> {
  const going = rows.flatMap(({ state, runId }) => (state === 'started' && runId ? [runId] : []))
  const runs = await prisma().run.findMany({ where: { id: { in: going } }, select: { id: true, status: true } })
  const statuses = new Map(runs.map(({ id, status }) => [id, status]))
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind as AppAction,
    state: (row.state === 'started' ? (statuses.get(row.runId ?? '') ?? 'failed') : row.state) as DeployState,
    release: row.releaseId,
    digest: row.release?.digest ?? null,
    run: row.runId,
    requestedBy: row.requestedBy,
    message: row.message,
    commit: commitOf(row),
    outcome: row.outcome,
    createdAt: row.createdAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
  }))
}

/** For the worker: the release that a run is about. Null: it is not known any more. */
export async function releaseOf(clusterId: string, app: string, digest: string): Promise<FoundApp | null> {
  const row = await prisma().release.findFirst({ where: { digest, app: { clusterId, name: app } } })
  return FoundApp.safeParse(row?.found).data ?? null
}

/** Keeps what was seen of the apps of a cluster. */
export async function storeAppStatus(clusterId: string, statuses: ReadonlyMap<string, AppStatus>): Promise<void> {
  for (const [name, status] of statuses)
    await prisma().app.updateMany({
      where: { clusterId, name },
      data: { status: plain(status), statusAt: new Date() },
    })
  await pool().query(`select pg_notify('bramble_watch', $1)`, [clusterId])
}

/** The app is gone from the nodes: its settings, secrets and history go too. */
export async function forgetApp(clusterId: string, name: string): Promise<void> {
  await transaction(async (client) => {
    await client.query(
      `update cluster set updated_at = now(), settings = jsonb_set(settings::jsonb, '{apps}', coalesce((
         select jsonb_agg(app) from jsonb_array_elements(settings::jsonb -> 'apps') as app where app ->> 'name' <> $2), '[]'))
       where id = $1 and settings::jsonb ? 'apps'`,
      [clusterId, name],
    )
    await client.query(
      `delete from secret where cluster_id = $1 and purpose in ('app', 'app-release', 'app-password', 'app-git', 'app-registry')
         and split_part(name, '/', 1) = $2`,
      [clusterId, name],
    )
    await client.query('delete from app where cluster_id = $1 and name = $2', [clusterId, name])
  })
}
