'use server'
import { recordAudit } from '@bramble/db'
import { APIError } from 'better-auth/api'
import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { z } from 'zod'
import { en } from '@/copy/en.ts'
import { proofs } from '@/copy/proofs.ts'
import { access } from '@/lib/access.ts'
import { auth } from '@/lib/auth.ts'
import { type Outcome, refuse } from '@/lib/outcome.ts'
import { proveCode } from '@/lib/proof.ts'
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
    return refuse(proofs.throttled(wait))
  }
  let asksCode: boolean
  try {
    const answer = await auth().api.signInEmail({ body: { email, password }, headers: await headers() })
    asksCode = 'twoFactorRedirect' in answer
  } catch (error) {
    if (!(error instanceof APIError)) throw error
    await recordAudit({ who: email, what: 'sign-in', outcome: 'refused', detail: 'wrong e-mail or password' })
    return refuse(en.signIn.wrong, en.signIn.wrongCure)
  }
  await credentialTrySucceeded('password', email)
  // A password without the code after it is what a thief of passwords leaves behind.
  await recordAudit({ who: email, what: asksCode ? 'sign-in.password' : 'sign-in', outcome: 'done' })
  redirect(asksCode ? '/sign-in/code' : '/')
}

export async function signInWithCode(_: Outcome | null, form: FormData): Promise<Outcome> {
  await access.require('anyone')
  const waiting = await auth().api.readChallenge({ headers: await headers() })
  if (!waiting) return refuse(proofs.challengeOver, proofs.challengeOverCure)
  const refusal = await proveCode(waiting, String(form.get('code') ?? '').slice(0, 40))
  if (refusal) {
    await recordAudit({ who: waiting.email, what: 'sign-in', outcome: 'refused', detail: refusal.message })
    return refusal
  }
  await recordAudit({ who: waiting.email, what: 'sign-in', outcome: 'done', detail: 'with a second factor' })
  redirect('/')
}

/** Back to e-mail and password. */
export async function startOver(): Promise<void> {
  await access.require('anyone')
  await auth().api.dropChallenge({ headers: await headers() })
  redirect('/sign-in')
}

export async function signOut(): Promise<void> {
  const who = await access.require('viewer')
  await auth().api.signOut({ headers: await headers() })
  await recordAudit({ who: who.email, what: 'sign-out', outcome: 'done' })
  redirect('/sign-in')
}
