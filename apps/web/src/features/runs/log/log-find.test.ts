import { describe, expect, it } from 'vitest'
import type { LogLine } from '@/features/runs/view.ts'
import { cut, everyLine, type LineFilter, lineAt, lineOfHash, sift, step } from './log-find.ts'

const line = (seq: number, text: string, change: Partial<LogLine> = {}): LogLine => ({
  ...{ seq, text, at: '2026-11-26T10:00:00.000Z', node: 'pi-1', step: null, stream: 'stdout' },
  ...change,
})

describe('sift', () => {
  const log = [
    line(1, 'Planned', { node: null, stream: 'bramble' }),
    line(2, 'Setting up HAProxy'),
    line(3, 'warning', { stream: 'stderr' }),
    line(4, 'haproxy is up', { node: 'pi-2' }),
  ]
  const seqs = (lines: readonly LogLine[]) => lines.map(({ seq }) => seq)

  it('keeps a node’s lines and the run’s own, of one stream or all', () => {
    const of = (filter: Partial<LineFilter>) => seqs(sift(log, { ...everyLine, ...filter }, '', null).lines)
    expect(of({})).toEqual([1, 2, 3, 4])
    expect(of({ node: 'pi-1' })).toEqual([1, 2, 3])
    expect(of({ stream: 'stderr' })).toEqual([3])
    expect(of({ node: 'pi-2', stream: 'bramble' })).toEqual([1])
  })
  it('finds in any case, in the places of the lines that are shown', () => {
    expect(sift(log, everyLine, 'haproxy', null).matches).toEqual([1, 3])
    const filter = { ...everyLine, node: 'pi-2' }
    expect(sift(log, filter, 'haproxy', null).matches).toEqual([1])
    expect(sift(log, everyLine, '', null).matches).toEqual([])
  })
  it('goes on where it ended when the log grew, with the same answer as from the start', () => {
    const filter: LineFilter = { node: 'pi-1', stream: 'all' }
    let sieve = sift(log.slice(0, 1), filter, 'a', null)
    for (let count = 2; count <= log.length; count++) sieve = sift(log.slice(0, count), filter, 'a', sieve)
    expect(sieve).toEqual(sift(log, filter, 'a', null))
    expect(sift(sieve.source, filter, 'a', sieve)).toBe(sieve)
  })
  it('begins anew with another log, needle or filter', () => {
    const before = sift(log, everyLine, 'haproxy', null)
    const other = [line(7, 'haproxy'), ...log]
    expect(sift(other, everyLine, 'haproxy', before).matches).toEqual([0, 2, 4])
    expect(sift(log, everyLine, 'warn', before).matches).toEqual([2])
    expect(seqs(sift(log, { node: 'pi-2', stream: 'all' }, 'haproxy', before).lines)).toEqual([1, 4])
  })
})

it('steps to the next and the one before, round the ends', () => {
  expect([step([2, 5, 9], -1, 1), step([2, 5, 9], 5, 1), step([2, 5, 9], 9, 1)]).toEqual([2, 9, 2])
  expect([step([2, 5, 9], 5, -1), step([2, 5, 9], 2, -1)]).toEqual([2, 9])
  expect(step([], 3, 1)).toBeNull()
})

it('cuts a text at every match, as it is written', () => {
  expect(cut('HAProxy and haproxy', 'haproxy')).toEqual(['', 'HAProxy', ' and ', 'haproxy', ''])
  expect(cut('aaa', 'a').filter((_, at) => at % 2 === 1)).toEqual(['a', 'a', 'a'])
  expect(cut('none', 'x')).toEqual(['none'])
  expect(cut('<b>', '')).toEqual(['<b>'])
  expect(cut('İstanbul pi', 'pi').join('')).toBe('İstanbul pi')
})

describe('lineAt', () => {
  const at = (hour: number, minute: number, second: number, day = 26) =>
    new Date(2026, 10, day, hour, minute, second, 500).toISOString()
  const log = [at(23, 59, 50), at(23, 59, 58), at(0, 0, 3, 27), at(0, 1, 0, 27)].map((time, i) =>
    line(i + 1, 'x', { at: time }),
  )
  it.each([
    ['23:59:50', 0],
    ['23:59:55', 1],
    ['23:59:59', 2],
    ['00:00', 2],
    ['00:00:04', 3],
    ['12:00', 3],
    ['23:59:49', 3],
  ])('%s', (clock, place) => expect(lineAt(log, clock)).toBe(place))
  it('knows no place in an empty log or at no time', () => {
    expect([lineAt([], '10:00'), lineAt(log, ''), lineAt(log, 'x:y')]).toEqual([null, null, null])
  })
})

it('reads a line from an address', () => {
  expect(['#L12', '#L0', '#L', '#l12', '#L12x', ''].map(lineOfHash)).toEqual([12, null, null, null, null, null])
})
