import { describe, expect, it } from 'vitest'
import { Throttle } from './throttle.ts'

describe('the throttle', () => {
  it('lets the limit pass, then says how long to wait, then lets pass again', () => {
    let now = 0
    const throttle = new Throttle(3, 60, () => now)
    expect([1, 2, 3].map(() => throttle.take('a'))).toEqual([0, 0, 0])
    expect(throttle.take('a')).toBe(60)
    now = 45_000
    expect(throttle.take('a')).toBe(15)
    now = 60_000
    expect(throttle.take('a')).toBe(0)
  })

  it('keeps accounts apart and forgets one after a success', () => {
    const throttle = new Throttle(1, 60, () => 0)
    expect(throttle.take('a')).toBe(0)
    expect(throttle.take('b')).toBe(0)
    expect(throttle.take('a')).toBeGreaterThan(0)
    throttle.clear('a')
    expect(throttle.take('a')).toBe(0)
  })

  it('a refused try does not lengthen the wait', () => {
    let now = 0
    const throttle = new Throttle(1, 60, () => now)
    throttle.take('a')
    for (now = 1000; now < 60_000; now += 1000) expect(throttle.take('a')).toBeGreaterThan(0)
    expect(throttle.take('a')).toBe(0)
  })
})
