/** People who may sign in. Passwords and sessions are the sign-in library's; roles are ours. */
import { z } from 'zod'
import { audited } from './audit.ts'
import { prisma } from './connection.ts'
import { Refusal } from './refusal.ts'

/** viewer looks, operator presses, admin also lets people in. */
export const UserRole = z.enum(['viewer', 'operator', 'admin'])
export type UserRole = z.infer<typeof UserRole>

export interface UserView {
  id: string
  name: string
  email: string
  role: UserRole
  /** ISO time. */
  createdAt: string
}

export async function hasAdmin(): Promise<boolean> {
  return (await prisma().user.count({ where: { role: 'admin' } })) > 0
}

export async function listUsers(): Promise<UserView[]> {
  const rows = await prisma().user.findMany({ orderBy: { createdAt: 'asc' } })
  return rows.map(({ id, name, email, role, createdAt }) => ({
    id,
    name,
    email,
    role: UserRole.catch('viewer').parse(role),
    createdAt: createdAt.toISOString(),
  }))
}

/** Refusal `user-unknown`, `last-admin`. */
export async function setUserRole(input: { user: string; role: UserRole; by: string }): Promise<void> {
  const role = UserRole.parse(input.role)
  await audited({ who: input.by, what: 'user.role', target: input.user, detail: role }, async () => {
    await changeUser(input.user, role !== 'admin', (id, tx) => tx.user.update({ where: { id }, data: { role } }))
  })
}

/** Their sessions end with them. Refusal `user-unknown`, `last-admin`. */
export async function removeUser(input: { user: string; by: string }): Promise<void> {
  await audited({ who: input.by, what: 'user.remove', target: input.user }, async () => {
    await changeUser(input.user, true, (id, tx) => tx.user.delete({ where: { id } }))
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
    if (!user) throw new Refusal('user-unknown', 'There is no such user.', 'Load the page again.')
    const admins = await tx.user.count({ where: { role: 'admin' } })
    if (losesAdmin && user.role === 'admin' && admins === 1)
      throw new Refusal('last-admin', `${user.email} is the only admin.`, 'Make somebody else an admin first.')
    await change(id, tx)
  })
}
