import { expect, it } from 'vitest'
import { responseTimeBounds, responseTimeQuantile } from './response-times.ts'

const counts = (places: Record<number, number>) =>
  Array.from({ length: responseTimeBounds.length + 1 }, (_, at) => places[at] ?? 0)

it('is within the class that holds the request', () => {
  // 90 requests of 5 to 10 ms, 10 of 500 to 1000 ms.
  const mixed = counts({ 2: 90, 8: 10 })
  expect(responseTimeQuantile(mixed, 0.5)).toBeCloseTo(5 + (5 * 50) / 90)
  expect(responseTimeQuantile(mixed, 0.95)).toBeCloseTo(750)
  expect(responseTimeQuantile(mixed, 1)).toBe(1_000)
})

it('is unknown without requests, and at least the longest bound beyond it', () => {
  expect(responseTimeQuantile(counts({}), 0.95)).toBeUndefined()
  expect(responseTimeQuantile(counts({ 13: 4 }), 0.5)).toBe(30_000)
})

it('never falls as the share rises', () => {
  const some = counts({ 0: 3, 3: 1, 4: 7, 13: 2 })
  const all = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 1].map((q) => responseTimeQuantile(some, q)!)
  expect(all).toEqual(all.toSorted((a, b) => a - b))
})
