/** Counting what the test runners report. */
export interface Count {
  passed: number
  failed: number
  skipped: number
}

export interface StageResult {
  name: string
  seconds: number
  count: Count
  /** Why it was not run, or what stopped it. */
  note: string
}

export const noCount: Count = { passed: 0, failed: 0, skipped: 0 }
export const failedOnce: Count = { passed: 0, failed: 1, skipped: 0 }

export function sum(counts: readonly Count[]): Count {
  const total = { ...noCount }
  for (const { passed, failed, skipped } of counts) {
    total.passed += passed
    total.failed += failed
    total.skipped += skipped
  }
  return total
}

/** Vitest's JSON report. A file that fails before its first test (an import, a hook) is one failure. */
export function countVitest(report: unknown): Count {
  const { testResults } = report as {
    testResults: { status: string; assertionResults: { status: string }[] }[]
  }
  return sum(
    testResults.map(({ status, assertionResults }) => {
      const of = (...wanted: string[]) => assertionResults.filter((test) => wanted.includes(test.status)).length
      const failed = of('failed')
      return {
        passed: of('passed'),
        failed: status === 'failed' && failed === 0 ? 1 : failed,
        skipped: of('skipped', 'pending', 'todo', 'disabled'),
      }
    }),
  )
}

/** A table of the stages, and the total as a line of its own at the end. */
export function summary(results: readonly StageResult[]): string {
  const time = (seconds: number) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`
  const rows = results.map(({ name, seconds, count, note }) =>
    [
      name.padEnd(10),
      time(seconds).padStart(6),
      `${count.passed} passed`.padStart(12),
      `${count.failed} failed`.padStart(10),
      count.skipped > 0 ? `${count.skipped} skipped`.padStart(12) : '',
      note,
    ]
      .join(' ')
      .trimEnd(),
  )
  const total = sum(results.map(({ count }) => count))
  const seconds = results.reduce((all, one) => all + one.seconds, 0)
  return [
    ...rows,
    `${'total'.padEnd(10)} ${time(seconds).padStart(6)}`,
    '',
    `${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`,
  ].join('\n')
}
