/** Heartbeats: requests to a monitoring service that raises the alarm itself when they stop. Sent by one worker at a time. */
import type { ChannelConfig } from '@bramble/cluster'
import { Prisma } from '../generated/client.ts'
import { listWatchable } from '../metrics/watch.ts'
import { pool, prisma } from '../store/connection.ts'
import { Refusal } from '../store/refusal.ts'
import type { TroubleView } from '../store/trouble.ts'
import { openChannel } from './alert-channels.ts'

/** Seconds between two requests of a channel. A worker that asks a little early still gets it. */
const everySeconds = 55
/** Seconds after which a cluster counts as not monitored. */
const freshSeconds = 60

export interface DueHeartbeat {
  /** Of the channel. */
  id: string
  config: ChannelConfig
}

/**
 * The heartbeats that are due; each belongs to the worker that asked. None while a cluster is not monitored: the service
 * raises the alarm then, and the channel says why.
 */
export async function claimHeartbeats(): Promise<DueHeartbeat[]> {
  const { rows } = await pool().query<{ id: string; sealed: Buffer }>(
    `update alert_channel set heartbeat_next = now() + make_interval(secs => $1) where kind = 'heartbeat' and enabled
       and (heartbeat_next is null or heartbeat_next <= now()) returning id, sealed`,
    [everySeconds],
  )
  if (rows.length === 0) return []
  const blind = await notMonitored()
  const due: DueHeartbeat[] = []
  for (const { id, sealed } of rows) {
    if (blind.length > 0)
      await endHeartbeat(id, {
        code: 'not-monitored',
        message: `Not sent: nothing was heard of ${blind.join(', ')} for ${freshSeconds} s.`,
        cure: 'Read the log of the worker.',
      })
    else
      try {
        due.push({ id, config: openChannel({ id, sealed }) })
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        await endHeartbeat(id, { code: error.code, message: error.message, cure: error.cure })
      }
  }
  return due
}

/** Writes how it went; null: it was answered. */
export async function endHeartbeat(id: string, trouble: TroubleView | null): Promise<void> {
  await prisma().channel.updateMany({
    where: { id },
    data: { heartbeatAt: new Date(), heartbeatTrouble: trouble ? { ...trouble } : Prisma.DbNull },
  })
}

/** Names of clusters that should be monitored and are not. */
async function notMonitored(): Promise<string[]> {
  const { rows } = await pool().query<{ cluster_id: string }>(
    `select cluster_id from node_state group by cluster_id having max(at) > now() - make_interval(secs => $1)`,
    [freshSeconds],
  )
  const fresh = new Set(rows.map(({ cluster_id }) => cluster_id))
  return (await listWatchable()).filter(({ id }) => !fresh.has(id)).map(({ spec }) => spec.name)
}
