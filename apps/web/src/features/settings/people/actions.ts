'use server'
import { recordAudit } from '@bramble/db/audit'
import { removeUser, resetSecondFactor, setUserRole } from '@bramble/db/people'
import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { auth, makeUser } from '@/auth/auth.ts'
import { NewAccount } from '@/auth/new-account.ts'
import { roleNames } from '@/auth/roles.ts'
import { settings } from '@/features/settings/copy.ts'
import { type Outcome, outcome, refuse, refuseAt, refuseFields } from '@/format/outcome.ts'

const Person = NewAccount.extend({ role: z.enum(roleNames) })

export async function addUser(_: Outcome | null, form: FormData): Promise<Outcome> {
  const who = await access.requireProof('admin')
  if ('ok' in who) return who
  const parsed = Person.safeParse(Object.fromEntries(form))
  if (!parsed.success) return refuseFields(parsed.error.issues)
  const { role, ...account } = parsed.data
  const context = await auth().$context
  if (await context.internalAdapter.findUserByEmail(account.email))
    return refuseAt('email', settings.people.taken(account.email), settings.people.takenCure)
  const { id } = await makeUser(account)
  await recordAudit({ who: who.email, what: 'user.create', target: account.email, outcome: 'done', detail: role })
  if (role !== 'viewer') await setUserRole({ user: id, role, by: who.email })
  revalidatePath('/settings/people')
  return { ok: true }
}

export async function changeRole(user: string, role: string): Promise<Outcome> {
  const who = await access.requireProof('admin')
  if ('ok' in who) return who
  const parsed = z.object({ user: z.string().max(100), role: z.enum(roleNames) }).safeParse({ user, role })
  if (!parsed.success) return refuse(settings.people.unknown)
  const answer = await outcome(async () => {
    await setUserRole({ ...parsed.data, by: who.email })
    return {}
  })
  revalidatePath('/settings/people')
  return answer
}

export async function dismissUser(user: string): Promise<Outcome> {
  const who = await access.requireProof('admin')
  if ('ok' in who) return who
  const parsed = z.string().max(100).safeParse(user)
  if (!parsed.success) return refuse(settings.people.unknown)
  const answer = await outcome(async () => {
    await removeUser({ user: parsed.data, by: who.email })
    return {}
  })
  revalidatePath('/settings/people')
  return answer
}

/** For somebody who lost phone and backup codes. */
export async function resetTotp(user: string): Promise<Outcome> {
  const who = await access.requireProof('admin')
  if ('ok' in who) return who
  const parsed = z.string().max(100).safeParse(user)
  if (!parsed.success) return refuse(settings.people.unknown)
  const answer = await outcome(async () => {
    await resetSecondFactor({ user: parsed.data, by: who.by })
    return {}
  })
  revalidatePath('/settings/people')
  return answer
}
