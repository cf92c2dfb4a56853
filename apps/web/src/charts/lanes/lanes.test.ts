import { expect, it } from 'vitest'
import { stretchesOf } from './lanes.ts'

it('bins of one state that touch are one stretch, cut to the window; what was not measured is none', () => {
  const states = ['a', 'a', 'b', null, 'b'] as const
  const bins = { times: [0, 10, 20, 30, 40], step: 10 }
  expect(stretchesOf(bins, (bin) => states[bin] ?? null, { from: 5, to: 45 })).toEqual([
    { from: 5, to: 20, state: 'a' },
    { from: 20, to: 30, state: 'b' },
    { from: 40, to: 45, state: 'b' },
  ])
})
