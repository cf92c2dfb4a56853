/** Sizes, speeds and times of flashing in words. Pure. */
import { duration } from '@/format/duration.ts'

const units: [name: string, bytes: number][] = [
  ['TB', 1e12],
  ['GB', 1e9],
  ['MB', 1e6],
  ['kB', 1e3],
]

/** As cards are sold, in powers of ten: `31.9 GB`, `512 MB`, `3 kB`. */
export function bytesWords(bytes: number): string {
  const [name, size] = units.find(([, size]) => bytes >= size * 0.9995) ?? ['bytes', 1]
  const amount = bytes / size
  return `${amount < 99.95 && size >= 1e6 ? amount.toFixed(1).replace(/\.0$/, '') : Math.round(amount)} ${name}`
}

/** Bytes a second as `42.7 MB/s`; empty while nothing is known. */
export function rateWords(rate: number): string {
  return rate > 0 && Number.isFinite(rate) ? `${(rate / 1e6).toFixed(rate < 99.95e6 ? 1 : 0)} MB/s` : ''
}

/** Seconds as `about 2 min left`: no more exact than it is known. Empty while nothing is known. */
export function leftWords(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return ''
  if (seconds < 1) return 'almost done'
  if (seconds < 10) return `${Math.ceil(seconds)} s left`
  if (seconds < 55) return `${Math.ceil(seconds / 5) * 5} s left`
  if (seconds < 3570) return `about ${Math.round(seconds / 60) || 1} min left`
  return `about ${duration(Math.round(seconds / 60) * 60)} left`
}

/** 0–1; null while the whole is unknown. */
export function share(done: number, total: number | null): number | null {
  return total === null || total <= 0 ? null : Math.min(1, Math.max(0, done / total))
}

/** Mean speed of bytes that took so many seconds. */
export function meanRate(bytes: number, seconds: number): string {
  return seconds > 0 ? rateWords(bytes / seconds) : ''
}
