import { type TimelineEvent, TimelineKind } from '@bramble/cluster'
import { expect, test } from 'vitest'
import { daysOf, filterOf, groupOf, matches, momentPath, tallyOf, withFilter } from './groups.ts'

const event = (at: string, kind: TimelineEvent['kind'], more: Partial<TimelineEvent> = {}): TimelineEvent => ({
  id: at + kind,
  at,
  until: null,
  kind,
  level: 'info',
  node: null,
  words: kind,
  link: null,
  ...more,
})

test('every kind of event has its group', () => {
  for (const kind of TimelineKind.options) expect(groupOf(kind), kind).toBeDefined()
})

test('the filter stands in the address, beside what else stands there', () => {
  const asked = new URLSearchParams('range=7d&kind=pis,nonsense,primary&node=pi-2')
  const filter = filterOf(asked, ['pi-1', 'pi-2'])
  expect(filter).toEqual({ groups: ['primary', 'pis'], node: 'pi-2' })
  expect(filterOf(asked, ['pi-1']).node).toBeNull()
  expect(withFilter(asked, { groups: ['runs'], node: null }).toString()).toBe('range=7d&kind=runs')
  expect(matches(event('', 'node-away', { node: 'pi-2' }), filter)).toBe(true)
  expect(matches(event('', 'node-away', { node: 'pi-1' }), filter)).toBe(false)
  expect(matches(event('', 'run', { node: 'pi-2' }), filter)).toBe(false)
  expect(matches(event('', 'run'), { groups: [], node: null })).toBe(true)
})

test('days and their events stand newest first', () => {
  const list = [
    event('2026-11-25T10:00:00.000Z', 'run'),
    event('2026-11-26T01:00:00.000Z', 'node-away'),
    event('2026-11-26T02:00:00.000Z', 'node-back'),
  ]
  const days = daysOf(list, (at) => at.toISOString().slice(0, 10))
  expect(days.map(({ key, events }) => [key, events.map(({ kind }) => kind)])).toEqual([
    ['2026-11-26', ['node-back', 'node-away']],
    ['2026-11-25', ['run']],
  ])
})

test('the sum of a window: changes, seconds without a primary, what still goes on until now', () => {
  const list = [
    event('2026-11-26T03:00:00.000Z', 'primary-lost'),
    event('2026-11-26T03:00:21.000Z', 'primary-changed'),
    event('2026-11-26T04:00:00.000Z', 'node-away', { node: 'pi-1' }),
    event('2026-11-26T05:00:00.000Z', 'primary-lost'),
    event('2026-11-26T05:00:00.000Z', 'run', { level: 'critical' }),
  ]
  expect(tallyOf(list, Date.parse('2026-11-26T05:00:10.000Z'))).toEqual({
    changes: 1,
    withoutPrimary: 31,
    away: 1,
    alerts: 0,
    failedRuns: 1,
  })
})

test('from an event to the charts that show it, with ten minutes around', () => {
  const at = Date.UTC(2026, 10, 26, 3)
  const epoch = at / 1000
  const iso = new Date(at).toISOString()
  const later = at + 86_400_000
  const until = new Date(at + 60_000).toISOString()
  expect(momentPath('shelf', event(iso, 'primary-lost', { until }), later)).toBe(
    `/clusters/shelf/postgres?from=${epoch - 600}&to=${epoch + 660}`,
  )
  expect(momentPath('shelf', event(iso, 'node-away', { node: 'pi-2' }), at + 5000)).toBe(
    `/clusters/shelf/nodes/pi-2?from=${epoch - 600}&to=${epoch + 5}`,
  )
  expect(momentPath('shelf', event(iso, 'vip-moved', { node: 'pi-2' }), later)).toContain('/haproxy?')
})
