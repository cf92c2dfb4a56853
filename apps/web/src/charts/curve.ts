/** What a chart draws: curves over shared bins. Pure; times are seconds since 1970. */
import type { Unit } from '@bramble/cluster'

/** Colour and dashes: two things that tell curves apart, so that neither is needed alone. */
export interface Look {
  /** A CSS colour. */
  colour: string
  /** SVG's stroke-dasharray; undefined: a whole line. */
  dash?: string
}

export interface Curve {
  /** Unique in the chart; the same key on other charts of the page is hidden and shown with it. */
  key: string
  label: string
  look: Look
  unit: Unit
  average: readonly (number | null)[]
  /** Drawn as a band above the average when bins hold more than a look or two. */
  highest?: readonly (number | null)[] | undefined
}

export interface Bins {
  /** Starts. */
  times: readonly number[]
  /** Seconds. */
  step: number
}

export interface Stretch {
  from: number
  to: number
}

/** Where no curve has a value. The newest bin may still be empty and is no gap; before the first and after the last bin there is one. */
export function gapsOf({ times, step }: Bins, curves: readonly Pick<Curve, 'average'>[], window: Stretch): Stretch[] {
  const gaps: Stretch[] = []
  const add = (from: number, to: number) => {
    const last = gaps.at(-1)
    if (last && from <= last.to) last.to = to
    else gaps.push({ from, to })
  }
  const first = times[0]
  if (first === undefined) return window.to > window.from ? [{ ...window }] : []
  if (first - window.from > step) add(window.from, first)
  times.forEach((time, at) => {
    if (curves.every(({ average }) => average[at] == null)) add(time, time + step)
  })
  const end = times.at(-1)! + step
  if (window.to - end > 2 * step) add(end, window.to)
  const young = Math.max(2 * step, youngest)
  return gaps
    .map(({ from, to }) => ({ from: Math.max(from, window.from), to: Math.min(to, window.to) }))
    .filter(({ from, to }) => to > from && window.to - from > young)
}

/** Seconds that a look needs until it is on the page: a gap at the very end that is shorter is none. */
const youngest = 15

/** A point without neighbours: a line alone would not show it. */
export function lonely(values: readonly (number | null)[]): Set<number> {
  const found = new Set<number>()
  values.forEach((value, at) => {
    if (value !== null && (values[at - 1] ?? null) === null && (values[at + 1] ?? null) === null) found.add(at)
  })
  return found
}

/** Curves on top of each other: each becomes its lower and upper edge. A bin without any value stays a gap. */
export function stacked(curves: readonly Pick<Curve, 'average'>[], length: number): ([number, number] | null)[][] {
  const floor = new Array<number>(length).fill(0)
  return curves.map(({ average }) =>
    Array.from({ length }, (_, at) => {
      const value = average[at]
      if (value == null) return null
      const low = floor[at]!
      floor[at] = low + value
      return [low, low + value]
    }),
  )
}

/** The bin that holds a moment, or the nearest one; null without bins. */
export function binAt({ times, step }: Bins, moment: number): number | null {
  if (times.length === 0) return null
  let low = 0
  let high = times.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (times[middle]! <= moment) low = middle
    else high = middle - 1
  }
  const next = low + 1
  if (next < times.length && moment - times[low]! > step && times[next]! - moment < moment - times[low]! - step)
    return next
  return low
}

/** The newest value that there is, unless nothing came for a while: then null. */
export function latest(curve: Pick<Curve, 'average'>, { times, step }: Bins, end: number): number | null {
  for (let at = curve.average.length - 1; at >= 0; at--) {
    const value = curve.average[at]
    if (value != null) return end - (times[at]! + step) <= Math.max(2 * step, 60) ? value : null
  }
  return null
}

/** Bins of this many seconds and more hold several looks: their highest says more than the average does. */
export const banded = 60
