import { noteSession, type UserRole } from '@bramble/db/people'
import { cookies, headers } from 'next/headers'
import { cache } from 'react'
import { auth } from './auth.ts'
import { isRole } from './roles.ts'

export type Role = UserRole

export interface Account {
  id: string
  name: string
  email: string
  role: Role
  /** For the audit: the e-mail, and the token's name when a program asks. */
  by: string
}

interface CurrentSession {
  id: string
  account: Account
  /** The person has a second factor. */
  secondFactor: boolean
  /** When they proved last who they are: at the sign-in, or later. */
  provedAt: Date
}

/** The request's headers with the cookies as they are by now: an action that opens a new session is rendered with it. */
export async function sessionHeaders(): Promise<Headers> {
  const sent = new Headers(await headers())
  sent.set('cookie', (await cookies()).toString())
  return sent
}

/** The session of this browser; null: nobody is signed in. Asked once for each page, and only when a cookie came along. */
export const currentSession = cache(async (): Promise<CurrentSession | null> => {
  const jar = await cookies()
  if (!jar.getAll().some((cookie) => cookie.name.endsWith('bramble.session_token'))) return null
  const found = await auth().api.getSession({ headers: await sessionHeaders() })
  if (!found || !isRole(found.user.role)) return null
  const { id, name, email, role } = found.user
  if (found.session.seenAt) await noteSession({ id: found.session.id, seenAt: found.session.seenAt })
  const account = { id, name, email, role, by: email }
  const { createdAt, provedAt } = found.session
  const secondFactor = found.user.twoFactorEnabled === true
  return { id: found.session.id, account, secondFactor, provedAt: provedAt ?? createdAt }
})

/** Who is signed in; null: nobody. */
export async function currentAccount(): Promise<Account | null> {
  return (await currentSession())?.account ?? null
}
