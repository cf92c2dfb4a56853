/** The worker: takes jobs from the queues, does them through the engine, takes over what others left. */
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import {
  answerReveal,
  enqueueRun,
  openConsumer,
  type QueueJob,
  reapRuns,
  sweepAlerts,
  sweepProbes,
  sweepRetention,
  sweepReveals,
  sweepStations,
} from '@bramble/db'
import { deliverAlerts } from './alerts/deliver.ts'
import { Arrivals } from './arrivals.ts'
import { keepBackups } from './backups.ts'
import { watchCancels } from './cancel.ts'
import { keepCatalogue } from './catalogue.ts'
import { keepCertificates } from './certificates.ts'
import type { Environment } from './env.ts'
import { findNodes } from './finder.ts'
import { ImageKeeper } from './images.ts'
import type { FlashPlace } from './jobs/flash.ts'
import { probeJob } from './jobs/probe.ts'
import { workOnRun } from './jobs/work.ts'
import type { Hold } from './lease.ts'
import { Station } from './station.ts'
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
  const { owner, stationOnly } = environment
  const holds = new Map<string, Hold>()
  const ending = new AbortController()
  const { signal } = ending
  const station = new Station(environment)
  const images = new ImageKeeper(environment, signal)
  const welcome = new Welcome(signal)
  const place = await flashPlace(environment, station, images)
  const stops = [await watchCancels(holds), await images.open()]
  const work = async ({ kind, id }: QueueJob) => {
    if (signal.aborted) throw new Error('This worker is ending')
    if (kind === 'probe') await probeJob(id, signal)
    else if (kind === 'image') await images.work(id)
    else if (kind === 'reveal') await answerReveal(id)
    else await workOnRun(id, owner, holds, place)
  }
  const consumers = [openConsumer(work, { concurrency, station: station.id })]
  if (!stationOnly) consumers.push(openConsumer(work, { concurrency }))
  const timers = [
    setInterval(() => void attempt('reaper', reap), reapMs),
    setInterval(() => void attempt('images', () => images.requeue()), requeueMs),
    setInterval(() => void attempt('sweeper', sweep), sweepMs),
    setInterval(() => void attempt('unfinished files', () => images.sweep()), sweepMs),
    ...(stationOnly ? [] : [setInterval(() => void attempt('retention', deleteOld), retentionMs)]),
  ]
  const parts = Promise.all([
    station.run(signal),
    new Arrivals(welcome).run(environment.arrivalsPort, station, signal),
    findNodes(station, welcome, signal),
    keepCatalogue(signal),
    ...(stationOnly
      ? []
      : [
          ...[watchClusters(owner, signal), keepBackups(signal), keepCertificates(signal)],
          deliverAlerts(owner, environment.url, signal),
        ]),
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

const workdirs = 'flashing'
const staleMs = 24 * 3_600_000

async function flashPlace(environment: Environment, station: Station, images: ImageKeeper): Promise<FlashPlace> {
  const folder = path.join(environment.data, workdirs)
  const workdir = path.join(folder, environment.owner)
  await mkdir(workdir, { recursive: true, mode: 0o700 })
  // A killed worker leaves its copies, with host keys in them.
  for (const name of await readdir(folder)) {
    const made = await stat(path.join(folder, name)).catch(() => null)
    if (made && Date.now() - made.mtimeMs > staleMs) await rm(path.join(folder, name), { recursive: true, force: true })
  }
  return {
    workdir,
    protect: station.protect,
    prepareImage: (image, signal, onProgress) => images.prepare(image, signal, onProgress),
    callHome: (address, network) => station.callHome(address, network),
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
