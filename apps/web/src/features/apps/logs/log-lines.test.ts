import { expect, test } from 'vitest'
import { choices, matching, mostLines, withLines } from './log-lines.ts'

const line = (second: number, node: string, text: string, process = 'web') => ({
  at: new Date(1_800_000_000_000 + second * 1000).toISOString(),
  ...{ node, text, process },
})

test('lines of a node that answers late stand where they belong, and equal times stay as they came', () => {
  const first = withLines([], [line(1, 'pi-1', 'a'), line(5, 'pi-1', 'd'), line(5, 'pi-1', 'e')])
  const all = withLines(first, [line(2, 'pi-2', 'b'), line(3, 'pi-2', 'c')])
  expect(all.map(({ text }) => text).join('')).toBe('abcde')
  expect(new Set(all.map(({ number }) => number)).size).toBe(5)
})

test('only the newest lines are kept', () => {
  const many = Array.from({ length: mostLines + 10 }, (_, at) => line(at, 'pi-1', `${at}`))
  expect(withLines([], many)).toHaveLength(mostLines)
  expect(withLines([], many)[0]!.text).toBe('10')
})

test('lines are found by words, process and node', () => {
  const lines = withLines([], [line(1, 'pi-1', 'GET /a'), line(2, 'pi-2', 'get /b'), line(3, 'pi-2', 'job', 'worker')])
  const found = (change: object) => matching(lines, { search: '', process: '', node: '', ...change }).length
  expect([found({}), found({ search: ' GET' }), found({ node: 'pi-2' }), found({ process: 'worker' })]).toEqual([
    3, 2, 2, 1,
  ])
  expect([choices(lines, 'process'), choices(lines, 'node')]).toEqual([
    ['web', 'worker'],
    ['pi-1', 'pi-2'],
  ])
})
