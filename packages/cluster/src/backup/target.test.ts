import { expect, it } from 'vitest'
import type { BackupRecord } from './record.ts'
import { restoreTarget } from './target.ts'

const backup = (endedAt: string): BackupRecord => ({
  ...{
    label: endedAt,
    type: 'full',
    startedAt: endedAt,
    endedAt,
    size: 1,
    added: 1,
    walStart: '',
    walStop: '',
    damaged: false,
  },
})
const day = (n: number, hour = 0) => new Date(Date.UTC(2026, 10, n, hour)).toISOString()
const all = [backup(day(1)), backup(day(3)), backup(day(5))]

it('the newest backup before the moment', () => {
  expect(restoreTarget(all, [], new Date(day(4)))).toEqual({ label: day(3), timeline: 'latest' })
  expect(restoreTarget(all, [], null)).toEqual({ label: day(5), timeline: 'latest' })
})

it('nothing before the oldest, and nothing at all', () => {
  expect(restoreTarget(all, [], new Date(day(1)))).toEqual({ refused: 'too-early' })
  expect(restoreTarget([], [], null)).toEqual({ refused: 'no-backup' })
})

/** On the 4th somebody went back to noon of the 2nd: the backup of the 3rd lies on the branch that was left. */
const restores = [{ at: day(4), to: day(2, 12), fromTimeline: 7 }]

it('after a restore: the branch that was left is found again by its timeline', () => {
  expect(restoreTarget(all, restores, new Date(day(3, 6)))).toEqual({ label: day(3), timeline: '7' })
  // The very moment of the restore is the end of the old branch: so that it can be undone.
  expect(restoreTarget(all, restores, new Date(day(4)))).toEqual({ label: day(3), timeline: '7' })
})

it('after a restore: a backup of the branch that was left is not the base of what came later', () => {
  expect(restoreTarget(all, restores, new Date(day(4, 6)))).toEqual({ label: day(1), timeline: 'latest' })
  expect(restoreTarget(all, restores, new Date(day(6)))).toEqual({ label: day(5), timeline: 'latest' })
})

it('after the data of another cluster came in: only what was made since is a base, and the old data is found again', () => {
  const foreign = [{ at: day(4), to: day(1), fromTimeline: 7, source: 'shelf' }]
  expect(restoreTarget(all, foreign, new Date(day(6)))).toEqual({ label: day(5), timeline: 'latest' })
  expect(restoreTarget(all, foreign, new Date(day(4, 6)))).toEqual({ refused: 'too-early' })
  expect(restoreTarget(all, foreign, new Date(day(4)))).toEqual({ label: day(3), timeline: '7' })
})

it('a restore of the newest state leaves nothing behind', () => {
  const newest = [{ at: day(4), to: null, fromTimeline: 7 }]
  expect(restoreTarget(all, newest, new Date(day(4, 6)))).toEqual({ label: day(3), timeline: 'latest' })
})
