import type { AuditEntry } from '@bramble/db/audit'
import { beforeEach, expect, test } from 'vitest'
import { RefusalLog } from './refusal-log.ts'

let written: AuditEntry[]
let due: { then: () => void; ms: number }[]
let log: RefusalLog

beforeEach(() => {
  written = []
  due = []
  log = new RefusalLog(
    async (entry) => void written.push(entry),
    (then, ms) => void due.push({ then, ms }),
  )
})

const signIn = (who: string, sender: string, target?: string) =>
  log.note({ what: 'sign-in', who, target, detail: 'wrong' }, sender)
const details = () => written.map(({ who, detail }) => `${who}: ${detail}`)

test('the first is written at once, the others of ten minutes as one line with a count', async () => {
  for (let i = 0; i < 300; i++) await signIn('ada@x.test', '10.0.0.1')
  await signIn('ada@x.test', '10.0.0.2')
  expect(details()).toEqual(['ada@x.test: wrong, from 10.0.0.1', 'ada@x.test: wrong, from 10.0.0.2'])
  expect(due.map(({ ms }) => ms)).toEqual([600_000, 600_000])
  for (const { then } of due.splice(0)) then()
  expect(details().slice(2)).toEqual(['ada@x.test: 299 more refused in 10 min, from 10.0.0.1'])
  await signIn('ada@x.test', '10.0.0.1')
  expect(details().at(-1)).toBe('ada@x.test: wrong, from 10.0.0.1')
})

test('accounts that nobody has are one line an address', async () => {
  for (let i = 0; i < 50; i++) await signIn('unknown', '10.0.0.1', `x${i}@y.test`)
  expect(written).toEqual([
    { what: 'sign-in', who: 'unknown', target: 'x0@y.test', outcome: 'refused', detail: 'wrong, from 10.0.0.1' },
  ])
})

test('more than a hundred at a time share a line', async () => {
  for (let i = 0; i < 5_000; i++) await signIn('unknown', `10.0.${i >> 8}.${i & 255}`)
  expect(written).toHaveLength(101)
  expect(details().at(-1)).toBe('unknown: wrong, from other addresses')
  for (const { then } of due.splice(0)) then()
  expect(written).toHaveLength(102)
  expect(details().at(-1)).toBe('unknown: 4899 more refused in 10 min, from other addresses')
})
