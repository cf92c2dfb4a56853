/** Watches the apps of a cluster: what their nodes report is kept for the pages, and nodes that miss a release get it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClusterSpec } from '@bramble/cluster'
import { keptReleases, storeAppStatus } from '@bramble/db/apps'
import { completeApps, type Fleet, haveMoved, type KeptFiles, ReleaseStore, readApps } from '@bramble/provision'
import { appStatuses } from './app-status.ts'
import { environmentFileOf } from './environment.ts'
import type { AppPlaces } from './places.ts'
import { storeFolder } from './places.ts'
import { redactStatuses } from './redact-status.ts'

const tickMs = 5_000
/** Between two copies to nodes that miss a release. */
const completeMs = 30_000

interface Watched {
  id: string
  spec: ClusterSpec
  fleet: Fleet
}

/** Until the signal aborts. A cluster without apps is left alone. */
export async function watchApps(cluster: Watched, places: AppPlaces, signal: AbortSignal): Promise<void> {
  if (!cluster.spec.apps?.length) return
  let completed = 0
  let told = ''
  while (!signal.aborted) {
    try {
      const isMissing = await look(cluster)
      if (isMissing && Date.now() - completed > completeMs) {
        completed = Date.now()
        await complete(cluster, places, signal)
      }
      told = ''
    } catch (error) {
      // A cluster without a majority of etcd says the same every few seconds.
      const words = error instanceof Error ? error.message : String(error)
      if (!signal.aborted && words !== told) console.error(`apps of ${cluster.spec.name}: ${words}`)
      told = words
    }
    await sleep(tickMs, undefined, { signal }).catch(() => undefined)
  }
}

/** True when a node misses what serves, or is to serve and does not, and nobody deploys. */
async function look({ id, spec, fleet }: Watched): Promise<boolean> {
  const state = await readApps({ spec, fleet })
  const statuses = appStatuses(spec, state)
  await storeAppStatus(id, await redactStatuses({ id, spec }, statuses))
  const isDeploying = Object.values(state.apps).some(({ claimed }) => claimed)
  const isMissing = [...statuses.values()].some(({ slots }) => slots.some((slot) => slot.state === 'missing'))
  return !isDeploying && (isMissing || haveMoved(spec, state))
}

async function complete({ id, spec, fleet }: Watched, places: AppPlaces, signal: AbortSignal): Promise<void> {
  const store = new ReleaseStore(storeFolder(places, id))
  const done = await completeApps({
    ...{ spec, fleet, signal },
    emit: (event) => {
      if (event.type === 'log') console.log(`${event.node ?? spec.name}: ${event.text}`)
    },
    async kept(record): Promise<KeptFiles> {
      const app = spec.apps?.find(({ name }) => name === record.app)
      const releases = [...(await keptReleases(id, record.app)).values()]
      const one = releases.find(({ environmentDigest }) => environmentDigest === record.environment)
      const file = app && one ? environmentFileOf({ id, spec }, app, one.environment, record.environment) : null
      return { archive: await store.archiveOf(record.release), environment: await file }
    },
  })
  for (const { app, node, problem } of done)
    if (problem !== null) console.error(`${node} is missing the release of ${app}: ${problem}`)
    else console.log(`${node} has the release of ${app} now.`)
}
