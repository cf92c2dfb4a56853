/** What happened, as marks on a chart: those that would touch become one. Pure; times are seconds since 1970. */
import type { TimelineEvent } from '@bramble/cluster'

export interface Mark {
  /** Of the first event. */
  at: number
  /** The worst of its events. */
  level: TimelineEvent['level']
  events: TimelineEvent[]
}

const order: readonly TimelineEvent['level'][] = ['info', 'good', 'warning', 'critical']

/** Pixels between two marks that can still be told apart and pointed at. */
const apart = 14

export function marksOf(events: readonly TimelineEvent[], window: { from: number; to: number }, width: number): Mark[] {
  const near = (apart / Math.max(1, width)) * (window.to - window.from)
  const marks: Mark[] = []
  for (const event of events) {
    const at = Date.parse(event.at) / 1000
    if (at < window.from || at > window.to) continue
    const last = marks.at(-1)
    if (last && at - last.at < near) {
      last.events.push(event)
      if (order.indexOf(event.level) > order.indexOf(last.level)) last.level = event.level
    } else marks.push({ at, level: event.level, events: [event] })
  }
  return marks
}

/** Events of which something was going on at a moment, give or take: for the words at the crosshair. */
export function eventsNear(events: readonly TimelineEvent[], moment: number, reach: number): TimelineEvent[] {
  return events.filter((event) => Math.abs(Date.parse(event.at) / 1000 - moment) <= reach)
}

/** What lasted: shown as a faint stretch behind the curves. Only runs and outages; an alert follows its cause. */
export function spansOf(
  events: readonly TimelineEvent[],
  window: { from: number; to: number },
): { id: string; from: number; to: number; level: TimelineEvent['level'] }[] {
  return events.flatMap((event) => {
    if (event.kind === 'alert' || event.until === null) return []
    const from = Math.max(window.from, Date.parse(event.at) / 1000)
    const to = Math.min(window.to, Date.parse(event.until) / 1000)
    return to > from ? [{ id: event.id, from, to, level: event.level }] : []
  })
}
