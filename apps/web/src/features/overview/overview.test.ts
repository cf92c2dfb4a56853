import type { TimelineEvent } from '@bramble/cluster'
import { expect, test } from 'vitest'
import { goesOn, withEnds } from '@/features/timeline/ends.ts'
import type { SeriesAnswer } from '@/live/series-answer.ts'
import { digestOf, evening } from './digest.ts'
import { daysOf, gradeOf, shareUp } from './uptime.ts'

const event = (at: string, kind: TimelineEvent['kind'], more: Partial<TimelineEvent> = {}): TimelineEvent => ({
  id: `${at} ${kind} ${more.node ?? ''}`,
  at: `2026-11-26T${at}:00.000Z`,
  until: null,
  kind,
  level: 'warning',
  node: null,
  words: kind,
  link: null,
  ...more,
})

test('an outage lasts until the event that takes it back, of its own Pi where it is about one', () => {
  const [lost, away, other, changed, back] = withEnds([
    event('03:00', 'primary-lost', { node: 'pi-1' }),
    event('03:00', 'node-away', { node: 'pi-1' }),
    event('03:01', 'node-away', { node: 'pi-2' }),
    event('03:02', 'primary-changed', { node: 'pi-3' }),
    event('03:09', 'node-back', { node: 'pi-1' }),
  ])
  expect([lost?.until, away?.until]).toEqual(['2026-11-26T03:02:00.000Z', '2026-11-26T03:09:00.000Z'])
  expect([other, changed, back].map((entry) => entry && goesOn(entry))).toEqual([true, false, false])
})

test('last night in few words: no ends, no echoes of what is told, no runs that only waited', () => {
  const night = [
    event('01:00', 'node-away', { node: 'pi-1' }),
    event('01:01', 'alert', { node: 'pi-1', level: 'critical' }),
    event('01:05', 'node-back', { node: 'pi-1' }),
    event('02:00', 'alert', { node: 'pi-2', level: 'warning', words: 'hot' }),
    event('02:30', 'run', { level: 'info' }),
    event('02:40', 'run', { level: 'critical', words: 'failed' }),
    event('02:50', 'etcd-leader-changed'),
  ]
  const digest = digestOf([{ cluster: 'shelf', events: night }], 8)
  expect(digest.told.map(({ event: { words } }) => words)).toEqual(['failed', 'hot', 'node-away'])
  expect(digest.told.at(-1)?.event.until).toBe('2026-11-26T01:05:00.000Z')
  expect(digest.more).toBe(4)
  expect(digestOf([{ cluster: 'shelf', events: night }], 1).told).toHaveLength(1)
  expect(digestOf([], 8)).toEqual({ told: [], more: 0 })
})

test('the evening is the one before, at six, in the zone of the reader', () => {
  const now = new Date(2026, 10, 26, 7, 30)
  expect(evening(now)).toEqual(new Date(2026, 10, 25, 18, 0))
  expect(evening(new Date(2026, 10, 1, 23, 59))).toEqual(new Date(2026, 9, 31, 18, 0))
})

test('days of uptime: the worse of writes and pages counts, unwatched hours do not', () => {
  const start = Date.UTC(2026, 10, 24) / 1000
  const times = Array.from({ length: 60 }, (_, at) => start + at * 3600)
  const writable = times.map((_, at) => (at < 24 ? (at === 3 ? 0.9 : 1) : at < 48 ? null : 1))
  const site = times.map((_, at) => (at === 50 ? 0 : at < 24 || at >= 48 ? 1 : null))
  const series = (metric: string, average: (number | null)[]) =>
    ({ kind: 'cluster', node: '', name: '', metric, unit: 'flag', average, highest: average }) as const
  const answer: SeriesAnswer = {
    from: start,
    to: start + 60 * 3600,
    step: 3600,
    times,
    series: [series('writable', writable), series('siteUp', site)],
  }
  const days = daysOf(answer, 4, start + 60 * 3600, (epoch) => new Date(epoch * 1000).toISOString().slice(0, 10))
  expect(days.map(({ date }) => date)).toEqual(['2026-11-23', '2026-11-24', '2026-11-25', '2026-11-26'])
  expect(days.map(gradeOf)).toEqual(['unwatched', 'long', 'unwatched', 'long'])
  expect(days[1]?.down).toBeCloseTo(360)
  expect(days[3]).toMatchObject({ down: 3600, watched: 12 * 3600 })
  expect(shareUp(days)).toBeCloseTo(1 - 3960 / (36 * 3600))
  expect(shareUp(days.slice(0, 1))).toBeNull()
  const [calm] = daysOf(
    {
      ...answer,
      series: [
        series(
          'writable',
          times.map(() => 1),
        ),
      ],
    },
    1,
    start + 3600,
    () => 'x',
  )
  expect(calm && gradeOf(calm)).toBe('up')
})
