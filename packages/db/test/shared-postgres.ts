/** Set-up of the unit suite: one PostgreSQL for all files, each with a database of its own, copied from one with all migrations. */
import type { TestProject } from 'vitest/node'
import { startPostgres } from './postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of the server's administrator and the name of the database to copy. */
    postgres?: { admin: string; template: string }
  }
}

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres()
  const template = new URL(await server.database()).pathname.slice(1)
  project.provide('postgres', { admin: server.admin, template })
  return () => server.stop()
}
