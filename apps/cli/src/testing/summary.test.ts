import { expect, test } from 'vitest'
import { countVitest, failedOnce, noCount, sum, summary } from './summary.ts'

const file = (status: string, ...tests: string[]) => ({ status, assertionResults: tests.map((s) => ({ status: s })) })

test('vitest: tests are counted, a file that dies before its first test is a failure', () => {
  const testResults = [
    file('passed', 'passed', 'skipped'),
    file('failed', 'passed', 'failed', 'failed'),
    file('failed'),
  ]
  expect(countVitest({ testResults })).toEqual({ passed: 2, failed: 3, skipped: 1 })
})

test('vitest: a hook that fails after the tests passed is a failure', () => {
  expect(countVitest({ testResults: [file('failed', 'passed')] })).toEqual({ passed: 1, failed: 1, skipped: 0 })
})

test('the last line of the summary is the total and nothing else', () => {
  const lines = summary([
    { name: 'lint', seconds: 1.2, count: { ...noCount, passed: 1 }, note: '' },
    { name: 'unit', seconds: 61, count: { passed: 40, failed: 0, skipped: 2 }, note: '' },
    { name: 'browser', seconds: 5, count: failedOnce, note: 'the runner left no report' },
  ]).split('\n')
  expect(lines.at(-1)).toBe('41 passed, 1 failed, 2 skipped')
  expect(lines[1]).toMatch(/^unit +1:01 +40 passed +0 failed +2 skipped$/)
  expect(lines[2]).toMatch(/the runner left no report$/)
})

test('sum of nothing is nothing', () => expect(sum([])).toEqual(noCount))
