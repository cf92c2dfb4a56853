/** Writes numbered rows through the virtual IP the whole time, and keeps the count of what it was promised. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { beat, startTally } from './outage.ts'

export interface Writer {
  /** Name of the table that holds the rows. */
  readonly table: string
  /** Longest time without an acknowledged write, in seconds. */
  outage(): number
  /** Seconds since the last acknowledged write. */
  silence(): number
  /** Acknowledged writes so far. */
  acknowledged(): number
  /** Tries that were not acknowledged, connections included. */
  failed(): number
  /** Numbers that were acknowledged and are not in the table. Call after `stop`, when the cluster answers again. */
  missing(): Promise<number[]>
  /** Resolves when a write that began after this call is acknowledged. Throws after `seconds`. */
  next(seconds: number): Promise<void>
  /** Ends the writing; the rows stay until `forget`. */
  stop(): Promise<void>
  /** Takes the table away. */
  forget(): Promise<void>
}

/** How to connect; asked again for each connection, since a stream serves only once. */
export type Door = () => Promise<pg.ClientConfig>

/** The rest of a table's name is when it was made. */
const prefix = 'bramble_checker_'
const staleMs = 24 * 3_600_000

/** Milliseconds that a connection or a statement may take. */
const limit = 1500

/**
 * A row every 100 ms. A write counts when COMMIT was acknowledged. Throws, with the last reason, when the cluster takes
 * none for `patience` seconds (90).
 */
export async function startWriter(door: Door, { patience = 90 }: { patience?: number } = {}): Promise<Writer> {
  const table = `${prefix}${Date.now().toString(36)}`
  const tally = startTally()
  const acknowledged: number[] = []
  let running = true
  let number = 0
  let failed = 0

  await patiently(door, patience, async (client) => {
    await sweep(client)
    await make(client, table)
  })
  // Making the table may have waited for the cluster; only what comes now counts.
  tally.note()

  const loop = (async () => {
    let client: pg.Client | null = null
    while (running) {
      const next = performance.now() + beat
      try {
        client ??= await open(door)
        const n = ++number
        await client.query(`insert into ${table} (n) values ($1)`, [n])
        acknowledged.push(n)
        tally.note()
      } catch (error) {
        failed++
        // The cluster went back to a state from before it was made.
        if (client && (error as { code?: unknown }).code === missingTable)
          await make(client, table).catch(() => undefined)
        if (client) await end(client)
        client = null
      }
      await sleep(Math.max(0, next - performance.now()))
    }
    if (client) await end(client)
  })()

  return {
    table,
    outage: tally.outage,
    silence: tally.silence,
    acknowledged: () => acknowledged.length,
    failed: () => failed,
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
      tally.end()
    },
    async missing() {
      const { rows } = await patiently(door, patience, (client) =>
        client.query<{ n: string }>(`select n from ${table}`),
      )
      const present = new Set(rows.map((row) => Number(row.n)))
      return acknowledged.filter((n) => !present.has(n))
    },
    async forget() {
      await patiently(door, patience, (client) => client.query(`drop table if exists ${table}`))
    },
  }
}

/** PostgreSQL's code for it. */
const missingTable = '42P01'

async function make(client: pg.Client, table: string): Promise<void> {
  await client.query(`create table if not exists ${table} (n bigint primary key, at timestamptz default now())`)
}

/** A checker that was killed leaves its table; a day later nobody asks for it any more. */
async function sweep(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'select tablename as name from pg_tables where schemaname = current_schema() and starts_with(tablename, $1)',
    [prefix],
  )
  for (const { name } of rows) {
    const made = Number.parseInt(name.slice(prefix.length), 36)
    if (Date.now() - made > staleMs) await client.query(`drop table if exists ${client.escapeIdentifier(name)}`)
  }
}

async function open(door: Door): Promise<pg.Client> {
  const client = new pg.Client({
    application_name: 'bramble-checker',
    ...(await door()),
    connectionTimeoutMillis: limit,
    query_timeout: limit,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return client
  } catch (error) {
    await end(client)
    throw error
  }
}

async function patiently<T>(door: Door, seconds: number, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const until = Date.now() + seconds * 1000
  for (;;) {
    let client: pg.Client | null = null
    try {
      client = await open(door)
      return await work(client)
    } catch (error) {
      if (Date.now() > until)
        throw new Error(`No write succeeded for ${seconds} s: ${(error as Error).message}`, { cause: error })
    } finally {
      if (client) await end(client)
    }
    await sleep(500)
  }
}

/** A broken connection may never say goodbye: its end is waited for no longer than a second. */
async function end(client: pg.Client): Promise<void> {
  await Promise.race([client.end().catch(() => undefined), sleep(1000)])
}
