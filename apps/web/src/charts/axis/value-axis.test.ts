import type { Unit } from '@bramble/cluster'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { valueAxis } from './value-axis.ts'

describe('the value axis', () => {
  it('has round steps of its unit', () => {
    expect(valueAxis([0, 0.83], 'fraction').ticks).toEqual([0, 0.25, 0.5, 0.75, 1])
    expect(valueAxis([0, 3_000_000], 'bytes').ticks.map((tick) => tick / 1024 ** 2)).toEqual([0, 1, 2, 3])
    expect(valueAxis([0, 17], 'count').ticks).toEqual([0, 5, 10, 15, 20])
    expect(valueAxis([0, 1500], 'seconds').ticks.map((tick) => tick / 60)).toEqual([0, 10, 20, 30])
  })
  it('never rises above the whole, and reaches up to the limit', () => {
    expect(valueAxis([0.97], 'fraction').max).toBe(1)
    expect(valueAxis([12], 'count', { reach: 40 }).max).toBe(40)
  })
  it('makes no storm of noise near nothing', () => {
    expect(valueAxis([0.001, 0.002], 'fraction').max).toBeGreaterThanOrEqual(0.04)
    expect(valueAxis([0, 0], 'per-second').max).toBe(1)
    expect(valueAxis([1 / 900], 'per-second').max).toBeLessThan(0.01)
  })
  it('begins below the coldest temperature, and below nothing when there is less', () => {
    const heat = valueAxis([47, 58], 'celsius')
    expect([heat.min, heat.max]).toEqual([40, 60])
    expect(valueAxis([-0.002, 0.001], 'seconds').min).toBeLessThanOrEqual(-0.002)
  })
  it('begins where the values are when it is afloat', () => {
    const { min, max } = valueAxis([0.96, 0.995], 'fraction', { afloat: true })
    expect(min).toBeGreaterThan(0.8)
    expect(max).toBe(1)
  })
  it('holds all values between few ticks, whatever they are', () => {
    const units: Unit[] = [
      'fraction',
      'count',
      'per-second',
      'bytes',
      'bytes-per-second',
      'seconds',
      'milliseconds',
      'celsius',
      'hertz',
    ]
    fc.assert(
      fc.property(
        fc.constantFrom(...units),
        fc.array(fc.double({ min: 0, max: 1e12, noNaN: true }), { minLength: 1, maxLength: 20 }),
        (unit, values) => {
          const given =
            unit === 'fraction'
              ? values.map((value) => value / 1e12)
              : unit === 'celsius'
                ? values.map((value) => value / 1e10)
                : values
          const { min, max, ticks } = valueAxis(given, unit)
          expect(min).toBeLessThanOrEqual(Math.min(...given))
          expect(max * (1 + 1e-9)).toBeGreaterThanOrEqual(Math.max(...given))
          expect(ticks.length).toBeGreaterThanOrEqual(2)
          expect(ticks.length).toBeLessThanOrEqual(8)
          expect(ticks).toEqual([...ticks].sort((a, b) => a - b))
        },
      ),
    )
  })
})
