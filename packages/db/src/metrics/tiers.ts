/**
 * The sizes in which measures are kept: as they came, and rolled up to coarser and coarser bins. A question about a long
 * time is answered from a coarse one, so that it never reads more than a few thousand rows a subject.
 */

export interface Tier {
  name: string
  table: string
  /** Seconds of a bin. Raw: the smallest bin a chart gets; two ticks, so that a tick that is a little late is no gap. */
  seconds: number
  /** Seconds that it is kept. */
  keep: number
  /** Seconds of a partition; partitions start at whole multiples since 1970. */
  window: number
}

const minute = 60
const hour = 60 * minute
const day = 24 * hour

export const raw: Tier = { name: 'raw', table: 'history.sample_raw', seconds: 10, keep: 2 * day, window: 6 * hour }

/** Finest first; each is rolled up from the one before. `ten` and `day` exist only to answer quickly. */
export const rolledTiers: readonly Tier[] = [
  { name: 'minute', table: 'history.sample_minute', seconds: minute, keep: 30 * day, window: day },
  { name: 'ten', table: 'history.sample_ten', seconds: 10 * minute, keep: 30 * day, window: 10 * day },
  { name: 'hour', table: 'history.sample_hour', seconds: hour, keep: 366 * day, window: 30 * day },
  { name: 'day', table: 'history.sample_day', seconds: day, keep: 366 * day, window: 360 * day },
]

export const tiers: readonly Tier[] = [raw, ...rolledTiers]

/** Rows of a tier in one shape: the columns at, subject, count, average, highest. */
export function rowsOf(tier: Tier): string {
  return tier === raw
    ? `select at, subject, 1 as count, measured as average, measured as highest from ${tier.table}`
    : `select at, subject, count, average, highest from ${tier.table}`
}

/** Steps of a chart in seconds: each a whole number of bins of every tier that is not coarser than it. */
const steps = [10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 10_800, 14_400, 21_600, 43_200, day]

export interface Resolution {
  tier: Tier
  /** Seconds between two points. */
  step: number
}

/**
 * The finest step that needs at most `points` points from `from` to `to` (epoch seconds), and the coarsest tier that can
 * give it. What is older than a tier is kept comes from a coarser one, in its bins.
 */
export function resolutionFor(from: number, to: number, points: number, now: number): Resolution {
  const wanted = (to - from) / points
  const step = steps.find((candidate) => candidate >= wanted) ?? Math.ceil(wanted / day) * day
  const reaching = tiers.filter(({ keep }, at) => from >= now - keep || at === tiers.length - 1)
  const tier = reaching.findLast(({ seconds }) => seconds <= step) ?? reaching[0]!
  return { tier, step: Math.max(step, tier.seconds) }
}
