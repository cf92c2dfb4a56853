import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase, until } from '../../test/database.ts'
import { startRedis, type TestRedis } from '../../test/redis.ts'
import { type JobConsumer, type JobQueue, openConsumer, openQueue, type QueueJob, type QueuePlace } from './queue.ts'

let database: TestDatabase
let redis: TestRedis
beforeAll(async () => {
  ;[database, redis] = await Promise.all([freshDatabase(), startRedis()])
})
afterAll(async () => {
  await Promise.all([database?.remove(), redis?.stop()])
})

const places: Record<string, () => Promise<QueuePlace>> = {
  PostgreSQL: async () => ({ postgres: database.url }),
  Redis: async () => ({ redis: redis.url }),
}

// What Bramble asks of its queue, wherever that lives.
describe.each(Object.keys(places))('the queue on %s', (name) => {
  let queue: JobQueue
  let place: QueuePlace
  const open: JobConsumer[] = []
  const faults: string[] = []
  const onError = (error: Error) => faults.push(error.message)
  const consume = (work: (job: QueueJob) => Promise<void>, concurrency = 4) => {
    const consumer = openConsumer(work, { concurrency, place, onError })
    open.push(consumer)
    return consumer
  }
  const job = (): QueueJob => ({ kind: 'run', id: randomUUID() })

  beforeAll(async () => {
    place = await places[name]!()
    queue = openQueue(place, onError)
  })
  afterAll(async () => {
    await Promise.all(open.map((consumer) => consumer.close()))
    await queue.close()
    expect(faults).toEqual([])
  })

  test('hands each job to one of the consumers, once', async () => {
    const seen: string[] = []
    const work = async ({ id }: QueueJob) => void seen.push(id)
    const both = [consume(work), consume(work)]
    const jobs = Array.from({ length: 20 }, job)
    for (const entry of jobs) await queue.add(entry, `once-${entry.id}`)
    await until('all jobs are done', () => seen.length >= 20)
    await Promise.all(both.map((consumer) => consumer.close()))
    expect(seen.toSorted()).toEqual(jobs.map((entry) => entry.id).toSorted())
  })

  test('a job that waits already is not queued twice, and its key is free again afterwards', async () => {
    const seen: string[] = []
    const entry = job()
    const last = job()
    for (let i = 0; i < 3; i++) await queue.add(entry, `same-${entry.id}`)
    await queue.add(last, `last-${last.id}`)
    // One at a time and in order: whatever was queued before the last one has come when that comes.
    const consumer = consume(async ({ id }) => void seen.push(id), 1)
    await until('the last job is done', () => seen.includes(last.id))
    expect(seen).toEqual([entry.id, last.id])
    await until('the key is free', async () => {
      await queue.add(entry, `same-${entry.id}`)
      return seen.length > 2
    })
    await consumer.close()
  })

  test('works on several at once, and closing waits for those in hand', async () => {
    let inHand = 0
    let finished = 0
    let letGo: () => void = () => undefined
    const gate = new Promise<void>((resolve) => {
      letGo = resolve
    })
    const consumer = consume(async () => {
      inHand++
      await gate
      finished++
    })
    for (const entry of [job(), job(), job()]) await queue.add(entry, `hand-${entry.id}`)
    await until('three are in hand', () => inHand === 3)
    const closed = consumer.close()
    letGo()
    await closed
    expect(finished).toBe(3)
  })

  test('a job whose work throws does not come again by itself and does not stop the others', async () => {
    const seen: string[] = []
    const [bad, good] = [job(), job()]
    const consumer = consume(async ({ id }) => {
      seen.push(id)
      if (id === bad.id) throw new Error('broken')
    }, 1)
    await queue.add(bad, `bad-${bad.id}`)
    await queue.add(good, `good-${good.id}`)
    await until('both were tried', () => seen.length >= 2)
    await consumer.close()
    expect(seen).toEqual([bad.id, good.id])
  })

  test('a station gets its own jobs, and nobody else does', async () => {
    const [station, other] = [`s${randomUUID()}`, `s${randomUUID()}`]
    const seen: Record<string, string[]> = { all: [], [station]: [], [other]: [] }
    const consumers = Object.keys(seen).map((name) =>
      openConsumer(async ({ id }) => void seen[name]!.push(id), {
        ...{ concurrency: 2, place, onError },
        ...(name === 'all' ? {} : { station: name }),
      }),
    )
    const direct = openQueue(place, onError, station)
    const mine = job()
    const all = job()
    await direct.add({ kind: 'image', id: mine.id }, `image-${mine.id}`)
    await queue.add(all, `all-${all.id}`)
    await until('both are done', () => seen.all!.length > 0 && seen[station]!.length > 0)
    await Promise.all(consumers.map((consumer) => consumer.close()))
    await direct.close()
    expect(seen).toEqual({ all: [all.id], [station]: [mine.id], [other]: [] })
  })

  test('a station that was away finds its jobs when it comes back', async () => {
    const station = `s${randomUUID()}`
    const direct = openQueue(place, onError, station)
    const waiting = job()
    await direct.add(waiting, `wait-${waiting.id}`)
    await direct.close()
    const seen: string[] = []
    const consumer = openConsumer(async ({ id }) => void seen.push(id), { concurrency: 1, station, place, onError })
    await until('the job has come', () => seen.length > 0)
    await consumer.close()
    expect(seen).toEqual([waiting.id])
  })
})
