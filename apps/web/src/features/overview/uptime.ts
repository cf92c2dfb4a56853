/** The last days of a cluster, one field a day: in which part of it writes and pages passed. Pure. */
import type { Selector, SeriesAnswer } from '@/live/series-answer.ts'

export const uptimeSelectors: Selector[] = [
  { kind: 'cluster', node: '', name: '', metric: 'writable' },
  { kind: 'cluster', node: '', name: '', metric: 'siteUp' },
]

export interface Day {
  /** As the reader's calendar names it: 2026-11-26. */
  date: string
  /** 0–1 of the time that was watched; null: nobody watched. */
  up: number | null
  /** Seconds that were not up, and that were watched. */
  down: number
  watched: number
}

/** `days` fields that end today. `dateOf` names the day of a moment in seconds, in the reader's zone. */
export function daysOf(answer: SeriesAnswer, days: number, now: number, dateOf: (epoch: number) => string): Day[] {
  const found = new Map<string, Day>()
  // Noon steps over the hour that a change of the clocks takes or gives.
  const noon = now - (now % 86_400) + 43_200
  for (let back = days - 1; back >= 0; back--) {
    const date = back === 0 ? dateOf(now) : dateOf(noon - back * 86_400)
    found.set(date, { date, up: null, down: 0, watched: 0 })
  }
  const [writable, site] = ['writable', 'siteUp'].map((metric) =>
    answer.series.find((series) => series.metric === metric),
  )
  answer.times.forEach((time, at) => {
    const day = found.get(dateOf(time))
    const parts = [writable?.average[at], site?.average[at]].filter((part) => part !== null && part !== undefined)
    if (!day || parts.length === 0) return
    day.watched += answer.step
    day.down += answer.step * (1 - Math.min(...parts))
  })
  return [...found.values()].map((day) => ({ ...day, up: day.watched > 0 ? 1 - day.down / day.watched : null }))
}

/** Of all the time that was watched; null: none was. */
export function shareUp(days: readonly Day[]): number | null {
  const watched = days.reduce((sum, day) => sum + day.watched, 0)
  return watched === 0 ? null : 1 - days.reduce((sum, day) => sum + day.down, 0) / watched
}

export type Grade = 'unwatched' | 'up' | 'short' | 'long'

/** `short`: seconds to a few minutes, as a failover costs. */
export function gradeOf(day: Day): Grade {
  if (day.up === null) return 'unwatched'
  if (day.down < 1) return 'up'
  return day.down < 300 ? 'short' : 'long'
}
