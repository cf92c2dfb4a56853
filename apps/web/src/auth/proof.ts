/** Proving who one is: the password again, or the second factor. Every try counts, and every refusal is written down. */
import { giveCodeBack, spendCode } from '@bramble/db/people'
import { APIError } from 'better-auth/api'
import { type Refused, refuse } from '@/format/outcome.ts'
import { auth } from './auth.ts'
import { proofs } from './proof-copy.ts'
import { sessionHeaders } from './session.ts'
import { credentialTrySucceeded, takeCredentialTry } from './throttle.ts'

/** Null when it is the password of who is signed in; else the refusal to hand back. */
export async function provePassword(user: { email: string }, password: string): Promise<Refused | null> {
  const wait = await takeCredentialTry('password', user.email)
  if (wait > 0) return refuse(proofs.throttled(wait))
  try {
    await auth().api.verifyPassword({ body: { password }, headers: await sessionHeaders() })
  } catch (error) {
    if (!(error instanceof APIError)) throw error
    return refuse(proofs.wrongPassword)
  }
  await credentialTrySucceeded('password', user.email)
  return null
}

/** Six digits of the app, or ten signs of a backup code; spaces, dashes and capitals are as people like them. */
function readCode(typed: string): { kind: 'totp' | 'backup'; code: string } | null {
  const bare = typed.replace(/[\s-]/g, '').toLowerCase()
  if (/^\d{6}$/.test(bare)) return { kind: 'totp', code: bare }
  if (/^[0-9a-z]{10}$/.test(bare)) return { kind: 'backup', code: `${bare.slice(0, 5)}-${bare.slice(5)}` }
  return null
}

/**
 * Null when the code is right, which it then is no more; else the refusal to hand back. In a sign-in that waits for its
 * code it opens the session; it also confirms a second factor that is being set up.
 */
export async function proveCode(user: { id: string; email: string }, typed: string): Promise<Refused | null> {
  const read = readCode(typed)
  if (!read) return refuse(proofs.wrongCode, proofs.codeShape)
  const wait = await takeCredentialTry('code', user.email)
  if (wait > 0) return refuse(proofs.throttled(wait))
  // Taken before it is looked at: of two who bring the same code at once, one gets in. Of backup codes the library sees to it.
  const isSpent = read.kind === 'totp' && !(await spendCode(user.id, read.code))
  if (isSpent) return refuse(proofs.spentCode, proofs.spentCodeCure)
  try {
    const asked = { body: { code: read.code }, headers: await sessionHeaders() }
    if (read.kind === 'totp') await auth().api.verifyTOTP(asked)
    else await auth().api.verifyBackupCode(asked)
  } catch (error) {
    if (read.kind === 'totp') await giveCodeBack(user.id, read.code)
    if (!(error instanceof APIError)) throw error
    const code = String(error.body?.code ?? '')
    if (code.includes('LOCKED')) return refuse(proofs.locked, proofs.lockedCure)
    if (/TOO_MANY|COOKIE/.test(code)) return refuse(proofs.challengeOver, proofs.challengeOverCure)
    return refuse(proofs.wrongCode, read.kind === 'totp' ? proofs.wrongCodeCure : proofs.wrongBackupCure)
  }
  await credentialTrySucceeded('code', user.email)
  return null
}
