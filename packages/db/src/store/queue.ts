/**
 * The queue carries ids; the rows are the truth about them. BullMQ on Redis when REDIS_URL is set, else on PostgreSQL.
 * A job that is lost or delivered twice does no harm: a run is claimed by its row, and unclaimed rows are queued again.
 */
import { createPostgresBackend, createRedisBackend, type Job, withBackend } from 'bullmq'
import { Redis } from 'ioredis'
import { z } from 'zod'
import { databaseUrl } from './connection.ts'

/** Flashes and images are done by the station that has the card or is to keep the copy: it has a queue of its own. */
const queueName = (station: string | undefined) => (station === undefined ? 'bramble' : `bramble-station-${station}`)

/**
 * `image`: the station makes its copy of this image what the rows say. `flash-kit`: what a station needs for this run.
 * `app-upload`: an upload is to be checked. `app-log`: the log of an app is to be followed.
 * `app-git`: the git repository of this app is to be looked at.
 */
export const QueueJob = z.strictObject({
  kind: z.enum(['run', 'probe', 'image', 'reveal', 'flash-kit', 'app-upload', 'app-log', 'app-git']),
  id: z.uuid(),
})
export type QueueJob = z.infer<typeof QueueJob>

/** Where the queue lives; default: as the environment says. */
export type QueuePlace = { redis: string } | { postgres: string }

function queuePlace(): QueuePlace {
  const redis = process.env.REDIS_URL
  return redis ? { redis } : { postgres: databaseUrl() }
}

export interface JobQueue {
  /** `key` names this delivery: while one with the same key waits or runs, adding it again does nothing. */
  add(job: QueueJob, key: string): Promise<void>
  close(): Promise<void>
}

export interface JobConsumer {
  /** Takes no more jobs; resolves when those in hand are done. */
  close(): Promise<void>
}

type OnError = (error: Error) => void

const tell: OnError = (error) => console.error(`queue: ${error.message}`)

/** `station`: the queue of that station. */
export function openQueue(place: QueuePlace = queuePlace(), onError: OnError = tell, station?: string): JobQueue {
  const { queue, end } = queueAt(place, queueName(station))
  queue.on('error', onError)
  return {
    async add(job, key) {
      await queue.add(job.kind, job, { jobId: key, removeOnComplete: true, removeOnFail: true })
    },
    async close() {
      await queue.close()
      await end()
    },
  }
}

/** Takes jobs, `concurrency` at once, and hands each to `work`. A job whose worker died comes again. `station`: its jobs. */
export function openConsumer(
  work: (job: QueueJob) => Promise<void>,
  options: { concurrency: number; station?: string; place?: QueuePlace; onError?: OnError },
): JobConsumer {
  const { concurrency, place = queuePlace() } = options
  const { worker, end } = workerAt(place, queueName(options.station), concurrency, async (job) => {
    await work(QueueJob.parse(job.data))
  })
  worker.on('error', options.onError ?? tell)
  let closed: Promise<void> | undefined
  return {
    close() {
      closed ??= worker.close().then(end)
      return closed
    },
  }
}

function queueAt(place: QueuePlace, name: string) {
  if ('redis' in place) {
    const connection = redisAt(place.redis)
    const { Queue } = withBackend(createRedisBackend)
    return { queue: new Queue<QueueJob>(name, { connection }), end: () => quit(connection) }
  }
  const connection = { connectionString: place.postgres, max: 3 }
  const { Queue } = withBackend(createPostgresBackend)
  return { queue: new Queue<QueueJob>(name, { connection }), end: async () => undefined }
}

function workerAt(place: QueuePlace, name: string, concurrency: number, work: (job: Job<QueueJob>) => Promise<void>) {
  // The run's own lease decides who works on it; BullMQ's lock only has to outlive a busy moment.
  const settings = { concurrency, lockDuration: 30_000, stalledInterval: 15_000, maxStalledCount: 5 }
  if ('redis' in place) {
    const connection = redisAt(place.redis)
    const { Worker } = withBackend(createRedisBackend)
    const worker = new Worker<QueueJob>(name, work, { connection, ...settings })
    return { worker, end: () => quit(connection) }
  }
  const connection = { connectionString: place.postgres, max: 4 }
  const { Worker } = withBackend(createPostgresBackend)
  return { worker: new Worker<QueueJob>(name, work, { connection, ...settings }), end: async () => undefined }
}

function redisAt(url: string): Redis {
  const redis = new Redis(url, { maxRetriesPerRequest: null })
  // The queue's own listener tells of the trouble; without one here it would be told as unhandled.
  redis.on('error', () => undefined)
  return redis
}

async function quit(redis: Redis): Promise<void> {
  await redis.quit().catch(() => redis.disconnect())
}

const shared = globalThis as { brambleQueues?: Map<string, JobQueue> | undefined }

/** This process's queue, or that to a station, opened at the first use. */
export function queue(station?: string): JobQueue {
  shared.brambleQueues ??= new Map()
  const kept = shared.brambleQueues.get(station ?? '')
  if (kept) return kept
  const opened = openQueue(queuePlace(), tell, station)
  shared.brambleQueues.set(station ?? '', opened)
  return opened
}

export async function endQueue(): Promise<void> {
  const ending = [...(shared.brambleQueues?.values() ?? [])]
  shared.brambleQueues = undefined
  await Promise.allSettled(ending.map((one) => one.close()))
}
