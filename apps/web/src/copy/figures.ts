/** Figures with their units, as they stand on a screen. Pure. */

const byteSteps = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** "0 B", "640 kB", "1.2 GB": powers of 1000. */
export function byteWords(bytes: number): string {
  const step = bytes < 1000 ? 0 : Math.min(byteSteps.length - 1, Math.floor(Math.log10(bytes) / 3))
  return `${significant(bytes / 1000 ** step)} ${byteSteps[step]}`
}

/** "0", "0.4", "12", "3.4k": what a person reads at a glance. */
export function countWords(value: number): string {
  if (value >= 10_000) return `${significant(value / 1000)}k`
  return significant(value)
}

export const percentWords = (fraction: number): string => `${Math.round(fraction * 100)} %`

export const celsiusWords = (celsius: number): string => `${Math.round(celsius)} °C`

/** "0.4 ms", "12 ms", "1.2 s". */
export function lagWords(seconds: number): string {
  if (seconds < 1) return `${significant(seconds * 1000)} ms`
  return seconds < 120 ? `${significant(seconds)} s` : `${Math.round(seconds / 60)} min`
}

function significant(value: number): string {
  if (value === 0) return '0'
  if (value < 0.1) return '< 0.1'
  return value < 10 ? String(Math.round(value * 10) / 10) : String(Math.round(value))
}
