/** The way back in for an administrator, from the machine that Bramble runs on: a link that sets a new password, once. */
import { createHash, randomBytes } from 'node:crypto'
import { audited } from '../audit/audit.ts'
import { prisma } from '../store/connection.ts'
import { Refusal } from '../store/refusal.ts'
import { revokeTokensOf } from './tokens.ts'

const lifetimeMs = 60 * 60_000

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')

/** What the audit calls whoever has the data directory. */
const host = "Bramble's machine"

/**
 * Ends the sessions of an administrator and makes a link that holds for an hour; older ones of the account end. Until it is
 * used the old password holds. `email`: needed when there are several. Refusals `admin-unknown`, `admin-ambiguous`.
 */
export async function resetAdmin(input: {
  email?: string | undefined
  /** Also takes the second factor away. */
  secondFactor: boolean
}): Promise<{ token: string; email: string; expiresAt: string; secondFactor: boolean }> {
  const detail = input.secondFactor ? 'with two-factor authentication' : 'two-factor authentication stays'
  return audited({ who: host, what: 'admin.reset', target: input.email, detail }, async () => {
    const user = await adminOf(input.email)
    const token = randomBytes(24).toString('base64url')
    const expiresAt = new Date(Date.now() + lifetimeMs)
    await prisma().$transaction([
      prisma().session.deleteMany({ where: { userId: user.id } }),
      prisma().setupLink.deleteMany({ where: { userId: user.id, usedAt: null } }),
      prisma().setupLink.create({ data: { hash: hashOf(token), expiresAt, userId: user.id } }),
      ...(input.secondFactor
        ? [
            prisma().twoFactor.deleteMany({ where: { userId: user.id } }),
            prisma().user.update({ where: { id: user.id }, data: { twoFactorEnabled: false } }),
          ]
        : []),
    ])
    const secondFactor = user.twoFactorEnabled && !input.secondFactor
    return { token, email: user.email, expiresAt: expiresAt.toISOString(), secondFactor }
  })
}

async function adminOf(email: string | undefined) {
  const admins = await prisma().user.findMany({ where: { role: 'admin' }, orderBy: { email: 'asc' } })
  const list = admins.map((admin) => admin.email).join(', ')
  const [only] = admins
  if (!only)
    throw new Refusal(
      'admin-unknown',
      'There is no administrator yet.',
      'Start Bramble: it prints a link that makes the first one.',
    )
  if (email === undefined && admins.length > 1)
    throw new Refusal('admin-ambiguous', `There are ${admins.length} administrators: ${list}.`, 'Name one of them.')
  const found = email === undefined ? only : admins.find((admin) => admin.email === email.toLowerCase())
  if (found) return found
  throw new Refusal('admin-unknown', `${email} is not an administrator.`, `Name one of these: ${list}.`)
}

/** Whose password the link sets; null: it was used, has expired, was replaced, or is none. */
export async function readResetLink(token: string): Promise<{ email: string } | null> {
  const link = await prisma().setupLink.findUnique({
    where: { hash: hashOf(token) },
    include: { user: { select: { email: true } } },
  })
  return link?.user && link.usedAt === null && link.expiresAt > new Date() ? { email: link.user.email } : null
}

/**
 * Has `setPassword` set the password of the link's account, ends its sessions and, with `revokeTokens`, its API tokens. Of two
 * who press at once, one gets in; the link is used up only when it succeeded. Refusal `reset-link-invalid`.
 */
export async function redeemResetLink(
  token: string,
  setPassword: (user: string) => Promise<void>,
  { revokeTokens }: { revokeTokens: boolean },
): Promise<{ email: string }> {
  const hash = hashOf(token)
  const claimed = await prisma().setupLink.updateMany({
    where: { hash, userId: { not: null }, usedAt: null, expiresAt: { gt: new Date() } },
    data: { usedAt: new Date() },
  })
  const link =
    claimed.count === 1 ? await prisma().setupLink.findUnique({ where: { hash }, include: { user: true } }) : null
  const user = link?.user
  if (!user)
    throw new Refusal(
      'reset-link-invalid',
      'This link was already used, has expired, or was replaced by a newer one.',
      'Run ./bramble admin reset again on the machine of Bramble.',
    )
  try {
    await audited({ who: user.email, what: 'password.reset' }, async () => {
      await setPassword(user.id)
      await prisma().session.deleteMany({ where: { userId: user.id } })
    })
  } catch (error) {
    await prisma().setupLink.update({ where: { hash }, data: { usedAt: null } })
    throw error
  }
  if (revokeTokens) await revokeTokensOf({ user: user.id, by: user.email })
  return { email: user.email }
}
