/** So many requests at once, then so many a second, for each caller. */
export class RateLimit {
  readonly #burst: number
  readonly #perSecond: number
  readonly #now: () => number
  readonly #left = new Map<string, { tokens: number; at: number }>()

  /** `now` in seconds. */
  constructor({ burst, perSecond }: { burst: number; perSecond: number }, now = () => performance.now() / 1000) {
    this.#burst = burst
    this.#perSecond = perSecond
    this.#now = now
  }

  /** False: this one is too many. */
  takes(caller: string): boolean {
    const at = this.#now()
    const kept = this.#left.get(caller)
    const tokens = kept ? Math.min(this.#burst, kept.tokens + (at - kept.at) * this.#perSecond) : this.#burst
    this.#forget(at)
    this.#left.set(caller, { tokens: tokens < 1 ? tokens : tokens - 1, at })
    return tokens >= 1
  }

  /** Callers that would be full again need not be kept. */
  #forget(at: number): void {
    if (this.#left.size < 1000) return
    for (const [caller, kept] of this.#left)
      if (kept.tokens + (at - kept.at) * this.#perSecond >= this.#burst) this.#left.delete(caller)
  }
}
