import fc from 'fast-check'
import { expect, test } from 'vitest'
import { resolutionFor, tiers } from './tiers.ts'

const day = 86_400
const now = 1_800_000_000
const chosen = (span: number, points = 360) => {
  const { tier, step } = resolutionFor(now - span, now, points, now)
  return [tier.name, step]
}

test('the ranges of the dashboard', () => {
  expect(chosen(900)).toEqual(['raw', 10])
  expect(chosen(3600)).toEqual(['raw', 10])
  expect(chosen(6 * 3600)).toEqual(['minute', 60])
  expect(chosen(day)).toEqual(['minute', 300])
  expect(chosen(7 * day)).toEqual(['ten', 1800])
  expect(chosen(30 * day)).toEqual(['hour', 7200])
  expect(chosen(365 * day)).toEqual(['day', 2 * day])
})

test('what is older than fine samples are kept comes from coarser ones', () => {
  const at = (age: number) => {
    const { tier, step } = resolutionFor(now - age, now - age + 900, 360, now)
    return [tier.name, step]
  }
  expect(at(1.9 * day)).toEqual(['raw', 10])
  expect(at(2.1 * day)).toEqual(['minute', 60])
  expect(at(31 * day)).toEqual(['hour', 3600])
  expect(at(900 * day)).toEqual(['day', day])
})

test('whatever is asked: whole bins, no more points than wanted, few rows', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1, max: 3 * 365 * day, noNaN: true }),
      fc.double({ min: 0, max: 2 * 365 * day, noNaN: true }),
      fc.integer({ min: 1, max: 2_000 }),
      (span, age, points) => {
        const { tier, step } = resolutionFor(now - age - span, now - age, points, now)
        expect(step % tier.seconds).toBe(0)
        expect(Math.ceil(span / step)).toBeLessThanOrEqual(points)
        if (age + span <= tier.keep) expect(span / tier.seconds).toBeLessThanOrEqual(12 * Math.max(points, 360))
      },
    ),
  )
  // A step that a coarser tier could give too would read more rows than needed.
  for (const [at, { seconds }] of tiers.entries()) expect((tiers[at + 1]?.seconds ?? seconds) % seconds).toBe(0)
})
