'use server'
import { redeemResetLink, redeemSetupLink } from '@bramble/db/people'
import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { auth, makeUser, setPassword } from '@/auth/auth.ts'
import { NewAccount } from '@/auth/new-account.ts'
import { proofs } from '@/auth/proof-copy.ts'
import { takeSetupTry } from '@/auth/strangers.ts'
import { type Outcome, outcome, refuse, refuseFields } from '@/format/outcome.ts'
import { fieldsOf } from '@/http/form-fields.ts'

const Setup = NewAccount.extend({ token: z.string().min(1).max(200) })

/** The set-up link becomes the first administrator, who is then signed in. */
export async function setUp(_: Outcome | null, form: FormData): Promise<Outcome> {
  await access.require('anyone')
  const parsed = Setup.safeParse(fieldsOf(form))
  if (!parsed.success) return refuseFields(parsed.error.issues)
  const wait = await takeSetupTry()
  if (wait > 0) return refuse(proofs.throttled(wait))
  const { token, ...account } = parsed.data
  const made = await outcome(async () => {
    await redeemSetupLink(token, () => makeUser(account))
    return {}
  })
  if (!made.ok) return made
  await auth().api.signInEmail({
    body: { email: account.email, password: account.password },
    headers: await headers(),
  })
  redirect('/')
}

const Reset = Setup.pick({ password: true, token: true }).extend({
  /** The checkbox: `on`, or not there. */
  revokeTokens: z.string().max(10).optional(),
})

/** A link of `bramble admin reset` gives its account a new password. */
export async function resetPassword(_: Outcome | null, form: FormData): Promise<Outcome> {
  await access.require('anyone')
  const parsed = Reset.safeParse(fieldsOf(form))
  if (!parsed.success) return refuseFields(parsed.error.issues)
  const wait = await takeSetupTry()
  if (wait > 0) return refuse(proofs.throttled(wait))
  const { token, password } = parsed.data
  const revokeTokens = parsed.data.revokeTokens !== undefined
  const done = await outcome(() => redeemResetLink(token, (user) => setPassword(user, password), { revokeTokens }))
  if (!done.ok) return done
  redirect('/sign-in')
}
