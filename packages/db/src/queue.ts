/**
 * The queue carries ids; the rows are the truth about them. BullMQ on Redis when REDIS_URL is set, else on PostgreSQL.
 * A job that is lost or delivered twice does no harm: a run is claimed by its row, and unclaimed rows are queued again.
 */
import { createPostgresBackend, createRedisBackend, type Job, withBackend } from 'bullmq'
import { Redis } from 'ioredis'
import { z } from 'zod'
import { databaseUrl } from './connection.ts'

const queueName = 'bramble'

export const QueueJob = z.strictObject({ kind: z.enum(['run', 'probe']), id: z.uuid() })
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

export function openQueue(place: QueuePlace = queuePlace(), onError: OnError = tell): JobQueue {
  const { queue, end } = queueAt(place)
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

/** Takes jobs, `concurrency` at once, and hands each to `work`. A job whose worker died comes again. */
export function openConsumer(
  work: (job: QueueJob) => Promise<void>,
  options: { concurrency: number; place?: QueuePlace; onError?: OnError },
): JobConsumer {
  const { worker, end } = workerAt(options.place ?? queuePlace(), options.concurrency, async (job) => {
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

function queueAt(place: QueuePlace) {
  if ('redis' in place) {
    const connection = redisAt(place.redis)
    const { Queue } = withBackend(createRedisBackend)
    return { queue: new Queue<QueueJob>(queueName, { connection }), end: () => quit(connection) }
  }
  const connection = { connectionString: place.postgres, max: 3 }
  const { Queue } = withBackend(createPostgresBackend)
  return { queue: new Queue<QueueJob>(queueName, { connection }), end: async () => undefined }
}

function workerAt(place: QueuePlace, concurrency: number, work: (job: Job<QueueJob>) => Promise<void>) {
  // The run's own lease decides who works on it; BullMQ's lock only has to outlive a busy moment.
  const settings = { concurrency, lockDuration: 30_000, stalledInterval: 15_000, maxStalledCount: 5 }
  if ('redis' in place) {
    const connection = redisAt(place.redis)
    const { Worker } = withBackend(createRedisBackend)
    const worker = new Worker<QueueJob>(queueName, work, { connection, ...settings })
    return { worker, end: () => quit(connection) }
  }
  const connection = { connectionString: place.postgres, max: 4 }
  const { Worker } = withBackend(createPostgresBackend)
  return { worker: new Worker<QueueJob>(queueName, work, { connection, ...settings }), end: async () => undefined }
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

const shared = globalThis as { brambleQueue?: JobQueue | undefined }

/** This process's queue, opened at the first use. */
export function queue(): JobQueue {
  shared.brambleQueue ??= openQueue()
  return shared.brambleQueue
}

export async function endQueue(): Promise<void> {
  const ending = shared.brambleQueue
  shared.brambleQueue = undefined
  await ending?.close()
}
