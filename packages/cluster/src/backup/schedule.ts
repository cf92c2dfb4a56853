/** When the next backup or drill is due. Pure: times come in as they are. */
import type { BackupType } from './request.ts'
import type { BackupSchedule } from './spec.ts'
import { weekdays } from './weekdays.ts'

const hour = 3_600_000
const day = 24 * hour

/** Wall-clock time of a zone. */
interface Local {
  /** Days since 1970-01-01 on the zone's calendar. */
  date: number
  minutes: number
  /** Index into `weekdays`. */
  weekday: number
}

function localTime(at: Date, timezone: string): Local {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    hourCycle: 'h23',
    ...({ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const),
  }).formatToParts(at)
  const part = (type: string) => Number(parts.find((entry) => entry.type === type)?.value)
  const date = Date.UTC(part('year'), part('month') - 1, part('day')) / day
  // 1970-01-01 was a Thursday.
  return { date, minutes: part('hour') * 60 + part('minute'), weekday: (date + 3) % 7 }
}

/** The moment of the zone's wall clock; of one that the summer time skips: as much later. */
function moment(date: number, minutes: number, timezone: string): Date {
  const wanted = date * day + minutes * 60_000
  let guess = wanted
  for (let round = 0; round < 3; round++) {
    const local = localTime(new Date(guess), timezone)
    guess += wanted - (local.date * day + local.minutes * 60_000)
  }
  return new Date(guess)
}

export interface Slot {
  at: Date
  /** What the schedule asks for at that time; null: nothing on that day. */
  type: BackupType | null
}

function slotOf(date: number, schedule: BackupSchedule, timezone: string): Slot {
  const [hours, minutes] = schedule.time.split(':').map(Number) as [number, number]
  const full = schedule.full === 'every-day' || weekdays.indexOf(schedule.full) === (date + 3) % 7
  const type = full ? 'full' : schedule.between === 'none' ? null : schedule.between
  return { at: moment(date, hours * 60 + minutes, timezone), type }
}

/** The newest time at or before `now` at which the schedule asks for a backup. */
export function lastSlot(schedule: BackupSchedule, timezone: string, now: Date): Slot & { type: BackupType } {
  const today = localTime(now, timezone).date
  for (let back = 0; back < 15; back++) {
    const { at, type } = slotOf(today - back, schedule, timezone)
    if (type && at <= now) return { at, type }
  }
  throw new Error('A schedule asks for a backup every week')
}

/** The next time after `now`. */
export function nextSlot(schedule: BackupSchedule, timezone: string, now: Date): Slot & { type: BackupType } {
  const today = localTime(now, timezone).date
  for (let ahead = 0; ahead < 15; ahead++) {
    const { at, type } = slotOf(today + ahead, schedule, timezone)
    if (type && at > now) return { at, type }
  }
  throw new Error('A schedule asks for a backup every week')
}

/** Milliseconds after which a backup that failed is tried again. */
const retryAfter = hour

/** Which backup is due now; null: none. The very first one is due at once. */
export function dueBackup(input: {
  schedule: BackupSchedule
  timezone: string
  /** Ends of the good backups. */
  backups: readonly { type: BackupType; endedAt: Date }[]
  /** When the last one was asked for, good or not; null: never. */
  lastAsked: Date | null
  now: Date
}): BackupType | null {
  const { schedule, timezone, backups, lastAsked, now } = input
  if (lastAsked && now.getTime() - lastAsked.getTime() < retryAfter) return null
  if (!backups.some(({ type }) => type === 'full')) return 'full'
  const { at, type } = lastSlot(schedule, timezone, now)
  const since = backups.filter(({ endedAt }) => endedAt >= at)
  if (since.length > 0) return null
  // A full one that was missed is made up for.
  const newestFull = Math.max(...backups.filter((entry) => entry.type === 'full').map(({ endedAt }) => +endedAt))
  return type === 'full' || now.getTime() - newestFull > 8 * day ? 'full' : type
}

/** Seconds after which the newest backup is too old: the time between two of them, and half a day for a slow one. */
export function oldestAllowed(schedule: BackupSchedule): number {
  const daily = schedule.full === 'every-day' || schedule.between !== 'none'
  return ((daily ? day : 7 * day) + 12 * hour) / 1000
}

/** Is a restore drill due? It comes an hour after a backup at the earliest. */
export function drillDue(input: {
  schedule: BackupSchedule
  backups: readonly { endedAt: Date }[]
  lastAsked: Date | null
  now: Date
}): boolean {
  const { schedule, backups, lastAsked, now } = input
  if (schedule.drill === 'never' || backups.length === 0) return false
  const newest = Math.max(...backups.map(({ endedAt }) => +endedAt))
  if (now.getTime() - newest < hour) return false
  const pause = (schedule.drill === 'weekly' ? 7 : 28) * day
  return lastAsked === null || now.getTime() - lastAsked.getTime() >= pause
}
