import type { TimelineEvent } from '@bramble/cluster'
import { expect, it } from 'vitest'
import { eventsNear, marksOf, spansOf } from './marks.ts'

const event = (second: number, level: TimelineEvent['level'], more: Partial<TimelineEvent> = {}): TimelineEvent => ({
  id: String(second),
  at: new Date(second * 1000).toISOString(),
  until: null,
  kind: 'node-away',
  level,
  node: null,
  words: `at ${second}`,
  link: null,
  ...more,
})
const window = { from: 1000, to: 2000 }

it('marks that would touch become one, of the worst level', () => {
  const marks = marksOf(
    [event(900, 'info'), event(1100, 'good'), event(1105, 'critical'), event(1500, 'info')],
    window,
    500,
  )
  expect(marks.map(({ at, level, events }) => [at, level, events.length])).toEqual([
    [1100, 'critical', 2],
    [1500, 'info', 1],
  ])
})

it('what lasted is a stretch within the window; what goes on is none yet', () => {
  const until = (second: number) => new Date(second * 1000).toISOString()
  const spans = spansOf(
    [
      event(900, 'info', { until: until(1200) }),
      event(1300, 'info'),
      event(1400, 'info', { until: until(1500), kind: 'alert' }),
    ],
    window,
  )
  expect(spans.map(({ from, to }) => [from, to])).toEqual([[1000, 1200]])
})

it('the crosshair reads what is near', () => {
  expect(eventsNear([event(1100, 'info'), event(1200, 'info')], 1104, 5).map(({ id }) => id)).toEqual(['1100'])
})
