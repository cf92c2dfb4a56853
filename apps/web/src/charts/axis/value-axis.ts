/** The value axis: from where to where, and round figures between. Pure. */
import type { Unit } from '@bramble/cluster'
import { axisFigure, scaleFor } from '@/format/figure.ts'

export interface ValueAxis {
  min: number
  max: number
  ticks: number[]
  label: (value: number) => string
}

const intervals = 4
const decimal = [1, 2, 2.5, 5, 10]
const binarySteps = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]
/** Of the clock: seconds, minutes, hours and days, in the unit that is shown. */
const sixties = [1, 2, 5, 10, 15, 20, 30, 60]

/** The smallest top of an axis: noise near nothing must not look like a storm. In the unit itself. */
const least: Partial<Record<Unit, number>> = {
  fraction: 0.04,
  flag: 1,
  count: 4,
  bytes: 1024,
  'bytes-per-second': 1024,
  'per-second': 1,
  seconds: 0.001,
  milliseconds: 1,
  hertz: 1e6,
}

/** Smaller than anything that is measured. */
const nothing = 1e-12

export interface Bounds {
  /** Raises the top, e.g. to the number of connections there may be. */
  reach?: number
  /** Begin below the lowest value instead of at nothing. */
  afloat?: boolean
}

export function valueAxis(values: Iterable<number>, unit: Unit, { reach = 0, afloat = false }: Bounds = {}): ValueAxis {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const exact of values) {
    const value = Math.abs(exact) < nothing ? 0 : exact
    if (value < low) low = value
    if (value > high) high = value
  }
  if (unit === 'celsius') return degrees(low, high, reach)
  const top = Math.max(high, reach, unit === 'per-second' && high > 0 ? 0 : (least[unit] ?? 0))
  const known = Number.isFinite(low) ? low : 0
  // A little below, so that the lowest is not on the edge; never so near that noise fills the chart.
  const bottom = afloat ? Math.max(0, Math.min(known, top - (least[unit] ?? 0))) : Math.min(0, known)
  const size = Math.max(top, -bottom)
  const step = roundStep((top - bottom) / intervals, size, unit)
  return between(Math.floor(bottom / step + 1e-9) * step, ceiling(top, step, unit), step, axisFigure(size, unit))
}

/** A fraction never stands above the whole. */
function ceiling(top: number, step: number, unit: Unit): number {
  const max = Math.ceil(top / step - 1e-9) * step
  return unit === 'fraction' && top <= 1 ? Math.min(1, max) : max
}

/** Temperatures live far above nothing: the axis starts below the coldest, and spans at least 20 °C. */
function degrees(low: number, high: number, reach: number): ValueAxis {
  const cold = Number.isFinite(low) ? low : 30
  const hot = Math.max(Number.isFinite(high) ? high : 50, reach)
  const min = Math.floor((cold - 2) / 10) * 10
  const max = Math.max(min + 20, Math.ceil((hot + 1) / 10) * 10)
  return between(min, max, max - min > 50 ? 20 : 10, axisFigure(max, 'celsius'))
}

function between(min: number, max: number, step: number, label: ValueAxis['label']): ValueAxis {
  const count = Math.round((max - min) / step)
  const ticks = Array.from({ length: count + 1 }, (_, at) => Number((min + at * step).toPrecision(12)))
  return { min, max, ticks: ticks.filter((tick) => tick <= max * (1 + 1e-9)), label }
}

function roundStep(raw: number, size: number, unit: Unit): number {
  const scale = scaleFor(size, unit)
  if (!scale) return 1
  const wanted = raw / scale.per
  if (unit === 'bytes' || unit === 'bytes-per-second') {
    const step = wanted < 1 ? ladder(wanted, decimal) : (binarySteps.find((one) => one >= wanted * 0.9999) ?? 1024)
    return step * scale.per
  }
  const clock = (unit === 'seconds' || unit === 'milliseconds') && /min|h/.test(scale.word)
  if (clock && wanted >= 1) return (sixties.find((one) => one >= wanted * 0.9999) ?? 60) * scale.per
  const whole = unit === 'count' && scale.per === 1
  return (whole ? Math.max(1, ladder(wanted, [1, 2, 5, 10])) : ladder(wanted, decimal)) * scale.per
}

function ladder(wanted: number, rungs: readonly number[]): number {
  const power = 10 ** Math.floor(Math.log10(wanted))
  return (rungs.find((rung) => rung * power >= wanted * 0.9999) ?? 10) * power
}
