/** From one look to the alerts: what begins, fires, rises, ends. Pure; docs/alerts.md tells the same in words. */
import { type Condition, type Examination, holdsFor, isEnabled, type RuleSettings, reaches } from '@bramble/cluster'
import type { AlertDecision, AlertRow, SilenceRow } from '@bramble/db/alerts'

/** Seconds that an alert must be away before it is over: three looks. */
const clearSeconds = 15
/** Seconds within which it comes back as the same alert, and that it must then stay away to be over. */
export const calmSeconds = 300
/** Words with moving figures are written again this often. */
const wordsSeconds = 30

export interface Weighing {
  examination: Examination
  known: readonly AlertRow[]
  silences: readonly SilenceRow[]
  settings: RuleSettings
  now: Date
}

type Saved = AlertDecision['save'][number]

export function decide(weighing: Weighing): AlertDecision {
  const { examination, known } = weighing
  const active = known.filter(({ state }) => state !== 'over')
  const conditions = examination.conditions.filter(({ rule }) => rule !== 'watching-stopped')
  const drop: string[] = []
  const save: Saved[] = []
  for (const condition of conditions) {
    const row = active.find((entry) => same(entry, condition))
    const changed = row ? present(weighing, row, condition) : begin(weighing, condition)
    if (changed?.replaces) drop.push(changed.replaces)
    if (changed) save.push({ row: changed.row, tell: changed.tell })
  }
  for (const row of active) {
    if (conditions.some((condition) => same(row, condition))) continue
    const changed = row.state === 'pending' ? hidden(weighing, row) : absent(weighing, row)
    if (changed === 'gone') drop.push(row.id!)
    else if (changed) save.push(changed)
  }
  return { save, drop }
}

const same = (
  a: Pick<Condition, 'rule' | 'node' | 'subject'>,
  b: Pick<Condition, 'rule' | 'node' | 'subject'>,
): boolean => a.rule === b.rule && a.node === b.node && a.subject === b.subject

const secondsSince = (then: Date, now: Date): number => (now.getTime() - then.getTime()) / 1000

type Change = Saved & { replaces?: string | undefined }

function begin(weighing: Weighing, condition: Condition): Change {
  const { now, settings } = weighing
  const { rule, node, subject, level, words, cure, value } = condition
  const row: AlertRow = {
    ...{ id: null, rule, node, subject, level, words, cure, value, state: 'pending', since: now, wordsAt: now },
    ...{ firedAt: null, absentSince: null, overAt: null, times: 1, toldLevel: null },
  }
  return holdsFor(rule, settings) <= 0 ? fire(weighing, row) : { row, tell: null }
}

function present(weighing: Weighing, row: AlertRow, condition: Condition): Change | null {
  const { now, settings } = weighing
  const { level, words, cure, value } = condition
  const fresh: AlertRow = { ...row, level, words, cure, value, absentSince: null, wordsAt: now }
  if (row.state === 'pending') {
    if (secondsSince(row.since, now) >= holdsFor(row.rule, settings)) return fire(weighing, fresh)
    return row.absentSince ? { row: fresh, tell: null } : null
  }
  const spoken = speak(weighing, fresh)
  const stale = words !== row.words && secondsSince(row.wordsAt, now) >= wordsSeconds
  return spoken.tell || row.level !== level || row.absentSince || stale ? spoken : null
}

/** Pending, and not seen: a rule of seven days outlives an hour without power. Unseen for as long as it must hold, it is gone. */
function hidden({ examination, settings, now }: Weighing, row: AlertRow): Saved | 'gone' | null {
  const { rule, node, absentSince } = row
  if (!isEnabled(rule, settings) || !examination.unknown(rule, node)) return 'gone'
  if (!absentSince) return { row: { ...row, absentSince: now }, tell: null }
  return secondsSince(absentSince, now) > holdsFor(rule, settings) ? 'gone' : null
}

/** It has held long enough. When it was over only a moment ago, it is the same alert again. */
function fire(weighing: Weighing, row: AlertRow): Change {
  const { known, now } = weighing
  const before = known.find(
    (entry) =>
      entry.state === 'over' &&
      same(entry, row) &&
      entry.overAt &&
      secondsSince(entry.overAt, row.since) <= calmSeconds,
  )
  if (!before) return speak(weighing, { ...row, state: 'open', firedAt: now })
  const again: AlertRow = {
    ...{ ...row, id: before.id, state: 'open', since: before.since, firedAt: before.firedAt },
    ...{ overAt: null, times: before.times + 1, toldLevel: null },
  }
  return { ...speak(weighing, again), replaces: row.id ?? undefined }
}

/** Whether people are told now: never while it is silenced, once for each level that it rises to. */
function speak(weighing: Weighing, row: AlertRow): Saved {
  const told = row.toldLevel
  const due = told === null || (told !== row.level && reaches(row.level, told))
  if (!due || isSilenced(weighing, row)) return { row, tell: null }
  const tell = told !== null ? 'raised' : row.times > 1 ? 'again' : 'fired'
  return { row: { ...row, toldLevel: row.level }, tell }
}

function absent(weighing: Weighing, row: AlertRow): Saved | null {
  const { examination, settings, now } = weighing
  const follows = examination.consequences.some((consequence) => same(consequence, row))
  if (!isEnabled(row.rule, settings)) return { row: { ...row, state: 'over', overAt: now }, tell: null }
  if (follows || examination.unknown(row.rule, row.node)) {
    if (row.absentSince) return { row: { ...row, absentSince: null }, tell: null }
    // A silence that ended while it cannot be seen: it is still open, and nobody was told.
    const spoken = speak(weighing, row)
    return spoken.tell ? spoken : null
  }
  if (!row.absentSince) return { row: { ...row, absentSince: now }, tell: null }
  if (secondsSince(row.absentSince, now) < (row.times > 1 ? calmSeconds : clearSeconds)) return null
  const over: AlertRow = { ...row, state: 'over', overAt: row.absentSince }
  return { row: over, tell: row.toldLevel !== null && !isSilenced(weighing, row) ? 'over' : null }
}

const isSilenced = ({ silences }: Weighing, { rule, node }: AlertRow): boolean =>
  silences.some((silence) => (silence.rule ?? rule) === rule && (silence.node === null || silence.node === node))
