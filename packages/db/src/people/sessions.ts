/** Where a person is signed in. The rows are the sign-in library's; to end one is to delete it. */
import { audited } from '../audit/audit.ts'
import { prisma } from '../store/connection.ts'
import { Refusal } from '../store/refusal.ts'

export interface SessionView {
  id: string
  /** What the browser says of itself. */
  agent: string
  /** The address it signed in from; empty when not known. */
  address: string
  /** ISO times. */
  since: string
  /** To within a few minutes. */
  seenAt: string
}

/** Milliseconds between two notes of "last seen". */
const coarse = 5 * 60_000

/** Those that still hold, the one seen last first. */
export async function listSessions(user: string): Promise<SessionView[]> {
  const rows = await prisma().session.findMany({
    where: { userId: user, expiresAt: { gt: new Date() } },
    orderBy: [{ seenAt: 'desc' }, { id: 'asc' }],
  })
  return rows.map((row) => ({
    id: row.id,
    agent: row.userAgent ?? '',
    address: row.ipAddress ?? '',
    since: row.createdAt.toISOString(),
    seenAt: row.seenAt.toISOString(),
  }))
}

/** The addresses that a person is signed in from; null: nobody has this e-mail. */
export async function addressesOf(email: string): Promise<string[] | null> {
  const user = await prisma().user.findUnique({
    where: { email: email.toLowerCase() },
    select: {
      sessions: { where: { expiresAt: { gt: new Date() } }, distinct: ['ipAddress'], select: { ipAddress: true } },
    },
  })
  return user ? user.sessions.flatMap(({ ipAddress }) => ipAddress ?? []) : null
}

/** Notes that it is in use, unless that was noted just now. `seenAt`: as it was read with the session. */
export async function noteSession(session: { id: string; seenAt: Date }): Promise<void> {
  const now = new Date()
  if (now.getTime() - session.seenAt.getTime() < coarse) return
  await prisma().session.updateMany({ where: { id: session.id }, data: { seenAt: now } })
}

/** The person has just proved who they are. */
export async function noteProof(session: string): Promise<void> {
  await prisma().session.updateMany({ where: { id: session }, data: { provedAt: new Date() } })
}

/** Signs one browser out. Refusal `session-unknown`. */
export async function endSession(input: { user: string; session: string; by: string }): Promise<void> {
  await audited({ who: input.by, what: 'sessions.revoke', target: 'one browser' }, async () => {
    const gone = await prisma().session.deleteMany({ where: { id: input.session, userId: input.user } })
    if (gone.count === 0)
      throw new Refusal('session-unknown', 'This browser is no longer signed in.', 'Reload the page.')
  })
}

/** Signs out every browser of the person but one. Returns how many. */
export async function endOtherSessions(input: { user: string; keep: string; by: string }): Promise<number> {
  return audited({ who: input.by, what: 'sessions.revoke', target: 'all other browsers' }, async () => {
    const gone = await prisma().session.deleteMany({ where: { userId: input.user, id: { not: input.keep } } })
    return gone.count
  })
}
