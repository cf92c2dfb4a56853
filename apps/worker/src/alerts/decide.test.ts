import type { AlertLevel, Condition, Examination, RuleName, RuleSettings } from '@bramble/cluster'
import type { AlertRow, SilenceRow } from '@bramble/db/alerts'
import { expect, test } from 'vitest'
import { decide } from './decide.ts'

/** A tick is five seconds; what `decide` saves is kept as the database would. */
class Story {
  rows: AlertRow[] = []
  silences: SilenceRow[] = []
  settings: RuleSettings = {}
  told: string[] = []
  seconds = 0
  #made = 0

  tick(conditions: Condition[], more: Partial<Pick<Examination, 'consequences' | 'unknown'>> = {}): void {
    const examination = { conditions, consequences: [], unknown: () => false, ...more }
    const known = this.rows.map((row) => ({ ...row }))
    const { silences, settings } = this
    const { save, drop } = decide({ examination, known, silences, settings, now: this.now })
    this.rows = this.rows.filter(({ id }) => !drop.includes(id!))
    for (const { row, tell } of save) {
      const id = row.id ?? `a${++this.#made}`
      this.rows = [...this.rows.filter((entry) => entry.id !== id), { ...row, id }]
      if (tell) this.told.push(`${this.seconds} ${tell} ${row.rule} ${row.level}`)
    }
    this.seconds += 5
  }

  /** The same for so many seconds. */
  go(seconds: number, conditions: Condition[], more?: Parameters<Story['tick']>[1]): void {
    for (const until = this.seconds + seconds; this.seconds < until; ) this.tick(conditions, more)
  }

  get now(): Date {
    return new Date(Date.UTC(2026, 10, 26, 12) + this.seconds * 1000)
  }

  get open(): string[] {
    return this.rows.filter(({ state }) => state === 'open').map(({ rule }) => rule)
  }
}

function condition(rule: RuleName, level: AlertLevel = 'warning', change: Partial<Condition> = {}): Condition {
  return { rule, level, node: 'pi-3', subject: '', words: `${rule}.`, cure: 'Look.', value: null, ...change }
}

test('it fires when it has held for its time, is told once, and is over when it stays away', () => {
  const story = new Story()
  const down = condition('node-down', 'critical')
  story.go(30, [down])
  expect(story.told).toEqual([])
  expect(story.rows[0]).toMatchObject({ state: 'pending', firedAt: null })
  story.go(300, [down])
  expect(story.told).toEqual(['30 fired node-down critical'])
  expect(story.rows).toHaveLength(1)
  story.go(10, [])
  expect(story.open).toEqual(['node-down'])
  story.go(10, [])
  expect(story.told).toEqual(['30 fired node-down critical', '345 over node-down critical'])
  // It ended when it was seen last, not when that was sure.
  expect(story.rows[0]!.overAt).toEqual(new Date(Date.UTC(2026, 10, 26, 12) + 330_000))
})

test('what goes away before its time was nothing', () => {
  const story = new Story()
  story.go(25, [condition('node-down', 'critical')])
  story.go(5, [])
  story.go(25, [condition('node-down', 'critical')])
  story.go(60, [])
  expect(story.told).toEqual([])
  expect(story.rows).toEqual([])
})

test('a rule without a time fires at once', () => {
  const story = new Story()
  story.tick([condition('card-read-only', 'critical')])
  expect(story.told).toEqual(['0 fired card-read-only critical'])
})

test('one look that misses it in between ends nothing', () => {
  const story = new Story()
  const hot = condition('temperature')
  story.go(60, [hot])
  for (let times = 0; times < 20; times++) {
    story.go(10, [])
    story.go(10, [hot])
  }
  expect(story.told).toEqual(['30 fired temperature warning'])
})

test('it rises once, falls in silence, and rises no second time', () => {
  const story = new Story()
  const disk = (level: AlertLevel) => condition('disk-full', level)
  story.go(60, [disk('warning')])
  story.go(30, [disk('critical')])
  story.go(30, [disk('warning')])
  expect(story.rows[0]!.level).toBe('warning')
  story.go(30, [disk('critical')])
  expect(story.told).toEqual(['30 fired disk-full warning', '60 raised disk-full critical'])
})

test('what comes and goes is one alert: told again once, and over only after five calm minutes', () => {
  const story = new Story()
  const down = condition('node-down', 'critical')
  for (let times = 0; times < 8; times++) {
    story.go(60, [down])
    story.go(60, [])
  }
  expect(story.rows.filter(({ state }) => state !== 'pending')).toHaveLength(1)
  expect(story.rows[0]!.times).toBe(2)
  expect(story.told.map((line) => line.split(' ')[1])).toEqual(['fired', 'over', 'again'])
  story.go(300, [])
  expect(story.told.map((line) => line.split(' ')[1])).toEqual(['fired', 'over', 'again', 'over'])
  // An hour later it is a new one.
  story.seconds += 3600
  story.go(60, [down])
  expect(story.rows.filter(({ state }) => state === 'open')[0]!.times).toBe(1)
  expect(story.told.at(-1)).toMatch(/fired node-down/)
})

test('an effect whose cause is told is no alert of its own, and one that was open stays open', () => {
  const story = new Story()
  const site = condition('server-down', 'warning', { subject: 'web' })
  story.go(60, [site])
  const cause = { rule: 'node-down' as const, node: 'pi-3', subject: '' }
  const lag = { ...condition('replica-lag'), cause }
  const consequences = [{ ...site, cause }, lag]
  story.go(300, [condition('node-down', 'critical')], { consequences })
  expect(story.told).toEqual(['30 fired server-down warning', '90 fired node-down critical'])
  expect(story.open.toSorted()).toEqual(['node-down', 'server-down'])
  story.go(30, [])
  expect(story.told.slice(2).toSorted()).toEqual(['375 over node-down critical', '375 over server-down warning'])
})

test('what cannot be seen is neither new nor over', () => {
  const story = new Story()
  story.go(60, [condition('disk-full')])
  story.go(600, [], { unknown: () => true })
  expect(story.open).toEqual(['disk-full'])
  story.go(20, [])
  expect(story.told.at(-1)).toMatch(/over disk-full/)
})

test('a silence is for messages only; when it ends, what is still open is told', () => {
  const story = new Story()
  story.silences = [{ rule: 'disk-full', node: 'pi-3' }]
  story.go(60, [condition('disk-full'), condition('disk-full', 'warning', { node: 'pi-4' })])
  expect(story.open).toEqual(['disk-full', 'disk-full'])
  expect(story.told).toEqual(['30 fired disk-full warning'])
  story.silences = []
  story.tick([condition('disk-full'), condition('disk-full', 'warning', { node: 'pi-4' })])
  expect(story.told).toEqual(['30 fired disk-full warning', '60 fired disk-full warning'])
})

test('what began and ended under a silence was never told', () => {
  const story = new Story()
  story.silences = [{ rule: null, node: null }]
  story.go(60, [condition('disk-full')])
  story.silences = []
  story.go(60, [])
  expect(story.rows[0]!.state).toBe('over')
  expect(story.told).toEqual([])
})

test('a rule that is turned off takes its alert with it and says nothing', () => {
  const story = new Story()
  story.go(60, [condition('disk-full')])
  story.settings = { 'disk-full': { enabled: false } }
  story.tick([])
  expect(story.rows[0]!.state).toBe('over')
  expect(story.told).toEqual(['30 fired disk-full warning'])
})

test('a time that a person set is the one that counts', () => {
  const story = new Story()
  story.settings = { 'disk-full': { holds: 10 }, 'node-down': { holds: 0 } }
  story.go(60, [condition('disk-full'), condition('node-down', 'critical')])
  expect(story.told).toEqual(['0 fired node-down critical', '10 fired disk-full warning'])
})

test('words follow the figures, but not at every look', () => {
  const story = new Story()
  let writes = 0
  for (let at = 0; at < 40; at++) {
    const before = story.rows[0]?.words
    story.tick([condition('disk-full', 'warning', { words: `The disk is ${85 + at} % full.` })])
    if (before !== story.rows[0]!.words) writes++
  }
  expect(writes).toBeLessThan(9)
  expect(writes).toBeGreaterThan(4)
})

test('nobody is told that nobody watches: whoever could tell is watching', () => {
  const story = new Story()
  story.go(60, [condition('watching-stopped', 'critical')])
  expect(story.rows).toEqual([])
})

const day = 86_400
const update = condition('security-update')
const hidden = { unknown: () => true }

test('a rule of seven days counts on while its node cannot be asked, and is told after seven days', () => {
  const story = new Story()
  story.go(60, [update])
  story.seconds = 3 * day
  story.tick([update])
  // A Pi without power, or a worker that has only just started.
  story.go(3600, [], hidden)
  story.go(60, [update])
  expect(story.rows).toMatchObject([{ state: 'pending', absentSince: null }])
  story.seconds = 7 * day - 5
  story.tick([update])
  expect(story.told).toEqual([])
  story.tick([update])
  expect(story.told).toEqual([`${7 * day} fired security-update warning`])
})

test('what was not there once begins its seven days again', () => {
  const story = new Story()
  story.go(60, [update])
  story.go(3600, [], hidden)
  story.tick([])
  expect(story.rows).toEqual([])
  story.tick([update])
  story.seconds = 7 * day + 60
  story.tick([update])
  expect(story.told).toEqual([])
})

test('what was hidden for as long as it had to hold was nothing', () => {
  const story = new Story()
  story.go(25, [condition('temperature')])
  story.go(40, [], hidden)
  expect(story.rows).toEqual([])
  story.go(20, [condition('temperature')])
  expect(story.told).toEqual([])
})

test('a rule that is turned off forgets what is pending, seen or not', () => {
  const story = new Story()
  story.go(60, [update])
  story.settings = { 'security-update': { enabled: false } }
  story.tick([], hidden)
  expect(story.rows).toEqual([])
})
