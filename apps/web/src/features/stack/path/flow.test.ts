import { expect, test } from 'vitest'
import type { Series, SeriesAnswer } from '@/live/series-answer.ts'
import { flowOf, highest, newest, total } from './flow.ts'

const series = (
  kind: Series['kind'],
  node: string,
  name: string,
  metric: string,
  average: (number | null)[],
): Series => ({
  kind,
  node,
  name,
  metric,
  unit: 'count',
  average,
  highest: average,
})

test('the newest value is one of the last bins, not one of an hour ago', () => {
  expect(newest([1, 2, null, null])).toBe(2)
  expect(newest([1, null, null, null, null])).toBeNull()
  expect(newest([])).toBeNull()
})

test('both balancers count together, and a bin without a look stays a gap', () => {
  const a = series('frontend', 'pi-1', 'site', 'requestRate', [10, null, null, 4])
  const b = series('frontend', 'pi-2', 'site', 'requestRate', [1, 2, null, 0])
  expect(total([a, b], 4)).toEqual([11, 2, null, 4])
})

test('the hottest Pi is named, and one that was not measured lately is not it', () => {
  const hot = series('node', 'pi-1', '', 'temperature', [90, null, null, null, null])
  const warm = series('node', 'pi-2', '', 'temperature', [50, 51, 52, 53, 54])
  expect(highest([hot, warm])).toEqual({ value: 54, node: 'pi-2', course: warm.average })
  expect(highest([])).toEqual({ value: null, node: null, course: [] })
})

test('rates of the servers are summed over the balancers', () => {
  const answer: SeriesAnswer = {
    from: 0,
    to: 20,
    step: 10,
    times: [0, 10],
    series: [
      series('server', 'pi-1', 'web/pi-3', 'sessionRate', [1, 2]),
      series('server', 'pi-2', 'web/pi-3', 'sessionRate', [0, 0.5]),
      series('postgres', 'pi-1', '', 'commits', [5, 7]),
      series('postgres', 'pi-1', '', 'rollbacks', [null, 1]),
    ],
  }
  const flow = flowOf(answer)
  expect(flow.servers.get('web/pi-3')).toBe(2.5)
  expect(flow.transactions).toMatchObject({ value: 8, course: [5, 8] })
  expect(flow.requests.value).toBeNull()
})
