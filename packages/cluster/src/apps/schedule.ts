/** When a cron job runs: the five fields of cron. */

const names = {
  month: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  weekday: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
}
const fields = [
  { name: 'minute', from: 0, to: 59, words: [] as string[] },
  { name: 'hour', from: 0, to: 23, words: [] as string[] },
  { name: 'day of the month', from: 1, to: 31, words: [] as string[] },
  { name: 'month', from: 1, to: 12, words: names.month },
  { name: 'day of the week', from: 0, to: 7, words: names.weekday },
]
const shorthands = ['@hourly', '@daily', '@weekly', '@monthly', '@yearly']

/** What is wrong with a schedule such as `30 3 * * mon-fri` or `@daily`; null: nothing. */
export function scheduleProblem(text: string): string | null {
  if (text.startsWith('@'))
    return shorthands.includes(text) ? null : `must be one of ${shorthands.join(', ')}, or five fields as cron has them`
  const parts = text.split(/ +/)
  if (parts.length !== fields.length)
    return 'must have five fields: minute, hour, day of the month, month, day of the week'
  for (const [at, field] of fields.entries())
    if (!parts[at]!.split(',').every((part) => validPart(part, field)))
      return `has a wrong ${field.name}: "${parts[at]}" is not between ${field.from} and ${field.to}`
  return null
}

/** `*`, `*` with a step, `5`, `1-5`, `10-50/10`, and names in their place. */
function validPart(part: string, { from, to, words }: (typeof fields)[number]): boolean {
  const match = /^(?:\*|([0-9a-z]{1,3})(?:-([0-9a-z]{1,3}))?)(?:\/([0-9]{1,2}))?$/i.exec(part)
  if (!match) return false
  const [, first, last, step] = match
  if (step !== undefined && (Number(step) < 1 || Number(step) > to)) return false
  if (first === undefined) return true
  const value = (word: string) => {
    const named = words.indexOf(word.toLowerCase())
    return named >= 0 ? from + named : /^[0-9]+$/.test(word) ? Number(word) : Number.NaN
  }
  const begin = value(first)
  const end = last === undefined ? begin : value(last)
  return begin >= from && end <= to && begin <= end
}
