/** What the worker reads from its environment, checked before it takes any work. */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { checkSecretsKey, Refusal } from '@bramble/db'

export interface Environment {
  /** Names this worker in leases and logs; another one each time it starts. */
  owner: string
}

/** Throws a Refusal that names what is missing or wrong, and the cure. */
export async function readEnvironment(source: NodeJS.ProcessEnv): Promise<Environment> {
  if (!source.DATABASE_URL)
    throw new Refusal(
      'database-url-missing',
      'DATABASE_URL is not set.',
      'Start Bramble with ./bramble up, which sets it, or give the URL of your PostgreSQL.',
    )
  await checkSecretsKey()
  return { owner: `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}` }
}
