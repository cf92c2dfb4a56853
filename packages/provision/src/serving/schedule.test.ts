/** When scheduled commands are due, as nodes reckon it. */
import { readFileSync } from 'node:fs'
import { CronJob } from '@bramble/cluster'
import { must } from '@bramble/process'
import { describe, expect, it } from 'vitest'

const source = readFileSync(new URL('./schedule.py', import.meta.url), 'utf8')

interface Asked {
  schedule: string
  /** Seconds since 1970. */
  now: number
  since?: number
  last?: number | null
}

const dueOf = async (asked: readonly Asked[], zone = 'UTC'): Promise<(number | null)[]> => {
  const script = `import json, os, sys\nos.environ['TZ'] = ${JSON.stringify(zone)}\n${source}\ntime.tzset()
print(json.dumps([due(one['schedule'], one['now'], one.get('since') or 0, one.get('last')) for one in json.load(sys.stdin)]))`
  const stdin = JSON.stringify(asked)
  return JSON.parse(await must(['python3', '-I', '-c', script], { stdin })) as (number | null)[]
}

const at = (text: string) => Date.parse(`${text}Z`) / 1000
const minute = (text: string) => at(text)

describe('a scheduled command', () => {
  // 2026-11-30 is a Monday.
  it.each([
    ['* * * * *', '2026-11-30T10:07:42', '2026-11-30T10:07:00'],
    ['*/15 * * * *', '2026-11-30T10:16:05', '2026-11-30T10:15:00'],
    ['*/15 * * * *', '2026-11-30T10:21:05', null],
    ['30 3 * * mon-fri', '2026-11-30T03:30:00', '2026-11-30T03:30:00'],
    ['30 3 * * 7', '2026-11-30T03:30:00', null],
    ['30 3 * * 7', '2026-11-29T03:31:00', '2026-11-29T03:30:00'],
    ['0 0 1 jan *', '2027-01-01T00:00:59', '2027-01-01T00:00:00'],
    // Of two restricted days, one is enough.
    ['0 5 13 * mon', '2026-11-30T05:00:00', '2026-11-30T05:00:00'],
    ['0 5 13 * mon', '2026-12-13T05:00:00', '2026-12-13T05:00:00'],
    ['0 5 13 * *', '2026-11-30T05:00:00', null],
    ['5,35 8-10/2 * * *', '2026-11-30T10:35:10', '2026-11-30T10:35:00'],
    ['5,35 8-10/2 * * *', '2026-11-30T09:35:10', null],
    ['@daily', '2026-11-30T00:04:59', '2026-11-30T00:00:00'],
    ['@hourly', '2026-11-30T00:05:00', null],
  ])('%s at %s is due for %s', async (schedule, now, expected) => {
    expect(CronJob.safeParse({ name: 'job', schedule, command: 'true' }).success).toBe(true)
    expect(await dueOf([{ schedule, now: at(now) }])).toEqual([expected === null ? null : minute(expected)])
  })

  it('runs once for each minute, and not for one before it was known', async () => {
    const now = at('2026-11-30T10:02:30')
    const one = { schedule: '0 10 * * *', now }
    expect(
      await dueOf([
        { ...one, last: at('2026-11-29T10:00:00') },
        { ...one, last: at('2026-11-30T10:00:00') },
        { ...one, since: at('2026-11-30T10:01:00') },
        { schedule: 'a b c d', now: 60_000, last: 60_000 },
      ]),
    ).toEqual([at('2026-11-30T10:00:00'), null, null, null])
  })

  it('that is due at an hour runs once when clocks are set back, and every hour goes on', async () => {
    // In Berlin 02:30 comes at 00:30 and at 01:30 UTC.
    const [first, second] = [at('2026-10-25T00:30:00'), at('2026-10-25T01:30:00')]
    const nightly = { schedule: '30 2 * * *', now: second + 5 }
    const hourly = { schedule: '30 * * * *', now: second + 5 }
    expect(
      await dueOf(
        [
          { ...nightly, now: first + 5, last: at('2026-10-24T00:30:00') },
          { ...nightly, last: first },
          { ...hourly, last: first },
        ],
        'Europe/Berlin',
      ),
    ).toEqual([first, null, second])
  })
})
