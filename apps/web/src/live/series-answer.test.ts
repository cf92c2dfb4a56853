import { describe, expect, it } from 'vitest'
import { grown, missing, picked, type SeriesAnswer } from './series-answer.ts'

function answer(times: number[], values: Record<string, (number | null)[]>, step = 10): SeriesAnswer {
  const series = Object.entries(values).map(([node, average]) => ({
    ...{ kind: 'node' as const, node, name: '', metric: 'cpu', unit: 'fraction' as const },
    ...{ average, highest: average },
  }))
  return { from: times[0] ?? 0, to: (times.at(-1) ?? 0) + step, step, times, series }
}

describe('a live answer grows', () => {
  const known = answer([100, 110, 120], { 'pi-1': [1, 2, 3] })

  it('by what is new: the last bin, that was half full, is replaced, and the oldest falls out', () => {
    const newer = answer([120, 130], { 'pi-1': [9, 4] })
    const { times, series, from, to } = grown(known, newer, { from: 112, to: 140 })!
    expect([from, to]).toEqual([112, 140])
    expect(times).toEqual([110, 120, 130])
    expect(series[0]?.average).toEqual([2, 9, 4])
    expect(series[0]?.highest).toEqual([2, 9, 4])
  })
  it('by a subject that nobody knew, and keeps one that is silent', () => {
    const { series } = grown(known, answer([130], { 'pi-2': [7] }), { from: 100, to: 140 })!
    expect(series.map(({ node, average }) => [node, average])).toEqual([
      ['pi-1', [1, 2, 3, null]],
      ['pi-2', [null, null, null, 7]],
    ])
  })
  it('not over a hole, and not with bins of another width: then all is asked for anew', () => {
    expect(grown(known, answer([140, 150], { 'pi-1': [1, 1] }), { from: 100, to: 160 })).toBeNull()
    expect(grown(known, answer([120, 140], { 'pi-1': [1, 1] }, 20), { from: 100, to: 160 })).toBeNull()
  })
  it('a tab that slept asks from where it stopped, in whole bins that keep their width', () => {
    const ask = missing(known, 433)
    expect(ask).toEqual({ from: 120, to: 440, points: 32 })
    expect((ask.to - ask.from) / ask.points).toBe(known.step)
  })
})

it('of an answer to many, each chart takes what it asked for, in its order', () => {
  const all = answer([1], { 'pi-1': [1], 'pi-2': [2], 'pi-3': [3] })
  const ask = (node: string) => ({ kind: 'node' as const, node, name: '', metric: 'cpu' })
  expect(picked(all, [ask('pi-3'), ask('pi-1')]).series.map(({ node }) => node)).toEqual(['pi-3', 'pi-1'])
  expect(picked(all, [ask('*')]).series).toHaveLength(3)
  expect(picked(all, [{ ...ask('*'), metric: 'load1' }]).series).toEqual([])
})
