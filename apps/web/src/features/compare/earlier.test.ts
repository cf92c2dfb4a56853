import { expect, it } from 'vitest'
import { beforeWords, earlierWindow, laidOver, summaryOf } from './earlier.ts'

it('earlier bins lie over the present ones; what lies outside is a gap', () => {
  const present = { times: [1000, 1010, 1020], step: 10 }
  const earlier = { times: [900, 910, 920], step: 10 }
  expect(laidOver([1, null, 3], earlier, present, 100)).toEqual([1, null, 3])
  expect(laidOver([1, 2, 3], earlier, present, 110)).toEqual([null, 1, 2])
  expect(laidOver([7], { times: [900], step: 30 }, present, 100)).toEqual([7, 7, 7])
})

it('the window of the past moves in jumps and holds what is shown', () => {
  const a = earlierWindow({ from: 10_000, to: 13_600 }, 86_400)
  expect(earlierWindow({ from: 10_005, to: 13_605 }, 86_400)).toEqual(a)
  expect(a.from).toBeLessThanOrEqual(10_000 - 86_400)
  expect(a.to).toBeGreaterThanOrEqual(13_600 - 86_400)
})

it('sums up what is known', () => {
  expect(summaryOf({ average: [1, null, 3], highest: [2, null, 9] })).toEqual({ average: 2, lowest: 1, highest: 9 })
  expect(summaryOf({ average: [null] })).toEqual({ average: null, lowest: null, highest: null })
})

it('says how long before', () => {
  expect([86_400, 7 * 86_400, 3 * 86_400, 7200, 5400].map(beforeWords)).toEqual([
    'the day before',
    'the week before',
    '3 days before',
    '2 hours before',
    '90 minutes before',
  ])
})
