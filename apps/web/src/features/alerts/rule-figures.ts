/** Figures of rules as people write them: percent, megabytes, days; and back. Pure. */
import type { Threshold, Unit } from '@bramble/cluster'

export interface Scale {
  /** Behind the number. */
  unit: string
  /** What one of it is in the rule's own unit. */
  factor: number
}

const day = 86_400

export function scaleOf({ unit, least }: Pick<Threshold, 'unit' | 'least'>): Scale {
  if (unit === 'seconds' && least >= 3600) return { unit: 'days', factor: day }
  return scales[unit] ?? { unit: '', factor: 1 }
}

const scales: Partial<Record<Unit, Scale>> = {
  fraction: { unit: '%', factor: 0.01 },
  bytes: { unit: 'MB', factor: 1e6 },
  seconds: { unit: 's', factor: 1 },
  celsius: { unit: '°C', factor: 1 },
  'per-second': { unit: 'per second', factor: 1 },
}

/** As it stands in the field; no more digits than it needs. */
export function shownFigure(value: number, { factor }: Scale): string {
  return String(Number((value / factor).toPrecision(10)))
}

/** Null: it is no number. */
export function readFigure(text: string, { factor }: Scale): number | null {
  const trimmed = text.trim().replace(',', '.')
  if (!/^-?\d+(\.\d+)?$/.test(trimmed)) return null
  // 85 × 0.01 is 0.85, and not 0.8500000000000001.
  return Number((Number(trimmed) * factor).toPrecision(12))
}
