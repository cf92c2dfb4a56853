'use server'
import { recordAudit } from '@bramble/db'
import { APIError } from 'better-auth/api'
import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { z } from 'zod'
import { en } from '@/copy/en.ts'
import { access } from '@/lib/access.ts'
import { auth } from '@/lib/auth.ts'
import { type Outcome, refuse } from '@/lib/outcome.ts'
import { credentialTrySucceeded, takeCredentialTry } from '@/lib/throttle.ts'

const Credentials = z.object({ email: z.email().max(254), password: z.string().min(1).max(128) })

export async function signIn(_: Outcome | null, form: FormData): Promise<Outcome> {
  await access.require('anyone')
  const parsed = Credentials.safeParse(Object.fromEntries(form))
  if (!parsed.success) return refuse(en.signIn.wrong, en.signIn.wrongCure)
  const { email, password } = parsed.data
  const wait = await takeCredentialTry('password', email)
  if (wait > 0) {
    await recordAudit({ who: email, what: 'sign-in', outcome: 'refused', detail: 'too many tries' })
    return refuse(en.signIn.throttled(wait))
  }
  try {
    await auth().api.signInEmail({ body: { email, password }, headers: await headers() })
  } catch (error) {
    if (!(error instanceof APIError)) throw error
    await recordAudit({ who: email, what: 'sign-in', outcome: 'refused', detail: 'wrong e-mail or password' })
    return refuse(en.signIn.wrong, en.signIn.wrongCure)
  }
  await credentialTrySucceeded('password', email)
  await recordAudit({ who: email, what: 'sign-in', outcome: 'done' })
  redirect('/')
}

export async function signOut(): Promise<void> {
  const who = await access.require('viewer')
  await auth().api.signOut({ headers: await headers() })
  await recordAudit({ who: who.email, what: 'sign-out', outcome: 'done' })
  redirect('/sign-in')
}
