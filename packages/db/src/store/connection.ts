/** The way to the database: one pool and one Prisma client a process, made at the first query and not before. */
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { PrismaClient } from '../generated/client.ts'
import { Refusal } from './refusal.ts'

interface Connection {
  pool: pg.Pool
  prisma: PrismaClient
}

const encrypted = { secret: { sealed: true }, channel: { sealed: true }, probe: { sealed: true } } as const

// Next loads this module more than once in a process (pages, handlers, hot reload); the connection is still one.
const shared = globalThis as { brambleConnection?: Connection | undefined }

/** DATABASE_URL. Refusal `database-url-missing`. */
export function databaseUrl(): string {
  const url = process.env.DATABASE_URL
  if (!url)
    throw new Refusal(
      'database-url-missing',
      'DATABASE_URL is not set.',
      'Start Bramble with ./bramble up, which sets it, or give the URL of your PostgreSQL.',
    )
  return url
}

function connection(): Connection {
  if (shared.brambleConnection) return shared.brambleConnection
  const pool = new pg.Pool({ connectionString: databaseUrl(), max: 10, connectionTimeoutMillis: 10_000 })
  // A connection that dies while idle is replaced at the next query; without a listener it would end the process.
  pool.on('error', () => undefined)
  // One that dies in use fails its query; the pool listens only while it is idle.
  pool.on('connect', (client) => client.on('error', () => undefined))
  // Prisma gives up after 5 s otherwise, and a Pi that is busy takes longer.
  const transactionOptions = { maxWait: 10_000, timeout: 30_000 }
  const options = { adapter: new PrismaPg(pool), transactionOptions }
  // Without the key the columns are of no use; the dashboard's role may not even ask for them: see web-role.ts.
  const client = process.env.BRAMBLE_SECRET_KEY ? options : { ...options, omit: encrypted }
  const made = { pool, prisma: new PrismaClient(client) as PrismaClient }
  shared.brambleConnection = made
  return made
}

/** The Prisma client. */
export function prisma(): PrismaClient {
  return connection().prisma
}

/** For what Prisma has no words for: locks, notifications, many rows in one statement. */
export function pool(): pg.Pool {
  return connection().pool
}

/** Runs `work` in one transaction on one connection; rolls back when it throws. */
export async function transaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool().connect()
  let broken: Error | undefined
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch((lost: Error) => {
      broken = lost
    })
    throw error
  } finally {
    client.release(broken)
  }
}

/** Ends the pool and the client; the next query makes new ones. */
export async function endConnection(): Promise<void> {
  const ending = shared.brambleConnection
  shared.brambleConnection = undefined
  if (!ending) return
  await ending.prisma.$disconnect()
  await ending.pool.end()
}
