/** When a client had success: the longest time without one is the outage that it saw. */
export interface Tally {
  note(): void
  count(): number
  /** Seconds: the longest time without a success, from the start until now. */
  outage(): number
  /** Seconds since the last success. */
  silence(): number
}

/** Milliseconds between two attempts of a checker's client. */
export const beat = 100

export function startTally(): Tally {
  let last = performance.now()
  let longest = 0
  let successes = 0
  return {
    note() {
      const now = performance.now()
      longest = Math.max(longest, now - last)
      last = now
      successes++
    },
    count: () => successes,
    silence: () => (performance.now() - last) / 1000,
    outage: () => Math.max(longest, performance.now() - last) / 1000,
  }
}
