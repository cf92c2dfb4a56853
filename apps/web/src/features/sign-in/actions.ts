'use server'
import { recordAudit } from '@bramble/db/audit'
import { cookies, headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { auth } from '@/auth/auth.ts'
import { rememberDevice } from '@/auth/known-device.ts'
import { openSession } from '@/auth/open-session.ts'
import { proveCode } from '@/auth/proof.ts'
import { proofs } from '@/auth/proof-copy.ts'
import { noteRefusedCode, trySignIn } from '@/auth/strangers.ts'
import { en } from '@/format/en.ts'
import { type Outcome, refuse } from '@/format/outcome.ts'
import { fieldsOf } from '@/http/form-fields.ts'

const Credentials = z.object({ email: z.email().max(254), password: z.string().min(1).max(128) })

export async function signIn(_: Outcome | null, form: FormData): Promise<Outcome> {
  await access.require('anyone')
  const parsed = Credentials.safeParse(fieldsOf(form))
  if (!parsed.success) return refuse(en.signIn.wrong, en.signIn.wrongCure)
  const { email, password } = parsed.data
  const tried = await trySignIn(email, () => openSession(email, password))
  if (tried.wait > 0) return refuse(proofs.throttled(tried.wait))
  if (!tried.found) return refuse(en.signIn.wrong, en.signIn.wrongCure)
  const { asksCode } = tried.found
  // A password without the code after it is what a thief of passwords leaves behind.
  await recordAudit({ who: email, what: asksCode ? 'sign-in.password' : 'sign-in', outcome: 'done' })
  if (!asksCode) rememberDevice(await cookies(), email)
  redirect(asksCode ? '/sign-in/code' : '/')
}

export async function signInWithCode(_: Outcome | null, form: FormData): Promise<Outcome> {
  await access.require('anyone')
  const waiting = await auth().api.readChallenge({ headers: await headers() })
  if (!waiting) return refuse(proofs.challengeOver, proofs.challengeOverCure)
  const refusal = await proveCode(waiting, String(fieldsOf(form).code ?? '').slice(0, 40))
  if (refusal) {
    await noteRefusedCode(waiting.email, refusal.message)
    return refusal
  }
  await recordAudit({ who: waiting.email, what: 'sign-in', outcome: 'done', detail: 'with two-factor authentication' })
  rememberDevice(await cookies(), waiting.email)
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
