/** Clients that use the cluster through its virtual IP the whole time, and keep the count of what they were promised. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

export interface Client {
  /** Longest time without a success, in seconds, between start and stop. */
  outage(): number
  /** Ends the client. */
  stop(): Promise<void>
}

export interface Writer extends Client {
  /** Acknowledged writes so far. */
  acknowledged(): number
  /** Numbers that were acknowledged and are not in the table. Call after `stop`, when the cluster answers again. */
  missing(): Promise<number[]>
  /** Resolves when a write that began after this call is acknowledged. Throws after `seconds`. */
  next(seconds: number): Promise<void>
}

const beat = 100

function successes() {
  const times = [performance.now()]
  return {
    note: () => times.push(performance.now()),
    count: () => times.length - 1,
    outage() {
      const gaps = [...times, performance.now()].map((time, i, all) => (i === 0 ? 0 : time - all[i - 1]!))
      return Math.max(...gaps) / 1000
    },
  }
}

/** Writes a numbered row every 100 ms. A write counts when COMMIT was acknowledged. */
export async function startWriter(config: pg.ClientConfig): Promise<Writer> {
  const table = `checker_${Date.now().toString(36)}`
  const seen = successes()
  const acknowledged: number[] = []
  let running = true
  let number = 0

  const open = async () => {
    const client = new pg.Client({ ...config, connectionTimeoutMillis: 1500, query_timeout: 1500 })
    client.on('error', () => undefined)
    try {
      await client.connect()
      return client
    } catch (error) {
      await end(client)
      throw error
    }
  }
  const patiently = async <T>(work: (client: pg.Client) => Promise<T>): Promise<T> => {
    const until = Date.now() + 90_000
    for (;;) {
      const client = await open().catch(() => null)
      try {
        if (client) return await work(client)
      } catch (error) {
        if (Date.now() > until) throw error
      } finally {
        if (client) await end(client)
      }
      if (Date.now() > until) throw new Error('The cluster took no connection for 90 s')
      await sleep(500)
    }
  }
  await patiently((client) =>
    client.query(`create table if not exists ${table} (n bigint primary key, at timestamptz default now())`),
  )

  const loop = (async () => {
    let client: pg.Client | null = null
    while (running) {
      const next = performance.now() + beat
      try {
        client ??= await open()
        const n = ++number
        await client.query(`insert into ${table} (n) values ($1)`, [n])
        acknowledged.push(n)
        seen.note()
      } catch {
        if (client) await end(client)
        client = null
      }
      await sleep(Math.max(0, next - performance.now()))
    }
    if (client) await end(client)
  })()

  return {
    outage: seen.outage,
    acknowledged: seen.count,
    async next(seconds) {
      // One that began before may still be on its way back from a node that was just cut off.
      const before = number
      const until = Date.now() + seconds * 1000
      while ((acknowledged.at(-1) ?? 0) <= before) {
        if (Date.now() > until) throw new Error(`No write was acknowledged for ${seconds} s`)
        await sleep(50)
      }
    },
    async stop() {
      running = false
      await loop
    },
    async missing() {
      const { rows } = await patiently((client) => client.query<{ n: string }>(`select n from ${table}`))
      const present = new Set(rows.map((row) => Number(row.n)))
      return acknowledged.filter((n) => !present.has(n))
    },
  }
}

/** Fetches a page every 100 ms over a new connection each time; a 200 counts. */
export function startVisitor(url: string): Client {
  const seen = successes()
  let running = true
  const loop = (async () => {
    while (running) {
      const next = performance.now() + beat
      const answer = await fetch(url, { signal: AbortSignal.timeout(1500), headers: { connection: 'close' } }).catch(
        () => null,
      )
      if (answer?.ok) seen.note()
      await answer?.body?.cancel().catch(() => undefined)
      await sleep(Math.max(0, next - performance.now()))
    }
  })()
  return {
    outage: seen.outage,
    async stop() {
      running = false
      await loop
    },
  }
}

/** A broken connection may never say goodbye: its end is waited for no longer than a second. */
async function end(client: pg.Client): Promise<void> {
  await Promise.race([client.end().catch(() => undefined), sleep(1000)])
}

export interface Crowd {
  /** Words of every answer that was none or not 200. */
  failures(): string[]
  answers(): number
  /** Nodes that served a request which began after this time (as performance.now). */
  servedSince(time: number): string[]
  stop(): Promise<void>
}

/** People who fetch a page again and again over connections that they keep, as browsers do. */
export function startCrowd(url: string, people: number): Crowd {
  const failures: string[] = []
  const served: { at: number; node: string }[] = []
  let running = true
  const person = async () => {
    while (running) {
      const at = performance.now()
      try {
        const answer = await fetch(url, { signal: AbortSignal.timeout(20_000) })
        await answer.arrayBuffer()
        if (answer.ok) served.push({ at, node: answer.headers.get('x-served-by') ?? '' })
        else failures.push(`${answer.status} from ${answer.headers.get('x-served-by') ?? 'HAProxy'}`)
      } catch (error) {
        failures.push(String((error as Error).cause ?? error))
      }
      await sleep(10)
    }
  }
  const all = Promise.all(Array.from({ length: people }, person))
  return {
    failures: () => [...failures],
    answers: () => served.length,
    servedSince: (time) => [...new Set(served.filter(({ at }) => at > time).map(({ node }) => node))].sort(),
    async stop() {
      running = false
      await all
    },
  }
}
