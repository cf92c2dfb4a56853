/** A program's way in: `Authorization: Bearer brm_…`. Route handlers take it; pages and server actions do not. */
import { checkToken } from '@bramble/db/people'
import { rememberToken, wasGood } from '@/http/good-tokens.ts'
import type { Account } from './session.ts'
import { noteRefusedToken, senderOf, tryToken } from './strangers.ts'

/** The account it speaks for, or the seconds to wait before the next wrong one; 0: it is just wrong. */
export async function tokenAccount(bearer: string, sent: Pick<Headers, 'get'>): Promise<Account | number> {
  const sender = senderOf(sent)
  const prefix = /^brm_[0-9a-f]{6}/.exec(bearer)?.[0]
  // One that was good lately waits for nobody.
  const check = () => checkToken(bearer)
  const { wait, found } = wasGood(bearer) ? { wait: 0, found: await check() } : await tryToken(sender, check)
  if (wait > 0) {
    await noteRefusedToken(sender, prefix && `${prefix}…`, 'too many wrong tokens')
    return wait
  }
  rememberToken(bearer, found !== null)
  if (found) return { ...found.user, role: found.role, by: `${found.user.email} (token ${found.token.name})` }
  const detail = prefix ? 'not known, expired or revoked' : 'not a token of Bramble'
  await noteRefusedToken(sender, prefix && `${prefix}…`, detail)
  return 0
}
