/** What the curves say at one moment: for the words at the crosshair, the legend, and who listens instead of looking. Pure. */

import { momentWords } from '@/charts/axis/time-axis.ts'
import { type Bins, banded, binAt, type Curve } from '@/charts/curve.ts'
import { figure } from '@/format/figure.ts'

export interface Reading {
  /** Start of the bin. */
  at: number
  bin: number
  /** `Thu 26 Nov 14:05:30 CET`. */
  when: string
  values: { curve: Curve; value: number | null; highest: number | null }[]
}

export function readingAt(bins: Bins, curves: readonly Curve[], moment: number): Reading | null {
  const bin = binAt(bins, moment)
  if (bin === null) return null
  const at = bins.times[bin]!
  // Pointing into time that was not measured finds nothing, not the nearest that was.
  const far = moment < at - bins.step || moment > at + 2 * bins.step
  const values = curves.map((curve) => ({
    curve,
    value: far ? null : (curve.average[bin] ?? null),
    highest: far || bins.step < banded ? null : (curve.highest?.[bin] ?? null),
  }))
  return { at: far ? moment : at, bin, when: momentWords(far ? moment : at, far ? 0 : bins.step), values }
}

/** `14:05: pi-1 42%, pi-2 not measured.` */
export function spokenReading({ when, values }: Reading, notMeasured: string): string {
  const parts = values.map(
    ({ curve, value }) => `${curve.label} ${value === null ? notMeasured : figure(value, curve.unit)}`,
  )
  return `${when}: ${parts.join(', ')}.`
}
