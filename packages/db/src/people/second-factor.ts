/** The second factor of sign-in. Secrets and backup codes are the sign-in library's; what it leaves open is here. */
import { createHash } from 'node:crypto'
import { audited } from '../audit/audit.ts'
import { pool, prisma } from '../store/connection.ts'
import { Refusal } from '../store/refusal.ts'

/** A code is right for a minute and a half at most; longer than that is long enough. */
const remembered = '5 minutes'

const hashOf = (user: string, code: string) => createHash('sha256').update(`${user} ${code}`).digest('hex')

/** Takes a one-time code; false: it was taken already. Of two at once, one gets it. */
export async function spendCode(user: string, code: string): Promise<boolean> {
  await pool().query('delete from spent_code where at < now() - $1::interval', [remembered])
  const taken = await pool().query('insert into spent_code (user_id, hash) values ($1, $2) on conflict do nothing', [
    user,
    hashOf(user, code),
  ])
  return taken.rowCount === 1
}

/** It was not right, so it was not spent. */
export async function giveCodeBack(user: string, code: string): Promise<void> {
  await pool().query('delete from spent_code where user_id = $1 and hash = $2', [user, hashOf(user, code)])
}

/**
 * An administrator takes the second factor away from somebody who lost it: the password alone signs in again, every
 * browser of theirs is signed out, and their API tokens end. Refusal `user-unknown`, `totp-off`.
 */
export async function resetSecondFactor(input: { user: string; by: string }): Promise<void> {
  const user = await prisma().user.findUnique({ where: { id: input.user } })
  await audited({ who: input.by, what: 'totp.reset', target: user?.email ?? input.user }, async () => {
    if (!user) throw new Refusal('user-unknown', 'This user does not exist.', 'Reload the page.')
    if (!user.twoFactorEnabled)
      throw new Refusal('totp-off', `${user.email} does not use two-factor authentication.`, 'Reload the page.')
    await prisma().$transaction([
      prisma().twoFactor.deleteMany({ where: { userId: user.id } }),
      prisma().user.update({ where: { id: user.id }, data: { twoFactorEnabled: false } }),
      prisma().session.deleteMany({ where: { userId: user.id } }),
      prisma().apiToken.deleteMany({ where: { userId: user.id } }),
    ])
  })
}
