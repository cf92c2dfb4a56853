/** Sends heartbeats for as long as every cluster is monitored. */
import { setTimeout as sleep } from 'node:timers/promises'
import { claimHeartbeats, endHeartbeat } from '@bramble/db/alerts'
import { sendHeartbeat } from './channels/heartbeat.ts'
import { attempt } from './deliver.ts'

const lookMs = 10_000

/** Until `signal` aborts. */
export async function sendHeartbeats(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const due = await claimHeartbeats()
      await Promise.all(
        due.map(async ({ id, config }) => {
          if (config.kind !== 'heartbeat') return
          const result = await attempt(() => sendHeartbeat(config))
          await endHeartbeat(id, 'trouble' in result ? result.trouble : null)
        }),
      )
    } catch (error) {
      console.error(`heartbeats: ${error instanceof Error ? error.message : error}`)
    }
    await sleep(lookMs, undefined, { signal }).catch(() => undefined)
  }
}
