/** How often an account or one of its tokens may ask for work through the HTTP API; in memory, before the database is asked. */

import type { Account } from '@/auth/session.ts'
import { RateLimit } from '@/http/rate-limit.ts'

const rule = { burst: 60, perSecond: 1 }

// Next loads this module more than once in a process; what it remembers is still one.
const shared = globalThis as { bramblePace?: RateLimit | undefined }

/** 429; null: it may go on. */
export function tooFast({ by }: Account): Response | null {
  shared.bramblePace ??= new RateLimit(rule)
  const wait = shared.bramblePace.take(by)
  if (wait === 0) return null
  const message = `Too many requests of this sign-in or token: ${rule.burst} at once, then ${rule.perSecond} per second.`
  const headers = { 'retry-after': `${wait}`, 'cache-control': 'no-store' }
  return Response.json(
    { code: 'throttled', message, cure: `Wait ${wait} s, then try again.` },
    { status: 429, headers },
  )
}
