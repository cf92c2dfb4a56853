/** The audit's filter as it stands in an address, of the page and of the export. */
import type { AuditFilter } from '@bramble/db/audit'
import { z } from 'zod'
import { type FilterName, filterNames } from './filter-names.ts'

const text = z.string().trim().max(200)
const seconds = z
  .string()
  .regex(/^\d{1,11}$/)
  .transform((written) => new Date(Number(written) * 1000))

const fields: Record<FilterName, z.ZodType> = {
  who: text,
  text,
  what: z.string().regex(/^[a-z][a-z.-]{0,60}$/),
  outcome: z.enum(['done', 'refused', 'failed']),
  from: seconds,
  to: seconds,
}

/** What cannot be read does not filter. `from` and `to`: epoch seconds. */
export function readAuditFilter(query: URLSearchParams): AuditFilter {
  const filter: Record<string, unknown> = {}
  for (const name of filterNames) {
    const parsed = fields[name].safeParse(query.get(name) ?? undefined)
    if (parsed.success && parsed.data !== '') filter[name] = parsed.data
  }
  return filter
}
