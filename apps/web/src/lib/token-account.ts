/** A program's way in: `Authorization: Bearer brm_…`. Route handlers take it; pages and server actions do not. */
import { checkToken, recordAudit } from '@bramble/db'
import { rememberToken } from './good-tokens.ts'
import type { Account } from './session.ts'
import { isNewTokenFailure, takeTokenFailure } from './throttle.ts'

/** The account it speaks for, or the seconds to wait before the next wrong one; 0: it is just wrong. */
export async function tokenAccount(bearer: string): Promise<Account | number> {
  const found = await checkToken(bearer)
  rememberToken(bearer, found !== null)
  if (found) return { ...found.user, role: found.role, by: `${found.user.email} (token ${found.token.name})` }
  const wait = await takeTokenFailure()
  const prefix = /^brm_[0-9a-f]{6}/.exec(bearer)?.[0]
  if (wait === 0 && (await isNewTokenFailure(prefix ?? 'malformed')))
    await recordAudit({
      who: 'unknown',
      what: 'token.use',
      target: prefix && `${prefix}…`,
      outcome: 'refused',
      detail: prefix ? 'not known, expired or revoked' : 'not a token of Bramble',
    })
  return wait
}
