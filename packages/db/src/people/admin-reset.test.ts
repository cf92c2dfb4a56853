import { randomUUID } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { useDatabase } from '../../test/database.ts'
import { listAudit } from '../audit/index.ts'
import { prisma } from '../store/connection.ts'
import { checkSetupLink, createSetupLink, createToken, readResetLink, redeemResetLink, resetAdmin } from './index.ts'

useDatabase()

let made = 0
async function makeUser(role: string, twoFactorEnabled = false) {
  const id = randomUUID()
  const email = `${role}${++made}@example.org`
  await prisma().user.create({ data: { id, name: role, email, role, twoFactorEnabled } })
  const expiresAt = new Date(Date.now() + 60_000)
  await prisma().session.create({ data: { id: randomUUID(), token: randomUUID(), userId: id, expiresAt } })
  if (twoFactorEnabled)
    await prisma().twoFactor.create({ data: { id: randomUUID(), userId: id, secret: 's', backupCodes: 'b' } })
  return { id, email }
}
const sessionsOf = (userId: string) => prisma().session.count({ where: { userId } })
const nothing = () => Promise.resolve()
const keepTokens = { revokeTokens: false }

beforeEach(async () => void (await prisma().user.deleteMany()))

test('the only administrator needs no name; the link sets the password of that account, once, and ends its sessions', async () => {
  const admin = await makeUser('admin')
  const other = await makeUser('viewer')
  const { token, email } = await resetAdmin({ secondFactor: false })
  expect([email, await sessionsOf(admin.id), await sessionsOf(other.id)]).toEqual([admin.email, 0, 1])
  expect(await readResetLink(token)).toEqual({ email: admin.email })
  // It makes no administrator.
  expect(await checkSetupLink(token)).toBe(false)
  await expect(redeemResetLink(token, () => Promise.reject(new Error('weak')), keepTokens)).rejects.toThrow('weak')
  const set: string[] = []
  const pressed = await Promise.allSettled(
    [1, 2].map(() => redeemResetLink(token, async (user) => void set.push(user), keepTokens)),
  )
  expect(pressed.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  expect([set, await readResetLink(token)]).toEqual([[admin.id], null])
  const { entries } = await listAudit()
  expect(entries.map(({ who, what, outcome }) => [who, what, outcome])).toEqual([
    [admin.email, 'password.reset', 'done'],
    [admin.email, 'password.reset', 'failed'],
    ["Bramble's machine", 'admin.reset', 'done'],
  ])
})

test('of several one is named; who is no administrator is refused', async () => {
  await expect(resetAdmin({ secondFactor: false })).rejects.toMatchObject({ code: 'admin-unknown' })
  const [first, second] = [await makeUser('admin'), await makeUser('admin')]
  const viewer = await makeUser('viewer')
  await expect(resetAdmin({ secondFactor: false })).rejects.toMatchObject({ code: 'admin-ambiguous' })
  for (const email of [viewer.email, 'nobody@example.org'])
    await expect(resetAdmin({ email, secondFactor: false })).rejects.toMatchObject({ code: 'admin-unknown' })
  const asked = await resetAdmin({ email: second.email.toUpperCase(), secondFactor: false })
  expect(asked.email).toBe(second.email)
  expect([await sessionsOf(first.id), await sessionsOf(second.id)]).toEqual([1, 0])
})

test('the second factor stays unless it is asked for; a newer link ends the older; a set-up link is no reset link', async () => {
  const admin = await makeUser('admin', true)
  const factors = () => prisma().twoFactor.count({ where: { userId: admin.id } })
  const old = await resetAdmin({ secondFactor: false })
  expect([old.secondFactor, await factors()]).toEqual([true, 1])
  const next = await resetAdmin({ secondFactor: true })
  expect([next.secondFactor, await factors()]).toEqual([false, 0])
  const setup = await createSetupLink()
  for (const token of [old.token, setup.token, 'guessed']) {
    expect(await readResetLink(token)).toBe(null)
    await expect(redeemResetLink(token, nothing, keepTokens)).rejects.toMatchObject({ code: 'reset-link-invalid' })
  }
  await prisma().setupLink.updateMany({ data: { expiresAt: new Date(Date.now() - 1_000) } })
  await expect(redeemResetLink(next.token, nothing, keepTokens)).rejects.toMatchObject({ code: 'reset-link-invalid' })
})

test('API tokens of the account end with the old password, unless they are to stay', async () => {
  const admin = await makeUser('admin')
  const other = await makeUser('viewer')
  for (const { id } of [admin, other])
    await createToken({ user: id, name: 'Grafana', role: 'viewer', days: 90, by: admin.email })
  const tokensOf = ({ id }: { id: string }) => prisma().apiToken.count({ where: { userId: id } })
  const counts = async () => [await tokensOf(admin), await tokensOf(other)]
  await redeemResetLink((await resetAdmin({ secondFactor: false })).token, nothing, keepTokens)
  expect(await counts()).toEqual([1, 1])
  const { token } = await resetAdmin({ secondFactor: true })
  await expect(
    redeemResetLink(token, () => Promise.reject(new Error('weak')), { revokeTokens: true }),
  ).rejects.toThrow()
  expect(await counts()).toEqual([1, 1])
  await redeemResetLink(token, nothing, { revokeTokens: true })
  expect(await counts()).toEqual([0, 1])
})
