import { expect, test } from 'vitest'
import { useDatabase } from '../../test/database.ts'
import { pool } from '../store/connection.ts'
import { type AuditFilter, auditedVerbs, listAudit, recordAudit } from './audit.ts'

useDatabase()

test('it is filtered by who, what, outcome, words and time, and read page by page', async () => {
  await recordAudit({ who: 'ada@example.test', what: 'cluster.create', target: 'shelf', outcome: 'done' })
  await recordAudit({
    who: 'bob@example.test',
    what: 'cluster.create',
    target: 'desk',
    outcome: 'refused',
    detail: 'The name shelf%_ is taken',
  })
  await recordAudit({ who: 'ada@example.test (token nightly)', what: 'image.add', target: 'trixie', outcome: 'done' })
  await pool().query("update audit set at = '2026-01-02T12:00:00Z' where target = 'desk'")
  const found = async (filter: AuditFilter) => (await listAudit(filter)).entries.map(({ target }) => target)

  expect(await found({})).toEqual(['trixie', 'desk', 'shelf'])
  expect(await found({ who: 'ADA@' })).toEqual(['trixie', 'shelf'])
  expect(await found({ who: 'nightly' })).toEqual(['trixie'])
  expect(await found({ what: 'cluster.create' })).toEqual(['desk', 'shelf'])
  expect(await found({ outcome: 'refused' })).toEqual(['desk'])
  expect(await found({ text: 'SHELF' })).toEqual(['desk', 'shelf'])
  expect(await found({ text: '%' })).toEqual(['desk'])
  const day = (n: number) => new Date(Date.UTC(2026, 0, n))
  expect(await found({ from: day(2), to: day(3) })).toEqual(['desk'])
  expect(await found({ from: day(3) })).toEqual(['trixie', 'shelf'])
  expect(await found({ from: day(3), who: 'bob' })).toEqual([])

  const first = await listAudit({ limit: 2 })
  const second = await listAudit({ limit: 2, before: first.next ?? '' })
  expect([...first.entries, ...second.entries].map(({ target }) => target)).toEqual(['trixie', 'desk', 'shelf'])
  expect(second.next).toBeNull()
  expect(await auditedVerbs()).toEqual(['cluster.create', 'image.add'])
})
