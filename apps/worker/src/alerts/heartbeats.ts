/** Sends heartbeats for as long as every cluster is monitored. */
import { setTimeout as sleep } from 'node:timers/promises'
import { claimHeartbeats, endHeartbeat } from '@bramble/db'
import { sendHeartbeat } from './channels/heartbeat.ts'
import { SendTrouble } from './send-trouble.ts'

const lookMs = 10_000

/** Until `signal` aborts. */
export async function sendHeartbeats(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const due = await claimHeartbeats()
      await Promise.all(
        due.map(async ({ id, config }) => {
          if (config.kind === 'heartbeat') await endHeartbeat(id, await troubleOf(sendHeartbeat(config)))
        }),
      )
    } catch (error) {
      console.error(`heartbeats: ${error instanceof Error ? error.message : error}`)
    }
    await sleep(lookMs, undefined, { signal }).catch(() => undefined)
  }
}

async function troubleOf(sent: Promise<string>) {
  try {
    await sent
    return null
  } catch (error) {
    if (!(error instanceof SendTrouble)) throw error
    const { code, message, cure } = error
    return { code, message, cure }
  }
}
