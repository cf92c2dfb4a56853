'use server'
import { recordAudit, removeUser, setUserRole } from '@bramble/db'
import { APIError } from 'better-auth/api'
import { revalidatePath } from 'next/cache'
import { headers } from 'next/headers'
import { z } from 'zod'
import { en } from '@/copy/en.ts'
import { access } from '@/lib/access.ts'
import { auth, makeUser } from '@/lib/auth.ts'
import { NewAccount } from '@/lib/new-account.ts'
import { type Outcome, outcome, refuse } from '@/lib/outcome.ts'
import { roleNames } from '@/lib/roles.ts'
import { credentialTrySucceeded, takeCredentialTry } from '@/lib/throttle.ts'

const Change = z.object({ current: z.string().min(1).max(128), next: NewAccount.shape.password })

export async function changePassword(_: Outcome | null, form: FormData): Promise<Outcome> {
  const who = await access.require('viewer')
  const parsed = Change.safeParse(Object.fromEntries(form))
  if (!parsed.success) return refuse(parsed.error.issues[0]?.message ?? en.account.passwordHint)
  const wait = takeCredentialTry(who.email)
  if (wait > 0) return refuse(en.signIn.throttled(wait))
  try {
    await auth().api.changePassword({
      body: { currentPassword: parsed.data.current, newPassword: parsed.data.next, revokeOtherSessions: true },
      headers: await headers(),
    })
  } catch (error) {
    if (!(error instanceof APIError)) throw error
    await recordAudit({ who: who.email, what: 'password.change', outcome: 'refused', detail: error.message })
    return refuse(en.settings.wrongCurrent)
  }
  credentialTrySucceeded(who.email)
  await recordAudit({ who: who.email, what: 'password.change', outcome: 'done' })
  revalidatePath('/settings')
  return { ok: true }
}

export async function signOutOthers(): Promise<Outcome> {
  const who = await access.require('viewer')
  await auth().api.revokeOtherSessions({ headers: await headers() })
  await recordAudit({ who: who.email, what: 'sessions.revoke', outcome: 'done' })
  revalidatePath('/settings')
  return { ok: true }
}

const Person = NewAccount.extend({ role: z.enum(roleNames) })

export async function addUser(_: Outcome | null, form: FormData): Promise<Outcome> {
  const who = await access.require('admin')
  const parsed = Person.safeParse(Object.fromEntries(form))
  if (!parsed.success) return refuse(parsed.error.issues[0]?.message ?? en.settings.addUser)
  const { role, ...account } = parsed.data
  const context = await auth().$context
  if (await context.internalAdapter.findUserByEmail(account.email))
    return refuse(en.settings.taken(account.email), en.settings.takenCure)
  const { id } = await makeUser(account)
  await recordAudit({ who: who.email, what: 'user.create', target: account.email, outcome: 'done', detail: role })
  if (role !== 'viewer') await setUserRole({ user: id, role, by: who.email })
  revalidatePath('/settings')
  return { ok: true }
}

export async function changeRole(user: string, role: string): Promise<Outcome> {
  const who = await access.require('admin')
  const parsed = z.object({ user: z.string().max(100), role: z.enum(roleNames) }).safeParse({ user, role })
  if (!parsed.success) return refuse(en.settings.noSuchRole)
  const answer = await outcome(async () => {
    await setUserRole({ ...parsed.data, by: who.email })
    return {}
  })
  revalidatePath('/settings')
  return answer
}

export async function dismissUser(user: string): Promise<Outcome> {
  const who = await access.require('admin')
  const parsed = z.string().max(100).safeParse(user)
  if (!parsed.success) return refuse(en.settings.noSuchRole)
  const answer = await outcome(async () => {
    await removeUser({ user: parsed.data, by: who.email })
    return {}
  })
  revalidatePath('/settings')
  return answer
}
