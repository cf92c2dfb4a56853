import { describe, expect, it } from 'vitest'
import { drillDue, dueBackup, lastSlot, nextSlot, oldestAllowed } from './schedule.ts'
import { BackupSchedule } from './spec.ts'

const at = (text: string) => new Date(text)
const schedule = (change: Partial<BackupSchedule> = {}) => BackupSchedule.parse(change)

describe('the times of a schedule', () => {
  it('are those of the cluster’s own clock, summer and winter', () => {
    expect(nextSlot(schedule(), 'Europe/Zurich', at('2026-07-15T12:00:00Z')).at).toEqual(at('2026-07-16T01:00:00Z'))
    expect(nextSlot(schedule(), 'Europe/Zurich', at('2026-12-15T12:00:00Z')).at).toEqual(at('2026-12-16T02:00:00Z'))
    expect(lastSlot(schedule(), 'America/Los_Angeles', at('2026-12-16T10:59:59Z')).at).toEqual(
      at('2026-12-15T11:00:00Z'),
    )
  })

  it('come on the night in which the clock jumps as well', () => {
    // 02:30 does not exist in Zurich on 29 March 2026; 02:30 exists twice on 25 October.
    const half = schedule({ time: '02:30' })
    const spring = nextSlot(half, 'Europe/Zurich', at('2026-03-28T12:00:00Z')).at
    expect([at('2026-03-29T00:30:00Z'), at('2026-03-29T01:30:00Z')]).toContainEqual(spring)
    const autumn = nextSlot(half, 'Europe/Zurich', at('2026-10-24T12:00:00Z')).at
    expect([at('2026-10-25T00:30:00Z'), at('2026-10-25T01:30:00Z')]).toContainEqual(autumn)
  })

  it('are full on their day and small on the others', () => {
    // 29 November 2026 is a Sunday.
    expect(nextSlot(schedule(), 'Etc/UTC', at('2026-11-28T12:00:00Z'))).toMatchObject({ type: 'full' })
    expect(nextSlot(schedule(), 'Etc/UTC', at('2026-11-29T12:00:00Z'))).toMatchObject({ type: 'diff' })
    const weekly = schedule({ between: 'none' })
    expect(nextSlot(weekly, 'Etc/UTC', at('2026-11-29T12:00:00Z')).at).toEqual(at('2026-12-06T03:00:00Z'))
    expect(lastSlot(weekly, 'Etc/UTC', at('2026-12-05T12:00:00Z')).at).toEqual(at('2026-11-29T03:00:00Z'))
  })
})

describe('what is due', () => {
  const full = (ended: string) => ({ type: 'full' as const, endedAt: at(ended) })
  const due = (now: string, backups: { type: 'full' | 'diff'; endedAt: Date }[], lastAsked: string | null = null) =>
    dueBackup({
      schedule: schedule(),
      timezone: 'Etc/UTC',
      backups,
      lastAsked: lastAsked === null ? null : at(lastAsked),
      now: at(now),
    })

  it('the first one at once, and it is full', () => expect(due('2026-11-27T12:00:00Z', [])).toBe('full'))

  it('nothing until the next time', () => {
    const made = [full('2026-11-27T03:04:00Z')]
    expect(due('2026-11-28T02:59:59Z', made)).toBeNull()
    expect(due('2026-11-28T03:00:00Z', made)).toBe('diff')
    expect(due('2026-11-29T03:00:00Z', made)).toBe('full')
  })

  it('what was slept through is made up for', () => {
    expect(due('2026-12-01T12:00:00Z', [full('2026-11-22T03:00:00Z')])).toBe('full')
    expect(due('2026-11-28T23:00:00Z', [full('2026-11-22T03:00:00Z')])).toBe('diff')
  })

  it('what failed is tried again after an hour, not at once', () => {
    const made = [full('2026-11-27T03:04:00Z')]
    expect(due('2026-11-28T03:30:00Z', made, '2026-11-28T03:00:00Z')).toBeNull()
    expect(due('2026-11-28T04:00:00Z', made, '2026-11-28T03:00:00Z')).toBe('diff')
  })

  it('a drill after a backup, once a week, and never when it is not wanted', () => {
    const backups = [full('2026-11-27T03:00:00Z')]
    const drill = (now: string, lastAsked: string | null, change: Partial<BackupSchedule> = {}) =>
      drillDue({ schedule: schedule(change), backups, lastAsked: lastAsked ? at(lastAsked) : null, now: at(now) })
    expect(drill('2026-11-27T03:30:00Z', null)).toBe(false)
    expect(drill('2026-11-27T04:00:00Z', null)).toBe(true)
    expect(drill('2026-12-03T04:00:00Z', '2026-11-27T04:00:00Z')).toBe(false)
    expect(drill('2026-12-04T04:00:00Z', '2026-11-27T04:00:00Z')).toBe(true)
    expect(drill('2027-12-04T04:00:00Z', null, { drill: 'never' })).toBe(false)
  })

  it('old is what is older than two times allow', () => {
    expect(oldestAllowed(schedule())).toBe(36 * 3600)
    expect(oldestAllowed(schedule({ between: 'none' }))).toBe(7.5 * 86_400)
  })
})
