import { expect, it } from 'vitest'
import { everyRun, type Filter, isFiltered, linePath, runsPath } from './run-path.ts'
import { runFilter, runsAsked } from './run-query.ts'

const queryOf = (path: string) => Object.fromEntries(new URL(path, 'http://bramble').searchParams)

it.each<Filter>([
  everyRun,
  { ...everyRun, words: 'a & b? %' },
  { ...everyRun, cluster: 'shelf', kind: 'server-switch', status: 'failed', by: 'ada+pi@example.org', when: '7d' },
  { ...everyRun, when: { from: 1_795_000_000, to: null } },
  { ...everyRun, when: { from: null, to: 0 } },
])('the address keeps %j', (filter) => expect(runsAsked(queryOf(runsPath(filter))).filter).toEqual(filter))

it('leaves out of an address what makes no sense', () => {
  const query = { q: ['x'], cluster: '../', kind: 'rm', status: 'odd', range: '9y', from: 'x', to: '-1', before: 'now' }
  expect(runsAsked(query)).toEqual({ filter: { ...everyRun, when: null }, before: undefined })
  expect(isFiltered(everyRun)).toBe(false)
})

it('turns a span into moments', () => {
  const now = Date.UTC(2026, 10, 26)
  expect(runFilter({ ...everyRun, when: '1d' }, now)).toMatchObject({ from: new Date(now - 86_400_000) })
  expect(runFilter({ ...everyRun, when: { from: 10, to: 20 } }, now)).toMatchObject({
    from: new Date(10_000),
    to: new Date(20_000),
  })
  expect(runFilter(everyRun, now)).toMatchObject({ from: undefined, to: undefined })
})

it('links to a line with what was sought', () => expect(linePath('id', 12, 'a #b')).toBe('/runs/id?find=a%20%23b#L12'))
