import { afterAll, describe, expect, it } from 'vitest'

const zone = process.env.TZ
process.env.TZ = 'Europe/Zurich'
// Only now: it takes the zone when it is loaded.
const { momentWords, timeTicks, windowWords } = await import('./time-axis.ts')
afterAll(() => {
  if (zone === undefined) delete process.env.TZ
  else process.env.TZ = zone
})
const at = (iso: string) => Date.parse(iso) / 1000
const labels = (from: string, to: string, width = 800) => timeTicks(at(from), at(to), width).map(({ label }) => label)

describe('the time axis', () => {
  it('stands on round local times', () => {
    expect(labels('2026-11-25T08:53:00Z', '2026-11-25T09:53:00Z')).toEqual([
      '10:00',
      '10:10',
      '10:20',
      '10:30',
      '10:40',
      '10:50',
    ])
    expect(labels('2026-11-25T08:53:10Z', '2026-11-25T08:54:12Z', 400)).toEqual(['09:53:30', '09:54:00'])
  })
  it('says the day at midnight', () => {
    expect(labels('2026-11-24T16:00:00Z', '2026-11-25T16:00:00Z')).toEqual([
      '18:00',
      '21:00',
      '25 Nov',
      '03:00',
      '06:00',
      '09:00',
      '12:00',
      '15:00',
    ])
  })
  it('has days, weeks and months over long times', () => {
    expect(labels('2026-11-18T10:00:00Z', '2026-11-25T10:00:00Z')).toEqual([
      '19 Nov',
      '20 Nov',
      '21 Nov',
      '22 Nov',
      '23 Nov',
      '24 Nov',
      '25 Nov',
    ])
    expect(labels('2026-10-26T10:00:00Z', '2026-11-25T10:00:00Z', 500)).toEqual(['2 Nov', '9 Nov', '16 Nov', '23 Nov'])
    expect(labels('2025-11-25T10:00:00Z', '2026-11-25T10:00:00Z')).toEqual(['2026', 'Mar', 'May', 'Jul', 'Sep', 'Nov'])
  })
  it('stays on the hour when summer time ends, and never goes back', () => {
    const ticks = timeTicks(at('2026-10-24T18:00:00Z'), at('2026-10-25T18:00:00Z'), 800)
    expect(ticks.map(({ label }) => label)).toContain('25 Oct')
    expect(ticks.every(({ at: time }, place) => place === 0 || time > ticks[place - 1]!.at)).toBe(true)
    for (const { at: time } of ticks) expect(new Date(time * 1000).getMinutes()).toBe(0)
  })
})

describe('times in words', () => {
  it('carry the zone', () => {
    expect(momentWords(at('2026-11-26T13:05:30Z'))).toMatch(/^Thu 26 Nov 14:05:30 (CET|GMT\+1)$/)
    expect(momentWords(at('2026-11-26T13:05:00Z'), 300)).toMatch(/^Thu 26 Nov 14:05–14:10 (CET|GMT\+1)$/)
    expect(momentWords(at('2026-11-25T23:00:00Z'), 86_400)).toBe('Thu 26 Nov')
    expect(windowWords(at('2026-11-26T12:05:00Z'), at('2026-11-26T13:05:00Z'))).toMatch(
      /^26 Nov 13:05 – 14:05 (CET|GMT\+1)$/,
    )
    expect(windowWords(at('2026-10-27T12:00:00Z'), at('2026-11-26T12:00:00Z'))).toBe('27 Oct – 26 Nov')
  })
})
