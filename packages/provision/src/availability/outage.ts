/** When a client had success: the longest time without one is the outage that it saw. */
export interface Tally {
  note(): void
  count(): number
  /** Seconds: the longest time without a success, from the start until now or the end. */
  outage(): number
  /** Seconds since the last success. */
  silence(): number
  /** Nothing is tried any more: the time after this is no outage. */
  end(): void
}

/** Milliseconds between two attempts of a checker's client. */
export const beat = 100

export function startTally(): Tally {
  let last = performance.now()
  let longest = 0
  let successes = 0
  let ended: number | null = null
  return {
    note() {
      const now = performance.now()
      longest = Math.max(longest, now - last)
      last = now
      successes++
    },
    count: () => successes,
    silence: () => (performance.now() - last) / 1000,
    outage: () => Math.max(longest, (ended ?? performance.now()) - last) / 1000,
    end() {
      ended ??= performance.now()
    },
  }
}
