/** The time axis: ticks where the local clock is round, and times in words. Pure, but for the zone of the machine. Times are seconds since 1970. */

export interface TimeTick {
  at: number
  label: string
  /** A day or a year begins here: drawn stronger. */
  turn: boolean
}

const minute = 60
const hour = 3600
const day = 86_400

type Step = { seconds: number } | { days: number } | { months: number }

/** Pixels that a label needs with some air, and the distances there are. */
const room = 76
const steps: Step[] = [
  ...[10, 30, minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute].map((seconds) => ({ seconds })),
  ...[1, 2, 3, 6, 12].map((hours) => ({ seconds: hours * hour })),
  ...[1, 2, 7, 14].map((days) => ({ days })),
  ...[1, 2, 3, 6].map((months) => ({ months })),
]

const lengthOf = (step: Step): number =>
  'seconds' in step ? step.seconds : 'days' in step ? step.days * day : step.months * 30 * day

/** Ticks of a window on an axis of so many pixels. */
export function timeTicks(from: number, to: number, width: number): TimeTick[] {
  const wanted = (to - from) / Math.max(1, Math.floor(width / room))
  const step = steps.find((candidate) => lengthOf(candidate) >= wanted) ?? steps.at(-1)!
  const ticks: TimeTick[] = []
  for (const date of moments(new Date(from * 1000), to * 1000, step))
    if (date.getTime() >= from * 1000) ticks.push(tick(date, step))
  return ticks
}

/** From a round moment at or before `from` on. Local setters, so that a change of summer time moves nothing off the hour. */
function* moments(from: Date, end: number, step: Step): Generator<Date> {
  if ('months' in step) {
    const start = Math.floor(from.getMonth() / step.months) * step.months
    for (let at = 0; ; at++) {
      const date = new Date(from.getFullYear(), start + at * step.months, 1)
      if (date.getTime() > end) return
      yield date
    }
  }
  if ('days' in step) {
    // Weeks begin on Monday; every other day counts from the first of the month.
    const back = step.days >= 7 ? (from.getDay() + 6) % 7 : (from.getDate() - 1) % step.days
    for (let at = 0; ; at += step.days) {
      const date = new Date(from.getFullYear(), from.getMonth(), from.getDate() - back + at)
      if (date.getTime() > end) return
      if (step.days >= 7 || step.days === 1 || (date.getDate() - 1) % step.days === 0) yield date
    }
  }
  if ('seconds' in step) {
    const midnight = new Date(from.getFullYear(), from.getMonth(), from.getDate())
    for (let at = Math.floor(secondsOfDay(from) / step.seconds) * step.seconds; ; at += step.seconds) {
      const date = new Date(midnight)
      date.setHours(0, 0, at)
      if (date.getTime() > end) return
      yield date
    }
  }
}

const secondsOfDay = (date: Date): number => date.getHours() * hour + date.getMinutes() * minute + date.getSeconds()

const two = (value: number): string => String(value).padStart(2, '0')
// British September is four letters long.
const month = new Intl.DateTimeFormat('en-US', { month: 'short' })
const weekday = new Intl.DateTimeFormat('en-GB', { weekday: 'short' })
const dayWords = (date: Date): string => `${date.getDate()} ${month.format(date)}`
const clock = (date: Date): string => `${two(date.getHours())}:${two(date.getMinutes())}`

function tick(date: Date, step: Step): TimeTick {
  const at = date.getTime() / 1000
  const newYear = date.getMonth() === 0 && date.getDate() === 1
  if ('months' in step) return { at, label: newYear ? String(date.getFullYear()) : month.format(date), turn: newYear }
  if ('days' in step) return { at, label: dayWords(date), turn: date.getDate() === 1 }
  const midnight = secondsOfDay(date) === 0
  if (midnight) return { at, label: dayWords(date), turn: true }
  return { at, label: step.seconds < minute ? `${clock(date)}:${two(date.getSeconds())}` : clock(date), turn: false }
}

const zone = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' })
/** `CET`, `UTC`, `GMT+5:30`. */
function zoneWords(date: Date): string {
  return zone.formatToParts(date).find(({ type }) => type === 'timeZoneName')?.value ?? ''
}

/** `Thu 26 Nov 14:05:30 CET`; a bin longer than the looks themselves is a span: `Thu 26 Nov 14:05–14:10 CET`. */
export function momentWords(at: number, step = 0): string {
  const date = new Date(at * 1000)
  const head = `${weekday.format(date)} ${dayWords(date)}`
  if (step >= day) return step > day ? `${head} – ${dayWords(new Date((at + step - 1) * 1000))}` : head
  if (step >= minute) return `${head} ${clock(date)}–${clock(new Date((at + step) * 1000))} ${zoneWords(date)}`
  return `${head} ${clock(date)}:${two(date.getSeconds())} ${zoneWords(date)}`
}

/** The ends of a window: `26 Nov 13:05 – 14:05 CET`, `1 Oct – 26 Nov`. */
export function windowWords(from: number, to: number): string {
  const [a, b] = [new Date(from * 1000), new Date(to * 1000)]
  const years = a.getFullYear() !== b.getFullYear()
  if (to - from > 14 * day)
    return `${dayWords(a)}${years ? ` ${a.getFullYear()}` : ''} – ${dayWords(b)}${years ? ` ${b.getFullYear()}` : ''}`
  const time = to - from < 10 * minute ? (date: Date) => `${clock(date)}:${two(date.getSeconds())}` : clock
  const sameDay = dayWords(a) === dayWords(b) && !years
  return `${dayWords(a)} ${time(a)} – ${sameDay ? '' : `${dayWords(b)} `}${time(b)} ${zoneWords(b)}`
}
