/** Response times of an app as a histogram: HAProxy counts the requests of each class, percentiles follow from two readings. */

/** Milliseconds, ascending: class i ends before bounds[i]; one more class holds what took longer. */
export const responseTimeBounds = [2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000] as const

/** HAProxy's table of these counters, in its configuration for web traffic. */
export const responseTimeTable = 'response-times'

/**
 * The time in ms below which the share `q` (0–1) of the requests was answered; within a class it is interpolated. `counts`:
 * requests per class. Undefined without requests. In the last class it is the class's beginning: its end is not known.
 */
export function responseTimeQuantile(counts: readonly number[], q: number): number | undefined {
  const all = counts.reduce((sum, count) => sum + count, 0)
  if (all === 0) return undefined
  let rest = q * all
  for (const [at, count] of counts.entries()) {
    const from = at === 0 ? 0 : responseTimeBounds[at - 1]!
    const to = responseTimeBounds[at] ?? from
    if (count > 0 && rest <= count) return from + (to - from) * (rest / count)
    rest -= count
  }
  return responseTimeBounds.at(-1)
}
