/** A database for a test file: the environment as `./bramble up` sets it, taken back afterwards. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, inject } from 'vitest'
import { disconnect } from '../src/index.ts'
import { createDatabase, dropDatabase, startPostgres } from './postgres.ts'
import type {} from './shared-postgres.ts'

export interface TestDatabase {
  url: string
  remove(): Promise<void>
}

/** Registers the hooks. */
export function useDatabase(): void {
  let database: TestDatabase
  beforeAll(async () => {
    database = await freshDatabase()
    process.env.DATABASE_URL = database.url
    process.env.BRAMBLE_SECRET_KEY = randomBytes(32).toString('base64')
    delete process.env.REDIS_URL
  })
  afterAll(async () => {
    await disconnect()
    await database.remove()
  })
}

/** With all migrations; on the suite's server when it has one, and else on a server of its own. */
export async function freshDatabase(): Promise<TestDatabase> {
  const shared = inject('postgres')
  if (shared) {
    const url = await createDatabase(shared.admin, shared.template)
    return { url, remove: () => dropDatabase(url, shared.admin) }
  }
  const server = await startPostgres()
  return { url: await server.database(), remove: () => server.stop() }
}

/** Waits until the condition holds; throws when it does not within `ms`. */
export async function until(what: string, condition: () => Promise<boolean> | boolean, ms = 20_000): Promise<void> {
  const deadline = Date.now() + ms
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited ${ms} ms in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
