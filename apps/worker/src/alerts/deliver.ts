/** Sends what is queued, a channel at a time, beside all other workers: each batch belongs to one of them. */
import { listen } from '@bramble/db'
import {
  type ClaimedBatch,
  claimDeliveries,
  type DeliveryResult,
  endDeliveries,
  nextDelivery,
} from '@bramble/db/alerts'
import { messagesOf } from './message.ts'
import { send } from './send.ts'
import { SendTrouble } from './send-trouble.ts'

/** Looks again even when nobody calls. */
const lookAgainMs = 15_000
/** Channels that are served at the same time: a slow one does not hold the others up. */
const lanes = 4

/** Until `signal` aborts; what is being sent then is ended first. `url`: of the dashboard, for links. */
export async function deliverAlerts(owner: string, url: string | null, signal: AbortSignal): Promise<void> {
  let wake: () => void = () => undefined
  let called = false
  const call = () => {
    called = true
    wake()
  }
  const stop = await listen('bramble_delivery', call)
  signal.addEventListener('abort', call)
  try {
    while (!signal.aborted) {
      called = false
      const wait = await sendAllDue(owner, url, signal).catch((error: Error) => {
        console.error(`alerts: ${error.message}`)
        return lookAgainMs
      })
      if (called || signal.aborted) continue
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, wait)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  } finally {
    stop()
    signal.removeEventListener('abort', call)
  }
}

/** Milliseconds until it is worth looking again. */
async function sendAllDue(owner: string, url: string | null, signal: AbortSignal): Promise<number> {
  const lane = async () => {
    while (!signal.aborted) {
      const batch = await claimDeliveries(owner)
      if (!batch) return
      await sendBatch(batch, url)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  const next = await nextDelivery()
  return Math.min(next === null ? lookAgainMs : Math.max(next, 50), lookAgainMs)
}

export async function sendBatch({ config, owner, deliveries }: ClaimedBatch, url: string | null): Promise<void> {
  const messages = messagesOf(deliveries, url)
  // As many messages as deliveries: each has an end of its own. Otherwise one stands for all.
  const groups =
    messages.length === deliveries.length ? deliveries.map(({ id }) => [id]) : [deliveries.map(({ id }) => id)]
  for (const [at, ids] of groups.entries()) {
    const message = messages[at]
    const result: DeliveryResult = message ? await attempt(() => send(config, message)) : { answer: '' }
    await endDeliveries({ owner, ids }, result)
    // The next one would fare no better: it waits as long as this one.
    if ('trouble' in result && result.again) {
      for (const rest of groups.slice(at + 1)) await endDeliveries({ owner, ids: rest }, result)
      return
    }
  }
}

/** How sending went. Whatever goes wrong is a trouble, so that no channel keeps another from its end. */
export async function attempt(work: () => Promise<string>): Promise<DeliveryResult> {
  try {
    return { answer: await work() }
  } catch (error) {
    if (error instanceof SendTrouble) {
      const { code, message, cure, again, after } = error
      return { trouble: { code, message, cure }, again, after }
    }
    const message = `The message could not be sent: ${error instanceof Error ? error.message : error}.`
    return {
      trouble: { code: 'failed', message, cure: 'Bramble retries. See the log of the worker.' },
      again: true,
    }
  }
}
