/** Words of the first page: all clusters, and what happened last night. */
import { span } from '@/format/words.ts'

export const uptime = {
  span: (days: number) => `${days} days`,
  unwatched: 'not monitored yet',
  share: (part: number) => `${percent(part)} up`,
  day: (day: { date: string; up: number | null; down: number }) =>
    day.up === null
      ? `${day.date}: not monitored`
      : day.down < 1
        ? `${day.date}: no outage`
        : `${day.date}: ${percent(day.up)} up, ${span(day.down)} down`,
} as const

/** Never rounded up to a hundred. */
function percent(part: number): string {
  if (part >= 1) return '100%'
  const digits = part > 0.999 ? 3 : part > 0.9 ? 2 : 0
  return `${(Math.floor(part * 100 * 10 ** digits) / 10 ** digits).toFixed(digits)}%`
}

export const card = {
  primary: 'Primary',
  address: 'Virtual IP',
  requests: 'Requests',
  none: 'none',
  nobody: 'no holder',
  on: (vip: string, holder: string) => `${vip} on ${holder}`,
  alerts: (count: number) => (count === 1 ? '1 open alert' : `${count} open alerts`),
  more: (count: number) => `and ${count} more`,
} as const

export const night = {
  title: 'Since last evening',
  since: (when: string) => `Since ${when}.`,
  quiet: 'No notable events.',
  more: (count: number) => (count === 1 ? '1 minor event more.' : `${count} minor events more.`),
  goesOn: 'ongoing',
} as const
