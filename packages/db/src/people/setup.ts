/** The one-time link by which the first admin is made. The token is shown once and kept nowhere. */
import { createHash, randomBytes } from 'node:crypto'
import { recordAudit } from '../audit/audit.ts'
import { prisma } from '../store/connection.ts'
import { Refusal } from '../store/refusal.ts'

const lifetimeMs = 24 * 60 * 60_000

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')

/** Makes a new link; older ones no longer hold. It lives a day. */
export async function createSetupLink(): Promise<{ token: string; expiresAt: string }> {
  const token = randomBytes(24).toString('base64url')
  const expiresAt = new Date(Date.now() + lifetimeMs)
  await prisma().$transaction([
    prisma().setupLink.deleteMany({ where: { usedAt: null, userId: null } }),
    prisma().setupLink.create({ data: { hash: hashOf(token), expiresAt } }),
  ])
  return { token, expiresAt: expiresAt.toISOString() }
}

export async function checkSetupLink(token: string): Promise<boolean> {
  const link = await prisma().setupLink.findUnique({ where: { hash: hashOf(token) } })
  return link !== null && link.userId === null && link.usedAt === null && link.expiresAt > new Date()
}

/**
 * Has `makeUser` make a user, who becomes admin. The link is used up only when that succeeded; of two who press at
 * once, one gets in. Refusal `setup-link-invalid`.
 */
export async function redeemSetupLink(token: string, makeUser: () => Promise<{ id: string }>): Promise<void> {
  const hash = hashOf(token)
  // Claimed first, given back on failure: makeUser works on connections of its own.
  const claimed = await prisma().setupLink.updateMany({
    where: { hash, userId: null, usedAt: null, expiresAt: { gt: new Date() } },
    data: { usedAt: new Date() },
  })
  if (claimed.count !== 1)
    throw new Refusal(
      'setup-link-invalid',
      'This set-up link was already used, has expired, or was replaced by a newer one.',
      'Start Bramble again: while there is no admin it prints a new link.',
    )
  try {
    const { id } = await makeUser()
    const user = await prisma().user.update({ where: { id }, data: { role: 'admin' } })
    await recordAudit({ who: user.email, what: 'setup', target: user.email, outcome: 'done' })
  } catch (error) {
    await prisma().setupLink.update({ where: { hash }, data: { usedAt: null } })
    throw error
  }
}
