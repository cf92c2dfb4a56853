/** Every button press: who, what, on what, when, and how it went. Append-only. */

import { prisma } from '../store/connection.ts'
import type { AuditVerb } from './audit-verbs.ts'

export interface AuditEntry {
  /** User's e-mail, with the token's name when a program asked; or `bramble` for what nobody pressed. */
  who: string
  what: AuditVerb
  target?: string | undefined
  outcome: 'done' | 'refused' | 'failed'
  detail?: string | undefined
}

export interface AuditView {
  id: string
  who: string
  /** A verb; of an older version perhaps, so any text. */
  what: string
  /** ISO time. */
  at: string
  target: string | null
  outcome: AuditEntry['outcome']
  detail: string | null
}

/** Characters. An e-mail has 254 at most. */
const longestName = 400

export async function recordAudit(entry: AuditEntry): Promise<void> {
  const { what, outcome } = entry
  const who = entry.who.slice(0, longestName)
  const target = entry.target?.slice(0, longestName) ?? null
  await prisma().audit.create({ data: { who, what, outcome, target, detail: entry.detail?.slice(0, 2000) ?? null } })
}

export interface AuditFilter {
  /** Part of the e-mail or of the token's name. */
  who?: string | undefined
  what?: string | undefined
  outcome?: AuditEntry['outcome'] | undefined
  /** Part of the target or the detail. */
  text?: string | undefined
  /** From this moment on. */
  from?: Date | undefined
  /** Before this moment. */
  to?: Date | undefined
}

function matching(filter: AuditFilter) {
  // Prisma hands % and _ on to LIKE as they are.
  const contains = (text: string) => ({ contains: text.replace(/[\\%_]/g, '\\$&'), mode: 'insensitive' as const })
  return {
    ...(filter.who ? { who: contains(filter.who) } : {}),
    ...(filter.what ? { what: filter.what } : {}),
    ...(filter.outcome ? { outcome: filter.outcome } : {}),
    ...(filter.text ? { OR: [{ target: contains(filter.text) }, { detail: contains(filter.text) }] } : {}),
    at: { ...(filter.from ? { gte: filter.from } : {}), ...(filter.to ? { lt: filter.to } : {}) },
  }
}

/** Newest first. `before`: the `next` of the page before. */
export async function listAudit(
  page: AuditFilter & { before?: string | undefined; limit?: number | undefined } = {},
): Promise<{ entries: AuditView[]; next: string | null }> {
  const limit = page.limit ?? 100
  const before = page.before && /^[0-9]{1,18}$/.test(page.before) ? { id: { lt: BigInt(page.before) } } : {}
  const rows = await prisma().audit.findMany({
    where: { ...matching(page), ...before },
    orderBy: { id: 'desc' },
    take: limit + 1,
  })
  const entries = rows.slice(0, limit).map((row) => ({
    id: String(row.id),
    at: row.at.toISOString(),
    who: row.who,
    what: row.what,
    target: row.target,
    outcome: row.outcome as AuditEntry['outcome'],
    detail: row.detail,
  }))
  return { entries, next: rows.length > limit ? (entries.at(-1)?.id ?? null) : null }
}

/** The verbs that stand in the audit, of older versions too. */
export async function auditedVerbs(): Promise<string[]> {
  const rows = await prisma().audit.findMany({ distinct: ['what'], select: { what: true }, orderBy: { what: 'asc' } })
  return rows.map(({ what }) => what)
}

/** Does the work and writes down how it went; a refusal is written down too, and thrown on. */
export async function audited<T>(entry: Omit<AuditEntry, 'outcome'>, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work()
    await recordAudit({ ...entry, outcome: 'done' })
    return result
  } catch (error) {
    const refused = error instanceof Error && 'cure' in error
    const detail = error instanceof Error ? error.message : String(error)
    await recordAudit({ ...entry, outcome: refused ? 'refused' : 'failed', detail }).catch(() => undefined)
    throw error
  }
}
