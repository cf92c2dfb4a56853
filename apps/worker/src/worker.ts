/** The worker: takes jobs from the queues, does them through the engine, takes over what others left. */
import { setMaxListeners } from 'node:events'
import { rm } from 'node:fs/promises'
import { openConsumer, type QueueJob } from '@bramble/db'
import { sweepAlerts } from '@bramble/db/alerts'
import { queueDueGitChecks, sweepAppLogs, tendDeploys } from '@bramble/db/apps'
import { sweepProbes } from '@bramble/db/clusters'
import { sweepStations } from '@bramble/db/flash'
import { sweepRetention } from '@bramble/db/maintenance'
import { enqueueRun, reapRuns } from '@bramble/db/runs'
import { answerReveal, sweepReveals } from '@bramble/db/secrets'
import { deliverAlerts } from './alerts/deliver.ts'
import { sendHeartbeats } from './alerts/heartbeats.ts'
import { gitCheckJob } from './apps/check-git.ts'
import { sweepUploads, uploadJob } from './apps/check-upload.ts'
import { followLogJob } from './apps/follow-log.ts'
import { appPlaces } from './apps/places.ts'
import { Arrivals } from './arrivals.ts'
import { keepBackups } from './backups.ts'
import { watchCancels } from './cancel.ts'
import { keepCatalogue } from './catalogue.ts'
import { keepCertificates } from './certificates.ts'
import type { Environment } from './env.ts'
import { findNodes } from './finder.ts'
import { probeJob } from './jobs/probe.ts'
import { workOnRun } from './jobs/work.ts'
import type { Hold } from './lease.ts'
import { callHomeUrls } from './networks.ts'
import { directServer } from './station/direct.ts'
import { openFlashPlace } from './station/flash-place.ts'
import { workOnFlash } from './station/flash-run.ts'
import { ImageKeeper } from './station/images.ts'
import { type CallHome, flashKitJob } from './station/kit.ts'
import { Station } from './station/station.ts'
import { watchClusters } from './watch/watcher.ts'
import { Welcome } from './welcome.ts'

export interface RunningWorker {
  /** Gives its runs back to the queue and ends. Flashes are cancelled: nobody can carry them on. */
  stop(): Promise<void>
}

const concurrency = 16
const reapMs = 2_000
const requeueMs = 5_000
const sweepMs = 10 * 60_000
const retentionMs = 3_600_000

export async function startWorker(environment: Environment): Promise<RunningWorker> {
  const { owner, data, images: cache } = environment
  const holds = new Map<string, Hold>()
  const ending = new AbortController()
  const { signal } = ending
  // Every part and every job in hand listens until it ends: many are no leak.
  setMaxListeners(0, signal)
  const callHome: CallHome = (address, network) =>
    callHomeUrls(station.networks, environment.arrivalsPort, address, network)
  const server = directServer(environment, callHome)
  const station = new Station(server, [data, cache])
  const images = new ImageKeeper(server.images, environment, signal)
  const welcome = new Welcome(signal)
  const apps = appPlaces(data)
  const place = await openFlashPlace({ data, owner, protect: station.protect, images })
  const stops = [await watchCancels(holds), await images.open()]
  const work = async ({ kind, id }: QueueJob) => {
    if (signal.aborted) throw new Error('This worker is stopping')
    if (kind === 'probe') await probeJob(id, signal)
    else if (kind === 'image') await images.work(id)
    else if (kind === 'reveal') await answerReveal(id)
    else if (kind === 'app-log') await followLogJob(id, owner, signal)
    else if (kind === 'app-upload') await uploadJob(id, apps, signal)
    else if (kind === 'app-git') await gitCheckJob(id, apps, signal)
    else if (kind === 'flash-kit') await flashKitJob(id, callHome)
    else await workOnRun(id, owner, holds, apps)
  }
  const stationWork = async (job: QueueJob) => {
    if (job.kind !== 'run' || signal.aborted) await work(job)
    else await workOnFlash(job.id, server.flashes, holds, place)
  }
  const consumers = [
    openConsumer(stationWork, { concurrency, station: environment.station.id }),
    openConsumer(work, { concurrency }),
  ]
  const timers = [
    setInterval(() => void attempt('reaper', reap), reapMs),
    setInterval(() => void attempt('images', () => images.requeue()), requeueMs),
    setInterval(() => void attempt('sweeper', sweep), sweepMs),
    setInterval(() => void attempt('uploads', () => sweepUploads(apps)), sweepMs),
    setInterval(() => void attempt('deploys', tendDeploys), reapMs),
    setInterval(() => void attempt('repositories', queueDueGitChecks), requeueMs),
    setInterval(() => void attempt('unfinished files', () => images.sweep()), sweepMs),
    setInterval(() => void attempt('retention', deleteOld), retentionMs),
  ]
  const parts = Promise.all([
    station.run(signal),
    new Arrivals(welcome).run(environment.arrivalsPort, station, signal),
    findNodes(station, welcome, signal),
    keepCatalogue(signal),
    ...[watchClusters(owner, signal, apps), keepBackups(signal), keepCertificates(signal)],
    deliverAlerts(owner, environment.url, signal),
    sendHeartbeats(signal),
  ])
  return {
    async stop() {
      for (const timer of timers) clearInterval(timer)
      ending.abort()
      for (const hold of holds.values()) hold.leave()
      await Promise.all([...consumers.map((consumer) => consumer.close()), parts])
      for (const stop of stops) stop()
      await rm(place.workdir, { recursive: true, force: true })
    },
  }
}

async function reap(): Promise<void> {
  for (const { id, fence, abandoned, station } of await reapRuns()) {
    if (abandoned) console.log(`The run ${id} lost its worker: it is queued again`)
    await enqueueRun(id, fence, station)
  }
}

async function sweep(): Promise<void> {
  await sweepProbes()
  await sweepReveals()
  await sweepAppLogs()
  await sweepStations()
  await sweepAlerts()
}

async function deleteOld(): Promise<void> {
  const swept = await sweepRetention()
  if (swept && Object.values(swept).some((count) => count > 0))
    console.log(`Deleted what is past its time: ${JSON.stringify(swept)}`)
}

async function attempt(name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    console.error(`${name}: ${error instanceof Error ? error.message : error}`)
  }
}
