/** Numbers that look random and are the same for the same seed. */
export interface Dice {
  /** From 0 up to, not including, 1. */
  next(): number
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number
  /** One of them, by their weights. */
  one<T>(of: readonly { weight: number; value: T }[]): T
}

/** Mulberry32: small, fast, and good enough to choose faults. */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    one(of) {
      let left = next() * of.reduce((sum, { weight }) => sum + weight, 0)
      for (const { weight, value } of of) {
        left -= weight
        if (left < 0) return value
      }
      return of.at(-1)!.value
    },
  }
}
