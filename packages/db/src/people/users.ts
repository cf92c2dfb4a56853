/** People who may sign in. Passwords and sessions are the sign-in library's; roles are ours. */
import { z } from 'zod'
import { audited } from '../audit/audit.ts'
import { prisma } from '../store/connection.ts'
import { Refusal } from '../store/refusal.ts'

/** viewer looks, operator presses, admin also lets people in. */
export const UserRole = z.enum(['viewer', 'operator', 'admin'])
export type UserRole = z.infer<typeof UserRole>

export interface UserView {
  id: string
  name: string
  email: string
  role: UserRole
  secondFactor: boolean
  /** Tokens that still hold. */
  tokens: number
  /** ISO time. */
  createdAt: string
}

export async function hasAdmin(): Promise<boolean> {
  return (await prisma().user.count({ where: { role: 'admin' } })) > 0
}

export async function listUsers(): Promise<UserView[]> {
  const live = { OR: [{ expiresAt: null }, { expiresAt: { gt: new Date() } }] }
  const rows = await prisma().user.findMany({
    orderBy: { createdAt: 'asc' },
    include: { _count: { select: { tokens: { where: live } } } },
  })
  return rows.map(({ id, name, email, role, createdAt, twoFactorEnabled, _count }) => ({
    id,
    name,
    email,
    role: UserRole.catch('viewer').parse(role),
    secondFactor: twoFactorEnabled,
    tokens: _count.tokens,
    createdAt: createdAt.toISOString(),
  }))
}

/**
 * Their browsers are signed out, so that no session outlives what it was opened for; their tokens go on, with no more than
 * the new role. Refusal `user-unknown`, `last-admin`.
 */
export async function setUserRole(input: { user: string; role: UserRole; by: string }): Promise<void> {
  const role = UserRole.parse(input.role)
  const target = await emailOf(input.user)
  await audited({ who: input.by, what: 'user.role', target, detail: role }, async () => {
    await changeUser(input.user, role !== 'admin', async (id, tx) => {
      await tx.user.update({ where: { id }, data: { role } })
      await tx.session.deleteMany({ where: { userId: id } })
    })
  })
}

/** Their sessions and tokens end with them. Refusal `user-unknown`, `last-admin`. */
export async function removeUser(input: { user: string; by: string }): Promise<void> {
  const target = await emailOf(input.user)
  await audited({ who: input.by, what: 'user.remove', target }, async () => {
    await changeUser(input.user, true, (id, tx) => tx.user.delete({ where: { id } }))
  })
}

/** What the audit calls them. */
async function emailOf(id: string): Promise<string> {
  return (await prisma().user.findUnique({ where: { id } }))?.email ?? id
}

/** Name and e-mail of somebody. Refusal `user-unknown`, `email-taken`. */
export async function changeAccount(input: { user: string; name: string; email: string; by: string }): Promise<void> {
  const user = await prisma().user.findUnique({ where: { id: input.user } })
  const email = input.email.toLowerCase()
  const changes = [
    user && user.name !== input.name ? `name: ${input.name}` : null,
    user && user.email !== email ? `email: ${email}` : null,
  ]
  const detail = changes.filter((change) => change !== null).join(', ')
  if (user && detail === '') return
  await audited({ who: input.by, what: 'account.change', target: user?.email ?? input.user, detail }, async () => {
    if (!user) throw new Refusal('user-unknown', 'This user does not exist.', 'Reload the page.')
    const other = await prisma().user.findUnique({ where: { email } })
    if (other && other.id !== user.id)
      throw new Refusal('email-taken', `${email} belongs to another account.`, 'Choose another address.')
    await prisma().user.update({ where: { id: user.id }, data: { name: input.name, email } })
  })
}

type Transaction = Parameters<Parameters<ReturnType<typeof prisma>['$transaction']>[0]>[0]

/** One change of users at a time, so that two admins cannot each demote the other at once. */
async function changeUser(
  id: string,
  losesAdmin: boolean,
  change: (id: string, tx: Transaction) => Promise<unknown>,
): Promise<void> {
  await prisma().$transaction(async (tx) => {
    await tx.$executeRaw`lock table "user" in share row exclusive mode`
    const user = await tx.user.findUnique({ where: { id } })
    if (!user) throw new Refusal('user-unknown', 'This user does not exist.', 'Reload the page.')
    const admins = await tx.user.count({ where: { role: 'admin' } })
    if (losesAdmin && user.role === 'admin' && admins === 1)
      throw new Refusal('last-admin', `${user.email} is the only admin.`, 'Make another user an admin first.')
    await change(id, tx)
  })
}
