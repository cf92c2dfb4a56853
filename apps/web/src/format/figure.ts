/** Measures in words: `1.5 GiB`, `42%`, `3.1 ms`, `2 /min`. Pure. */
import type { Unit } from '@bramble/cluster'

interface Scale {
  /** From this size on, in the measure's own unit. */
  from: number
  per: number
  word: string
}

/** A thin space that never breaks: figure and unit stay together. */
const gap = '\u202f'

const scales: Record<Exclude<Unit, 'flag'>, readonly Scale[]> = {
  fraction: [{ from: 0, per: 0.01, word: '%' }],
  count: [
    { from: 1e6, per: 1e6, word: `${gap}M` },
    { from: 1e4, per: 1e3, word: `${gap}k` },
    { from: 0, per: 1, word: '' },
  ],
  'per-second': [
    { from: 1e6, per: 1e6, word: `${gap}M/s` },
    { from: 1e4, per: 1e3, word: `${gap}k/s` },
    { from: 0.1, per: 1, word: `${gap}/s` },
    { from: 0.1 / 60, per: 1 / 60, word: `${gap}/min` },
    { from: 0, per: 1 / 3600, word: `${gap}/h` },
  ],
  bytes: binary(''),
  'bytes-per-second': binary('/s'),
  seconds: times(1),
  milliseconds: times(1000),
  celsius: [{ from: 0, per: 1, word: `${gap}°C` }],
  hertz: [
    { from: 1e9, per: 1e9, word: `${gap}GHz` },
    { from: 1e6, per: 1e6, word: `${gap}MHz` },
    { from: 0, per: 1e3, word: `${gap}kHz` },
  ],
}

function binary(rate: string): Scale[] {
  const names = ['TiB', 'GiB', 'MiB', 'KiB']
  return [
    ...names.map((name, at) => ({ from: 1024 ** (4 - at), per: 1024 ** (4 - at), word: `${gap}${name}${rate}` })),
    { from: 0, per: 1, word: `${gap}B${rate}` },
  ]
}

/** `second`: how many of the unit make a second. */
function times(second: number): Scale[] {
  return [
    { from: 172_800 * second, per: 86_400 * second, word: `${gap}d` },
    { from: 7200 * second, per: 3600 * second, word: `${gap}h` },
    { from: 120 * second, per: 60 * second, word: `${gap}min` },
    { from: second, per: second, word: `${gap}s` },
    { from: second / 1000, per: second / 1000, word: `${gap}ms` },
    { from: 0, per: second / 1e6, word: `${gap}µs` },
  ]
}

/** The scale for figures up to this size; `undefined` for flags, which are words. */
export function scaleFor(size: number, unit: Unit): Scale | undefined {
  if (unit === 'flag') return undefined
  const list = scales[unit]
  if (size === 0) return list.find(({ per }) => per === 1) ?? list.at(-1)
  // 1023.9 KiB is said as 1 MiB, not as 1024 KiB.
  return list.find(({ from }) => Math.abs(size) >= from * 0.9995) ?? list.at(-1)
}

/** Three digits that count, without empty ones at the end. */
function digits(value: number): string {
  const size = Math.abs(value)
  const text = value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2)
  const short = text.includes('.') ? text.replace(/\.?0+$/, '') : text
  return short === '-0' ? '0' : short.replace('-', '−')
}

/** A measure with its unit. A flag that was averaged is the share of the time in which it was set. */
export function figure(value: number, unit: Unit): string {
  if (unit === 'flag') return value >= 0.9995 ? 'yes' : value <= 0.0005 ? 'no' : `${digits(value * 100)}% of the time`
  const { per, word } = scaleFor(value, unit)!
  // Per cent are known to a tenth at best.
  if (unit === 'fraction') return `${digits(Number((value / per).toFixed(1)))}%`
  return `${digits(value / per)}${value === 0 && unit !== 'celsius' ? zero[unit] : word}`
}

const zero: Record<Exclude<Unit, 'flag' | 'celsius' | 'fraction'>, string> = {
  count: '',
  'per-second': `${gap}/s`,
  bytes: `${gap}B`,
  'bytes-per-second': `${gap}B/s`,
  seconds: `${gap}s`,
  milliseconds: `${gap}ms`,
  hertz: `${gap}Hz`,
}

/** A writer for all ticks of an axis that reaches this far: one unit from top to bottom. */
export function axisFigure(reach: number, unit: Unit): (value: number) => string {
  const scale = scaleFor(reach, unit)
  if (!scale) return (value) => (value === 1 ? 'yes' : value === 0 ? 'no' : '')
  return (value) =>
    value === 0 && unit !== 'celsius' && unit !== 'fraction' ? '0' : `${digits(value / scale.per)}${scale.word}`
}
