import { expect, test } from 'vitest'
import { exportFormats } from './audit-export.ts'

const entry = {
  id: '1',
  at: '2026-01-01T00:00:00.000Z',
  who: 'ada@example.test',
  what: 'user.create',
  target: null,
  outcome: 'done' as const,
  detail: null,
}

test.each([
  ['=HYPERLINK("http://evil.example","x")', `"'=HYPERLINK(""http://evil.example"",""x"")"`],
  ['+1', "'+1"],
  ['-1+1', "'-1+1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['\r=1', `"'\r=1"`],
  ['  =1', "'  =1"],
  ['a "quoted", text', '"a ""quoted"", text"'],
  ['two\nlines', '"two\nlines"'],
  ['3 of 4', '3 of 4'],
])('the cell %j cannot be a formula, nor break its row', (detail, written) => {
  expect(exportFormats.csv.line({ ...entry, detail })).toBe(
    `2026-01-01T00:00:00.000Z,ada@example.test,user.create,,done,${written}\r\n`,
  )
})

test('a line of JSON is one line, whatever stands in it', () => {
  const line = exportFormats.jsonl.line({ ...entry, detail: 'a\n"b"\u2028' })
  expect(line.split('\n')).toHaveLength(2)
  expect(JSON.parse(line)).toMatchObject({ time: entry.at, detail: 'a\n"b"\u2028', target: null })
})
