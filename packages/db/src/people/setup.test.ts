import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { useDatabase } from '../../test/database.ts'
import { listAudit } from '../audit/index.ts'
import { prisma } from '../store/connection.ts'
import {
  checkSetupLink,
  createSetupLink,
  hasAdmin,
  listUsers,
  redeemSetupLink,
  removeUser,
  setUserRole,
} from './index.ts'

useDatabase()
const by = 'ada@example.org'
const makeUser = async (name: string) =>
  prisma().user.create({ data: { id: randomUUID(), name, email: `${name}@example.org` } })

test('the link makes one admin, once, and only when the account was made', async () => {
  expect(await hasAdmin()).toBe(false)
  const old = await createSetupLink()
  const { token } = await createSetupLink()
  expect([await checkSetupLink(old.token), await checkSetupLink(token)]).toEqual([false, true])
  await expect(redeemSetupLink(token, () => Promise.reject(new Error('weak password')))).rejects.toThrow('weak')
  expect(await checkSetupLink(token)).toBe(true)
  const pressed = await Promise.allSettled(['ada', 'eve'].map((name) => redeemSetupLink(token, () => makeUser(name))))
  expect(pressed.map((entry) => entry.status).toSorted()).toEqual(['fulfilled', 'rejected'])
  expect((await listUsers()).map((user) => user.role)).toEqual(['admin'])
  expect([await hasAdmin(), await checkSetupLink(token)]).toEqual([true, false])
  await expect(redeemSetupLink('guessed', () => makeUser('mallory'))).rejects.toMatchObject({
    code: 'setup-link-invalid',
  })
  expect((await listAudit()).entries[0]).toMatchObject({ what: 'setup', outcome: 'done' })
})

test('an expired link does not hold', async () => {
  const { token } = await createSetupLink()
  await prisma().setupLink.updateMany({ data: { expiresAt: new Date(Date.now() - 1000) } })
  await expect(redeemSetupLink(token, () => makeUser('late'))).rejects.toMatchObject({ code: 'setup-link-invalid' })
})

test('the last admin stays one, even when two are demoted at once', async () => {
  const [first] = await listUsers()
  const second = await makeUser('grace')
  await expect(setUserRole({ user: first!.id, role: 'viewer', by })).rejects.toMatchObject({ code: 'last-admin' })
  await setUserRole({ user: second.id, role: 'admin', by })
  const both = await Promise.allSettled([
    removeUser({ user: first!.id, by }),
    setUserRole({ user: second.id, role: 'viewer', by }),
  ])
  expect(both.map((entry) => entry.status).toSorted()).toEqual(['fulfilled', 'rejected'])
  expect(await hasAdmin()).toBe(true)
  await expect(removeUser({ user: 'nobody', by })).rejects.toMatchObject({ code: 'user-unknown' })
})
