import { describe, expect, it } from 'vitest'
import { rangeOf, resumed, stepped, widened, windowOf, withRange, zoomed } from './range.ts'

const parsed = (query: string) => rangeOf(new URLSearchParams(query))

describe('the range in the address', () => {
  it.each([
    ['', { live: '1h' }],
    ['range=30d', { live: '30d' }],
    ['range=soon', { live: '1h' }],
    ['from=1000&to=2000', { from: 1000, to: 2000 }],
    ['from=2000&to=1000&range=6h', { live: '6h' }],
    ['from=-1&to=x', { live: '1h' }],
  ])('%s', (query, range) => {
    expect(parsed(query)).toEqual(range)
  })
  it('goes there and back, and leaves the rest alone', () => {
    for (const range of [{ live: '1y' }, { live: '1h' }, { from: 10, to: 99 }] as const) {
      const query = withRange(new URLSearchParams('m=node::cpu&range=6h'), range)
      expect(rangeOf(query)).toEqual(range)
      expect(query.get('m')).toBe('node::cpu')
    }
  })
})

describe('moving in time', () => {
  it('a slip of the hand is widened to a minute', () => {
    expect(zoomed(1010, 1000)).toEqual({ from: 975, to: 1035 })
    expect(zoomed(5000, 1000)).toEqual({ from: 1000, to: 5000 })
  })
  it('a step is half a window, and past now it is live again', () => {
    expect(stepped({ live: '1h' }, -1, 10_000)).toEqual({ from: 4600, to: 8200 })
    expect(stepped({ from: 4600, to: 8200 }, 1, 10_000)).toEqual({ live: '1h' })
    expect(stepped({ from: 1000, to: 2000 }, 1, 10_000)).toEqual({ from: 1500, to: 2500 })
  })
  it('goes on live with the span that is nearest', () => {
    expect(resumed({ from: 0, to: 4000 })).toEqual({ live: '1h' })
    expect(resumed({ from: 0, to: 500_000 })).toEqual({ live: '7d' })
  })
  it('widens around the middle, but not into the future', () => {
    expect(widened({ from: 1000, to: 2000 }, 9000)).toEqual({ from: 500, to: 2500 })
    expect(widened({ from: 1000, to: 2000 }, 2000)).toEqual({ from: 0, to: 2000 })
  })
  it('a live window ends now', () => {
    expect(windowOf({ live: '15m' }, 2000)).toEqual({ from: 1100, to: 2000 })
  })
})
