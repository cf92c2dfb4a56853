/** Fetches a page of the site the whole time, over a new connection each time. */
import { setTimeout as sleep } from 'node:timers/promises'
import { beat, startTally } from './outage.ts'

export interface Visitor {
  /** Longest time without a good answer, in seconds. */
  outage(): number
  /** Seconds since the last good answer. */
  silence(): number
  answered(): number
  failed(): number
  stop(): Promise<void>
}

/** `fetchPage` resolves with true when the page was there. What it throws counts as not there. */
export function startVisitor(fetchPage: (signal: AbortSignal) => Promise<boolean>): Visitor {
  const tally = startTally()
  let failed = 0
  let running = true
  const loop = (async () => {
    while (running) {
      const next = performance.now() + beat
      const there = await fetchPage(AbortSignal.timeout(1500)).catch(() => false)
      if (there) tally.note()
      else failed++
      await sleep(Math.max(0, next - performance.now()))
    }
  })()
  return {
    outage: tally.outage,
    silence: tally.silence,
    answered: tally.count,
    failed: () => failed,
    async stop() {
      running = false
      await loop
      tally.end()
    },
  }
}
