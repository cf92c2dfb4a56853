/** How many webhooks one address may send: in memory, before the database is asked anything. */
import { InFlight, RateLimit } from '@/http/rate-limit.ts'

class HookLimits {
  readonly #rate = new RateLimit({ burst: 60, perSecond: 0.5 })
  readonly #open = new InFlight(4)

  /** How to end it; null: too many. */
  enter(sender: string): (() => void) | null {
    return this.#rate.takes(sender) ? this.#open.enter(sender) : null
  }
}

// Next loads this module more than once in a process; what it remembers is still one.
const shared = globalThis as { brambleHookLimits?: HookLimits | undefined }

export function hookLimits(): HookLimits {
  shared.brambleHookLimits ??= new HookLimits()
  return shared.brambleHookLimits
}
