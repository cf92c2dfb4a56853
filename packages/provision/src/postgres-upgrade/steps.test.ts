import { describe, expect, it } from 'vitest'
import { repositoryState } from '../facts/backup.ts'
import { begunOf } from './marks.ts'
import { explainUpgrade } from './steps.ts'

describe('what pg_upgrade says', () => {
  it('becomes a sentence with its cure', () => {
    const words = 'pg-upgrade check failed (exit 1): …\npg_upgrade refuses: It has a reg type. Found: public.t.c\n'
    expect(explainUpgrade(words)).toMatchObject({
      code: 'pg-upgrade-refuses',
      message: 'pg_upgrade cannot upgrade this database. It has a reg type. Found: public.t.c',
    })
    expect(explainUpgrade('No space left on device')).toBeNull()
  })
})

describe('the note on a node', () => {
  it('is read back, and nothing else is taken for it', () => {
    const begun = { token: '2026-05-01T12:00:00.000Z', node: 'pi-2', from: 15, to: 17 }
    expect(begunOf(JSON.stringify(begun))).toEqual(begun)
    for (const text of [null, '', '{', '{}', JSON.stringify({ ...begun, from: 9 })]) expect(begunOf(text)).toBeNull()
  })
})

describe('a repository after an upgrade', () => {
  const backup = (label: string, id: number) => ({
    label,
    type: 'full',
    database: { id },
    archive: { start: '000000010000000000000001', stop: '000000010000000000000002' },
    info: { size: 10, repository: { delta: 5 } },
    timestamp: { start: 1, stop: 2 },
  })
  const told = (ids: readonly number[]) =>
    JSON.stringify([
      {
        archive: [{ id: '15-1', max: '000000010000000000000002' }],
        backup: [backup('20260101-000000F', 1), backup('20260102-000000F', 2), backup('20260103-000000F', 3)],
        db: [15, 17, 15]
          .map((version, at) => ({ id: at + 1, version: `${version}` }))
          .filter(({ id }) => ids.includes(id)),
        status: { code: 0, message: 'ok' },
      },
    ])

  it('lists the backups that the version that runs can read', () => {
    const labels = (ids: readonly number[]) => repositoryState(told(ids)).backups.map(({ label }) => label)
    expect(labels([1, 2])).toEqual(['20260102-000000F', '20260103-000000F'])
    expect(labels([1, 2, 3])).toEqual(['20260101-000000F', '20260103-000000F'])
    expect(repositoryState(told([1, 2])).version).toBe(17)
  })
})
