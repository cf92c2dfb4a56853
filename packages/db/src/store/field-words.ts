/** What is wrong with what was asked, a sentence a field, for the form that asked it. */
import type { z } from 'zod'

type Issue = z.core.$ZodIssue

/**
 * By the field's path, without the places in a list: `to` for the second address, whose sentence then begins with it. Only the
 * first thing that is wrong with a field.
 */
export function fieldWords(issues: readonly Issue[], asked: unknown): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const issue of issues) {
    const path = issue.path.filter((part) => typeof part !== 'number')
    const value = issue.path.reduce<unknown>(
      (inner, part) => (inner as Record<PropertyKey, unknown> | null)?.[part],
      asked,
    )
    const words = wordsOf(issue, value)
    const isEntry = typeof issue.path.at(-1) === 'number' && typeof value === 'string'
    fields[path.map(String).join('.')] ??= isEntry
      ? `“${value}” ${words}.`
      : `${words.charAt(0).toUpperCase()}${words.slice(1)}.`
  }
  return fields
}

/** All of it in one line, for who has no form: `to: must name somebody. port: must be a number.` */
export const inOneLine = (fields: Readonly<Record<string, string>>, whole: string): string =>
  Object.entries(fields)
    .map(([field, words]) => `${field || whole}: ${words.charAt(0).toLowerCase()}${words.slice(1)}`)
    .join(' ')

/** Words that a schema of ours gave, or ours for what the library says in its own. */
function wordsOf(issue: Issue, value: unknown): string {
  if (issue.code === 'invalid_type' && (value === undefined || value === null || value === ''))
    return 'must not be empty'
  if (issue.code === 'invalid_type' && issue.expected === 'number') return 'must be a number'
  const isOwn = !/^(Too (big|small)|Invalid)/.test(issue.message)
  if (isOwn) return issue.message.replace(/\.$/, '')
  const counted = (limit: unknown, origin: string) => (origin === 'string' ? `have ${limit} characters` : `be ${limit}`)
  if (issue.code === 'too_big') return `must ${counted(issue.maximum, issue.origin)} at most`
  if (issue.code === 'too_small') return `must ${counted(issue.minimum, issue.origin)} or more`
  return 'cannot be read'
}
