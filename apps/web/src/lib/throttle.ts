/** Counts tries in a sliding window. In memory: a restart forgets, and a restart takes longer than the tries it frees. */
export class Throttle {
  readonly #tries = new Map<string, number[]>()

  constructor(
    private readonly limit: number,
    /** Seconds. */
    private readonly window: number,
    private readonly now: () => number = Date.now,
  ) {}

  /** Notes a try under each key; 0: it may go on, else the seconds until the next one may. */
  take(...keys: string[]): number {
    const now = this.now()
    this.#forget(now)
    const wait = Math.max(0, ...keys.map((key) => this.#wait(key, now)))
    if (wait === 0) for (const key of keys) this.#tries.set(key, [...(this.#tries.get(key) ?? []), now])
    return wait
  }

  /** After a success. */
  clear(key: string): void {
    this.#tries.delete(key)
  }

  #wait(key: string, now: number): number {
    const tries = this.#tries.get(key) ?? []
    const oldest = tries[tries.length - this.limit]
    return oldest === undefined ? 0 : Math.max(1, Math.ceil(this.window - (now - oldest) / 1000))
  }

  #forget(now: number): void {
    for (const [key, tries] of this.#tries) {
      const fresh = tries.filter((at) => now - at < this.window * 1000)
      if (fresh.length === 0) this.#tries.delete(key)
      else if (fresh.length < tries.length) this.#tries.set(key, fresh)
    }
  }
}

// Next may load this module once for each bundle; the counts have to be shared.
const shared = globalThis as typeof globalThis & { brambleThrottles?: { account: Throttle; all: Throttle } }
shared.brambleThrottles ??= { account: new Throttle(8, 600), all: new Throttle(200, 600) }

/** A try to prove who one is: eight in ten minutes for one account, two hundred for all of them. */
export function takeCredentialTry(account: string): number {
  return shared.brambleThrottles!.account.take(account.toLowerCase()) || shared.brambleThrottles!.all.take('all')
}

export function credentialTrySucceeded(account: string): void {
  shared.brambleThrottles!.account.clear(account.toLowerCase())
}
