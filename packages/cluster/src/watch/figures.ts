/** Figures in sentences: a number and its unit, short enough to be read at a glance. */

const units = ['bytes', 'kB', 'MB', 'GB', 'TB']

/** `2.1 GB`, in powers of ten as cards are sold. */
export function sizeText(bytes: number): string {
  let at = 0
  let value = Math.max(0, bytes)
  for (; value >= 999.5 && at < units.length - 1; at++) value /= 1000
  return `${at === 0 || value >= 99.5 ? Math.round(value) : round(value)} ${units[at]}`
}

/** `91 %`; never rounds up to 100 %. */
export function percentText(fraction: number): string {
  const percent = fraction * 100
  return `${percent >= 99.5 && percent < 100 ? '99' : Math.round(percent)} %`
}

/** `45 s`, `12 min`, `3 h`, `9 days`. */
export function spanText(seconds: number): string {
  const span = Math.abs(seconds)
  if (span < 10) return `${round(span)} s`
  if (span < 120) return `${Math.round(span)} s`
  if (span < 7200) return `${Math.round(span / 60)} min`
  if (span < 172_800) return `${Math.round(span / 3600)} h`
  return `${Math.round(span / 86_400)} days`
}

/** `1 voter`, `3 voters`. */
export const countText = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`

/** `pi-1`, `pi-1 and pi-2`, `pi-1, pi-2 and pi-3`. */
export function listText(names: readonly string[]): string {
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : (names[0] ?? '')
}

/** `Pi-2 …` is no name: only a sentence that starts with a word is raised. */
export function sentence(text: string): string {
  const trimmed = text.trim()
  if (trimmed === '') return ''
  return /[.!?…]$/.test(trimmed) ? trimmed : `${trimmed}.`
}

const round = (value: number): number => Number(value.toFixed(1))
