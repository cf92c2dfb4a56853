/** Apps in the database, made by the verbs that the dashboard and the worker call. */
import { createHash, randomUUID } from 'node:crypto'
import type { FoundApp, RunStatus } from '@bramble/cluster'
import { beginUpload, endUploadCheck, recordReceived, requestDeploy } from '../src/apps/index.ts'
import { claimRun, endRun, requestRun } from '../src/runs/index.ts'
import { makeCluster, planned } from './clusters.ts'

const by = 'setup'

/** A cluster that was provisioned. */
export async function builtCluster(): Promise<string> {
  const cluster = await makeCluster()
  const approved = createHash('sha256').update(cluster).digest('hex')
  await planned(cluster, approved)
  await endRunOf(await requestRun({ cluster, request: { kind: 'provision', approved }, by }))
  return cluster
}

/** The run ends as a worker ends it. */
export async function endRunOf(run: string, status: Exclude<RunStatus, 'queued' | 'running'> = 'succeeded') {
  const outcome = { status, changed: 0, seconds: 1, message: `It ${status}.`, nodes: [] }
  await endRun((await claimRun(run, 'worker'))!, { status, outcome, trouble: null })
}

export function someFound(change: Partial<FoundApp> = {}): FoundApp {
  return {
    ...{ kind: 'static', seen: 'index.html: static files.', processes: {}, release: null, health: '/', build: [] },
    ...{ timeout: null, memory: null, cron: [] },
    ...{
      packages: { bookworm: [], trixie: [] },
      folder: '.',
      image: null,
      notes: [],
      entries: 1,
      bytes: 100,
      root: null,
    },
    digest: createHash('sha256').update(randomUUID()).digest('hex'),
    ...change,
  }
}

/** An upload that a worker has checked. Returns its id. */
export async function someUpload(cluster: string, found = someFound()): Promise<string> {
  const { id } = await beginUpload({ cluster, upload: { name: 'site', size: 100 }, by })
  await recordReceived(id, 100)
  await endUploadCheck(id, { found })
  return id
}

/** An app that was deployed successfully. */
export async function someApp(cluster: string, app = 'page'): Promise<void> {
  const { run } = await requestDeploy({ cluster, app, from: { upload: await someUpload(cluster) }, by })
  await endRunOf(run!)
}
