import { expect, test } from 'vitest'
import { parseCronLines } from './cron-lines.ts'

test('scheduled commands are read line by line, and a command keeps its pipes', () => {
  expect(parseCronLines('\nclean | 30 3 * * * | find tmp | xargs rm\r\n  mail|@daily|node mail.js')).toEqual({
    jobs: [
      { name: 'clean', schedule: '30 3 * * *', command: 'find tmp | xargs rm' },
      { name: 'mail', schedule: '@daily', command: 'node mail.js' },
    ],
  })
  expect(parseCronLines(' ')).toEqual({ jobs: [] })
  expect(parseCronLines('a | @daily | b\n\nclean | 30 3 * * *')).toEqual({ badLine: 3 })
  expect(parseCronLines('a | @daily | ')).toEqual({ badLine: 1 })
})
