/** Everything Bramble remembers. Verbs, one noun a file; no query stands elsewhere. Migrations: `@bramble/db/migrate`. */
import { endConnection } from './store/connection.ts'
import { endListening } from './store/listen.ts'
import { endQueue } from './store/queue.ts'

export { prisma } from './store/connection.ts'
export { listen } from './store/listen.ts'
export { type ClusterPlace, listPlaces } from './store/places.ts'
export { type JobConsumer, openConsumer, type QueueJob } from './store/queue.ts'
export { Refusal } from './store/refusal.ts'
export type { TroubleView } from './store/trouble.ts'

/** Ends every connection of this process to the database and the queue. */
export async function disconnect(): Promise<void> {
  await Promise.allSettled([endQueue(), endListening()])
  await endConnection()
}
