'use server'
import { recordAudit } from '@bramble/db/audit'
import { changeAccount, endOtherSessions, endSession, revokeTokensOf } from '@bramble/db/people'
import { APIError } from 'better-auth/api'
import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { auth } from '@/auth/auth.ts'
import { NewAccount } from '@/auth/new-account.ts'
import { provePassword } from '@/auth/proof.ts'
import { proofs } from '@/auth/proof-copy.ts'
import { currentSession, sessionHeaders } from '@/auth/session.ts'
import { credentialTrySucceeded, takeCredentialTry } from '@/auth/throttle.ts'
import { settings } from '@/features/settings/copy.ts'
import { type Outcome, outcome, refuse, refuseAt, refuseFields } from '@/format/outcome.ts'

const Profile = NewAccount.pick({ name: true, email: true }).extend({ password: z.string().max(128).optional() })

export async function changeProfile(_: Outcome | null, form: FormData): Promise<Outcome> {
  const who = await access.require('viewer')
  const asked = Profile.safeParse(Object.fromEntries(form))
  if (!asked.success) return refuseFields(asked.error.issues)
  const { name, email, password } = asked.data
  if (email !== who.email) {
    const refusal = await provePassword(who, password ?? '')
    if (refusal) {
      await recordAudit({ who: who.by, what: 'account.change', outcome: 'refused', detail: refusal.message })
      return refuseAt('password', refusal.message, refusal.cure)
    }
  }
  const answer = await outcome(async () => {
    await changeAccount({ user: who.id, name, email, by: who.by })
    return {}
  })
  revalidatePath('/', 'layout')
  return answer
}

const Change = z.object({
  current: z.string().min(1).max(128),
  next: NewAccount.shape.password,
  /** The checkbox: `on`, or not there. */
  tokens: z.string().max(10).optional(),
})

export async function changePassword(_: Outcome | null, form: FormData): Promise<Outcome> {
  const who = await access.require('viewer')
  const parsed = Change.safeParse(Object.fromEntries(form))
  if (!parsed.success) return refuseFields(parsed.error.issues)
  // The form has the password; a code it has not.
  const proven = (await currentSession())?.secondFactor ? await access.requireProof('viewer') : who
  if ('ok' in proven) return proven
  const wait = await takeCredentialTry('password', who.email)
  if (wait > 0) return refuse(proofs.throttled(wait))
  try {
    await auth().api.changePassword({
      body: { currentPassword: parsed.data.current, newPassword: parsed.data.next, revokeOtherSessions: true },
      headers: await sessionHeaders(),
    })
  } catch (error) {
    if (!(error instanceof APIError)) throw error
    await recordAudit({ who: who.email, what: 'password.change', outcome: 'refused', detail: error.message })
    return refuseAt('current', settings.password.wrong)
  }
  await credentialTrySucceeded('password', who.email)
  await recordAudit({ who: who.email, what: 'password.change', outcome: 'done' })
  if (parsed.data.tokens) await revokeTokensOf({ user: who.id, by: who.by })
  revalidatePath('/settings/account')
  return { ok: true }
}

export async function signOutOthers(): Promise<Outcome> {
  const who = await access.require('viewer')
  const here = await currentSession()
  if (!here) return refuse(settings.sessions.gone)
  await endOtherSessions({ user: who.id, keep: here.id, by: who.by })
  revalidatePath('/settings/account')
  return { ok: true }
}

export async function signOutOne(session: string): Promise<Outcome> {
  const who = await access.require('viewer')
  const asked = z.string().max(100).safeParse(session)
  if (!asked.success) return refuse(settings.sessions.gone)
  const answer = await outcome(async () => {
    await endSession({ user: who.id, session: asked.data, by: who.by })
    return {}
  })
  revalidatePath('/settings/account')
  return answer
}
