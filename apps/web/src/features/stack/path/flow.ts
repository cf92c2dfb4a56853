/** Figures of the traffic and of the boards, out of their series: the newest value and its course. Pure. */
import type { Selector, Series, SeriesAnswer } from '@/live/series-answer.ts'

/** What the page asks for, in one request. */
export const flowSelectors: Selector[] = [
  { kind: 'frontend', node: '*', name: 'site', metric: 'requestRate' },
  { kind: 'frontend', node: '*', name: 'site', metric: 'responses5xx' },
  { kind: 'server', node: '*', name: '*', metric: 'sessionRate' },
  { kind: 'postgres', node: '*', name: '', metric: 'commits' },
  { kind: 'postgres', node: '*', name: '', metric: 'rollbacks' },
  { kind: 'postgres', node: '*', name: '', metric: 'lagSeconds' },
  { kind: 'node', node: '*', name: '', metric: 'temperature' },
  { kind: 'node', node: '*', name: '', metric: 'diskUsed' },
]

export type Course = readonly (number | null)[]

export interface Gauge {
  /** Newest; null: not measured now. */
  value: number | null
  /** Whose it is, where one stands out. */
  node: string | null
  course: Course
}

/** Bins at the end that may still be empty: the newest look has not come yet. */
const patience = 4

export function newest(course: Course): number | null {
  for (let at = course.length - 1; at >= Math.max(0, course.length - patience); at--) {
    const value = course[at]
    if (value !== null && value !== undefined) return value
  }
  return null
}

const of = (answer: SeriesAnswer, ...metrics: string[]): Series[] =>
  answer.series.filter(({ metric }) => metrics.includes(metric))

/** All subjects together, bin by bin; null where none was measured. */
export function total(series: readonly Series[], bins: number): Course {
  return Array.from({ length: bins }, (_, at) => {
    const known = series.flatMap(({ average }) => average[at] ?? [])
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0)
  })
}

/** The subject that is highest now, with its own course. */
export function highest(series: readonly Series[]): Gauge {
  let found: Gauge = { value: null, node: null, course: [] }
  for (const { node, average } of series) {
    const value = newest(average)
    if (value !== null && (found.value === null || value > found.value)) found = { value, node, course: average }
  }
  return found
}

export interface Flow {
  requests: Gauge
  errors: Gauge
  transactions: Gauge
  lag: Gauge
  hottest: Gauge
  fullest: Gauge
  /** New sessions per second by `backend/server`, over all balancers. */
  servers: ReadonlyMap<string, number>
}

export function flowOf(answer: SeriesAnswer): Flow {
  const bins = answer.times.length
  const sum = (...metrics: string[]): Gauge => {
    const course = total(of(answer, ...metrics), bins)
    return { value: newest(course), node: null, course }
  }
  const servers = new Map<string, number>()
  for (const { name, average } of of(answer, 'sessionRate')) {
    const value = newest(average)
    if (value !== null) servers.set(name, (servers.get(name) ?? 0) + value)
  }
  return {
    requests: sum('requestRate'),
    errors: sum('responses5xx'),
    transactions: sum('commits', 'rollbacks'),
    lag: highest(of(answer, 'lagSeconds')),
    hottest: highest(of(answer, 'temperature')),
    fullest: highest(of(answer, 'diskUsed')),
    servers,
  }
}
