import { describe, expect, it } from 'vitest'
import { binAt, gapsOf, latest, lonely, stacked } from './curve.ts'

const bins = { times: [100, 110, 120, 130, 140], step: 10 }
const of = (...average: (number | null)[]) => ({ average })

describe('gaps', () => {
  it('are where no curve has a value', () => {
    const curves = [of(1, null, null, 2, 3), of(null, null, null, null, 1)]
    expect(gapsOf(bins, curves, { from: 100, to: 150 })).toEqual([{ from: 110, to: 130 }])
  })
  it('are not where one curve goes on', () => {
    expect(gapsOf(bins, [of(1, null, 1, 1, 1), of(1, 1, 1, 1, 1)], { from: 100, to: 150 })).toEqual([])
  })
  it('are before the first bin and after the last, but the newest bins may still be empty', () => {
    expect(gapsOf(bins, [of(1, 1, 1, 1, 1)], { from: 0, to: 400 })).toEqual([
      { from: 0, to: 100 },
      { from: 150, to: 400 },
    ])
    expect(gapsOf(bins, [of(1, 1, 1, 1, null)], { from: 100, to: 151 })).toEqual([])
  })
  it('are the whole window without bins', () => {
    expect(gapsOf({ times: [], step: 10 }, [], { from: 1, to: 9 })).toEqual([{ from: 1, to: 9 }])
  })
})

it('a point without neighbours is lonely', () => {
  expect([...lonely([1, null, 2, null, 3, 4])]).toEqual([0, 2])
})

it('curves on top of each other leave a gap a gap', () => {
  expect(stacked([of(1, null, 2), of(3, 4, null)], 3)).toEqual([
    [[0, 1], null, [0, 2]],
    [[1, 4], [0, 4], null],
  ])
})

it('a moment finds its bin, or the nearest', () => {
  expect([95, 100, 109, 110, 999].map((moment) => binAt(bins, moment))).toEqual([0, 0, 0, 1, 4])
  expect(binAt({ times: [100, 200], step: 10 }, 190)).toBe(1)
  expect(binAt({ times: [], step: 10 }, 1)).toBeNull()
})

it('what is old is not the latest', () => {
  expect(latest(of(1, 2, 3, null, null), bins, 150)).toBe(3)
  expect(latest(of(1, 2, 3, null, null), bins, 300)).toBeNull()
})
