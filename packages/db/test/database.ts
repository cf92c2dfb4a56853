/** A database for a test file: the environment as `./bramble up` sets it, taken back afterwards. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import { disconnect } from '../src/index.ts'
import { startPostgres, type TestPostgres } from './postgres.ts'

/** Registers the hooks. */
export function useDatabase(): void {
  let server: TestPostgres
  beforeAll(async () => {
    server = await startPostgres()
    process.env.DATABASE_URL = await server.database()
    process.env.BRAMBLE_SECRET_KEY = randomBytes(32).toString('base64')
    delete process.env.REDIS_URL
  })
  afterAll(async () => {
    await disconnect()
    await server.stop()
  })
}

/** Waits until the condition holds; throws when it does not within `ms`. */
export async function until(what: string, condition: () => Promise<boolean> | boolean, ms = 20_000): Promise<void> {
  const deadline = Date.now() + ms
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited ${ms} ms in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
