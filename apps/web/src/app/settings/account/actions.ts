'use server'
import { recordAudit } from '@bramble/db'
import { APIError } from 'better-auth/api'
import { revalidatePath } from 'next/cache'
import { headers } from 'next/headers'
import { z } from 'zod'
import { en } from '@/copy/en.ts'
import { settings } from '@/copy/settings.ts'
import { access } from '@/lib/access.ts'
import { auth } from '@/lib/auth.ts'
import { NewAccount } from '@/lib/new-account.ts'
import { type Outcome, refuse } from '@/lib/outcome.ts'
import { credentialTrySucceeded, takeCredentialTry } from '@/lib/throttle.ts'

const Change = z.object({ current: z.string().min(1).max(128), next: NewAccount.shape.password })

export async function changePassword(_: Outcome | null, form: FormData): Promise<Outcome> {
  const who = await access.require('viewer')
  const parsed = Change.safeParse(Object.fromEntries(form))
  if (!parsed.success) return refuse(parsed.error.issues[0]?.message ?? en.account.passwordHint)
  const wait = await takeCredentialTry('password', who.email)
  if (wait > 0) return refuse(en.signIn.throttled(wait))
  try {
    await auth().api.changePassword({
      body: { currentPassword: parsed.data.current, newPassword: parsed.data.next, revokeOtherSessions: true },
      headers: await headers(),
    })
  } catch (error) {
    if (!(error instanceof APIError)) throw error
    await recordAudit({ who: who.email, what: 'password.change', outcome: 'refused', detail: error.message })
    return refuse(settings.password.wrong)
  }
  await credentialTrySucceeded('password', who.email)
  await recordAudit({ who: who.email, what: 'password.change', outcome: 'done' })
  revalidatePath('/settings/account')
  return { ok: true }
}

export async function signOutOthers(): Promise<Outcome> {
  const who = await access.require('viewer')
  await auth().api.revokeOtherSessions({ headers: await headers() })
  await recordAudit({ who: who.email, what: 'sessions.revoke', outcome: 'done' })
  revalidatePath('/settings/account')
  return { ok: true }
}
