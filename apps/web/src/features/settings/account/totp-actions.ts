'use server'
import { recordAudit } from '@bramble/db/audit'
import { endOtherSessions } from '@bramble/db/people'
import { APIError } from 'better-auth/api'
import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { auth } from '@/auth/auth.ts'
import { proveCode, provePassword } from '@/auth/proof.ts'
import { proofs } from '@/auth/proof-copy.ts'
import { type QrCode, qrCode } from '@/auth/qr.ts'
import { currentSession, sessionHeaders } from '@/auth/session.ts'
import { settings } from '@/features/settings/copy.ts'
import { type Outcome, refuse } from '@/format/outcome.ts'

const Password = z.string().min(1).max(128)
const Code = z.string().min(1).max(40)

/** Makes a secret that does not count yet: a code of the app has to confirm it. */
export async function beginTotp(password: string): Promise<Outcome<{ secret: string; uri: string; qr: QrCode }>> {
  const who = await access.require('viewer')
  const asked = Password.safeParse(password)
  if (!asked.success) return refuse(proofs.wrongPassword)
  const refusal = await provePassword(who, asked.data)
  if (refusal) {
    await recordAudit({ who: who.by, what: 'totp.enable', outcome: 'refused', detail: refusal.message })
    return refusal
  }
  try {
    const begun = await auth().api.enableTwoFactor({ body: { password: asked.data }, headers: await sessionHeaders() })
    if (begun.method !== 'totp') return refuse(settings.totp.alreadyOn, settings.totp.alreadyOnCure)
    const secret = new URL(begun.totpURI).searchParams.get('secret') ?? ''
    return { ok: true, secret, uri: begun.totpURI, qr: qrCode(begun.totpURI) }
  } catch (error) {
    if (error instanceof APIError) return refuse(settings.totp.alreadyOn, settings.totp.alreadyOnCure)
    throw error
  }
}

/** From here on signing in asks for a code. The backup codes are in this answer and in no later one. */
export async function confirmTotp(code: string): Promise<Outcome<{ codes: string[] }>> {
  const who = await access.require('viewer')
  const asked = Code.safeParse(code)
  if (!asked.success) return refuse(proofs.wrongCode)
  const refusal = await proveCode(who, asked.data)
  if (refusal) {
    await recordAudit({ who: who.by, what: 'totp.enable', outcome: 'refused', detail: refusal.message })
    return refusal
  }
  // A browser that came in with the password alone has to show a code, too.
  const here = await currentSession()
  if (here) await endOtherSessions({ user: who.id, keep: here.id, by: who.by })
  const { backupCodes } = await auth().api.viewBackupCodes({ body: { userId: who.id } })
  await recordAudit({ who: who.by, what: 'totp.enable', outcome: 'done' })
  revalidatePath('/settings/account')
  return { ok: true, codes: backupCodes }
}

const Both = z.strictObject({ password: Password, code: Code })
export type BothInput = z.infer<typeof Both>

/** Password and code together: who found an open browser has neither. */
async function proveBoth(who: { id: string; email: string }, input: BothInput) {
  const asked = Both.safeParse(input)
  if (!asked.success) return refuse(proofs.wrongPassword)
  return (await provePassword(who, asked.data.password)) ?? (await proveCode(who, asked.data.code))
}

export async function endTotp(input: BothInput): Promise<Outcome> {
  const who = await access.require('viewer')
  const refusal = await proveBoth(who, input)
  if (refusal) {
    await recordAudit({ who: who.by, what: 'totp.disable', outcome: 'refused', detail: refusal.message })
    return refusal
  }
  await auth().api.disableTwoFactor({ body: { password: input.password }, headers: await sessionHeaders() })
  await recordAudit({ who: who.by, what: 'totp.disable', outcome: 'done' })
  revalidatePath('/settings/account')
  return { ok: true }
}

/** The old ones end. */
export async function newBackupCodes(input: BothInput): Promise<Outcome<{ codes: string[] }>> {
  const who = await access.require('viewer')
  const refusal = await proveBoth(who, input)
  if (refusal) {
    await recordAudit({ who: who.by, what: 'totp.codes', outcome: 'refused', detail: refusal.message })
    return refusal
  }
  const made = await auth().api.generateBackupCodes({
    body: { password: input.password },
    headers: await sessionHeaders(),
  })
  await recordAudit({ who: who.by, what: 'totp.codes', outcome: 'done' })
  revalidatePath('/settings/account')
  return { ok: true, codes: made.backupCodes }
}
