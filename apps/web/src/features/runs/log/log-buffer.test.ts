import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LogLine } from '@/features/runs/view.ts'
import { append, asJsonLines, asText, emptyLog, lineOfStep, visibleRange } from './log-buffer.ts'

function line(seq: number, node: string | null = 'pi-1', step: string | null = null): LogLine {
  return { seq, at: '2026-01-01T00:00:00.000Z', node, step, stream: 'stdout', text: `line ${seq}` }
}

test('a stream that is taken up anywhere, any number of times, loses and doubles nothing', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 80 }), fc.array(fc.nat(30), { maxLength: 40 }), (total, reads) => {
      let buffer = emptyLog
      for (const size of [...reads, total]) {
        // A server may send again what the page already has: it starts up to five lines early.
        const from = Math.max(1, buffer.last - 4)
        const to = Math.min(total, buffer.last + size)
        buffer = append(
          buffer,
          Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => line(from + at)),
        )
      }
      expect(buffer.lines.map((entry) => entry.seq)).toEqual(Array.from({ length: total }, (_, at) => at + 1))
    }),
  )
})

test('the same buffer comes back when nothing is new, so that the page does not draw again', () => {
  const buffer = append(emptyLog, [line(1), line(2)])
  expect(append(buffer, [line(2)])).toBe(buffer)
})

test('draws a bounded number of rows wherever the reader stands', () => {
  expect(visibleRange(0, 400, 20, 20_000)).toEqual({ from: 0, to: 40 })
  expect(visibleRange(20_000 * 20 - 400, 400, 20, 20_000)).toEqual({ from: 19_960, to: 20_000 })
  expect(visibleRange(9_000, 400, 20, 3)).toEqual({ from: 3, to: 3 })
})

test('finds the last line of a failed step', () => {
  const lines = [line(1, 'pi-1', 'etcd/unit'), line(2, 'pi-2', 'etcd/unit'), line(3, 'pi-1', 'etcd/unit')]
  expect(lineOfStep(lines, 'pi-1', 'etcd/unit', 'last')).toBe(3)
  expect(lineOfStep(lines, 'pi-3', 'etcd/unit', 'last')).toBeNull()
})

test('is written as text and as JSON Lines, one line each whatever a line holds', () => {
  const lines = [line(1, null), { ...line(2), text: 'a "b" \u2028 c' }]
  expect(asText(lines).split('\n')).toEqual([
    '2026-01-01T00:00:00.000Z\t-\tline 1',
    '2026-01-01T00:00:00.000Z\tpi-1\ta "b" \u2028 c',
    '',
  ])
  const back = asJsonLines(lines)
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text))
  expect(back).toEqual(lines)
})
