import type { DrillView } from '@bramble/db/runs'
import { expect, test } from 'vitest'
import { quantile, summarise } from './summary.ts'

const drill = (over: Partial<DrillView>): DrillView => ({
  run: 'r',
  at: '2026-01-01T00:00:00.000Z',
  class: 'primary-kill',
  node: 'pi-2',
  synchronous: true,
  preset: 'fast',
  verdict: 'held',
  faultAt: null,
  writeOutage: 3,
  siteOutage: 1,
  acknowledged: 100,
  lost: 0,
  failedWrites: 0,
  requests: 100,
  failedRequests: 0,
  secondsToWhole: 12,
  message: '',
  ...over,
})

test('a quantile is one of the values, the middle one and the high one', () => {
  expect(quantile([5, 1, 3], 0.5)).toBe(3)
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2)
  expect(quantile([1, 2, 3, 4], 0.95)).toBe(4)
  expect(quantile([], 0.5)).toBeNull()
})

test('each class and kind of replication by itself; what was not measured does not count', () => {
  const found = summarise([
    drill({ writeOutage: 2 }),
    drill({ writeOutage: 8, lost: 0 }),
    drill({ writeOutage: null, siteOutage: null, secondsToWhole: null, verdict: 'broken-off' }),
    drill({ synchronous: false, lost: 3, siteOutage: null }),
    drill({ class: 'clock-skew', writeOutage: null }),
  ])
  expect(found).toEqual([
    { class: 'primary-kill', synchronous: true, count: 2, writes50: 2, writes95: 8, site95: 1, lost: 0, whole50: 12 },
    {
      class: 'primary-kill',
      synchronous: false,
      count: 1,
      writes50: 3,
      writes95: 3,
      site95: null,
      lost: 3,
      whole50: 12,
    },
  ])
})
