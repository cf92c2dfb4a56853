/** The same measure of an earlier time, laid over the present one. Pure; times are seconds since 1970. */
import { type Bins, binAt, type Curve } from '@/charts/curve.ts'
import type { Window } from '@/live/range.ts'
import { compare as words } from './copy.ts'

/**
 * The window to ask for, a little more than is shown. It moves in jumps, so that a live chart does not ask for the past
 * with every look.
 */
export function earlierWindow({ from, to }: Window, before: number): Window {
  const jump = Math.max(60, Math.round((to - from) / 60))
  return { from: Math.floor((from - before) / jump) * jump, to: Math.ceil((to - before) / jump) * jump }
}

/** Values of the earlier bins at the places of the present ones; null where there is none. */
export function laidOver(
  values: readonly (number | null)[],
  earlier: Bins,
  present: Bins,
  before: number,
): (number | null)[] {
  return present.times.map((time) => {
    const moment = time - before + present.step / 2
    const bin = binAt(earlier, moment)
    if (bin === null) return null
    const start = earlier.times[bin]!
    return moment >= start && moment < start + earlier.step ? (values[bin] ?? null) : null
  })
}

export interface Summary {
  average: number | null
  lowest: number | null
  highest: number | null
}

export function summaryOf({ average, highest }: Pick<Curve, 'average' | 'highest'>): Summary {
  const known = average.filter((value) => value !== null)
  if (known.length === 0) return { average: null, lowest: null, highest: null }
  const tops = highest?.filter((value) => value !== null) ?? known
  return {
    average: known.reduce((sum, value) => sum + value, 0) / known.length,
    lowest: known.reduce((least, value) => Math.min(least, value)),
    highest: tops.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
  }
}

/** `a day before`, `3 hours before`. */
export function beforeWords(seconds: number): string {
  if (seconds === 7 * 86_400) return words.befores['7d']
  if (seconds % 86_400 === 0) return words.days(seconds / 86_400)
  if (seconds % 3600 === 0) return words.hours(seconds / 3600)
  return words.minutes(Math.round(seconds / 60))
}
