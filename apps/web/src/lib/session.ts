import type { UserRole } from '@bramble/db'
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

/** Who is signed in; null: nobody. Asked once for each request, and only when a session cookie came with it. */
export const currentAccount = cache(async (): Promise<Account | null> => {
  const jar = await cookies()
  if (!jar.getAll().some((cookie) => cookie.name.endsWith('bramble.session_token'))) return null
  const session = await auth().api.getSession({ headers: await headers() })
  if (!session || !isRole(session.user.role)) return null
  const { id, name, email, role } = session.user
  return { id, name, email, role, by: email }
})
