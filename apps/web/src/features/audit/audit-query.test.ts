import { expect, test } from 'vitest'
import { readAuditFilter } from './audit-query.ts'

const read = (query: string) => readAuditFilter(new URLSearchParams(query))

test('what stands in the address filters', () => {
  expect(read('who=ada&what=run.ended&outcome=failed&text=shelf&from=1700000000&to=1700086400')).toEqual({
    who: 'ada',
    what: 'run.ended',
    outcome: 'failed',
    text: 'shelf',
    from: new Date('2023-11-14T22:13:20Z'),
    to: new Date('2023-11-15T22:13:20Z'),
  })
})

test('what cannot be read does not', () => {
  expect(read('who=&what=DROP%20TABLE&outcome=maybe&from=yesterday&to=-1')).toEqual({})
  expect(read(`text=${'x'.repeat(201)}`)).toEqual({})
})
