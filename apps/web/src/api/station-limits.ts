/** How much one station may ask for: what it is told to do needs far less. */
import { InFlight, RateLimit } from '@/http/rate-limit.ts'

class StationLimits {
  readonly #rate = new RateLimit({ burst: 200, perSecond: 40 }, Date.now, 1_000)
  readonly #open = new InFlight(24)

  /** How to end the call; null: too many. */
  enter(station: string): (() => void) | null {
    return this.#rate.takes(station) ? this.#open.enter(station) : null
  }
}

// Next loads this module more than once in a process; what it remembers is still one.
const shared = globalThis as { brambleStationLimits?: StationLimits | undefined }

export function stationLimits(): StationLimits {
  shared.brambleStationLimits ??= new StationLimits()
  return shared.brambleStationLimits
}
