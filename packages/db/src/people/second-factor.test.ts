import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { useDatabase } from '../../test/database.ts'
import { listAudit } from '../audit/audit.ts'
import { pool, prisma } from '../store/connection.ts'
import { giveCodeBack, resetSecondFactor, spendCode } from './second-factor.ts'
import { checkToken, createToken } from './tokens.ts'

useDatabase()

const person = () =>
  prisma().user.create({ data: { id: randomUUID(), name: 'Ada', email: `${randomUUID()}@example.test` } })

test('a code is taken once by each person, also when many bring it at once', async () => {
  const [ada, bob] = [await person(), await person()]
  const taken = await Promise.all(Array.from({ length: 8 }, () => spendCode(ada.id, '123456')))
  expect(taken.filter(Boolean)).toHaveLength(1)
  expect(await spendCode(bob.id, '123456')).toBe(true)
  expect(await spendCode(ada.id, '654321')).toBe(true)
})

test('a code that was wrong is given back', async () => {
  const { id } = await person()
  await spendCode(id, '111111')
  await giveCodeBack(id, '111111')
  expect(await spendCode(id, '111111')).toBe(true)
})

test('it is forgotten when it has long been out of date', async () => {
  const { id } = await person()
  await spendCode(id, '222222')
  await pool().query("update spent_code set at = at - interval '2 minutes' where user_id = $1", [id])
  expect(await spendCode(id, '222222')).toBe(false)
  await pool().query("update spent_code set at = at - interval '4 minutes' where user_id = $1", [id])
  expect(await spendCode(id, '222222')).toBe(true)
})

test('a reset takes the factor, every browser and every API token of the person, and stands in the audit', async () => {
  const { id, email } = await person()
  await expect(resetSecondFactor({ user: id, by: 'root@example.test' })).rejects.toMatchObject({ code: 'totp-off' })
  await prisma().user.update({ where: { id }, data: { twoFactorEnabled: true } })
  await prisma().twoFactor.create({ data: { id: randomUUID(), userId: id, secret: 's', backupCodes: 'b' } })
  const expiresAt = new Date(Date.now() + 60_000)
  await prisma().session.create({ data: { id: randomUUID(), token: randomUUID(), userId: id, expiresAt } })
  const { token } = await createToken({ user: id, name: 'a program', role: 'viewer', days: null, by: email })
  expect(await checkToken(token)).not.toBe(null)
  await resetSecondFactor({ user: id, by: 'root@example.test' })
  expect(await checkToken(token)).toBe(null)
  expect(await prisma().user.findUnique({ where: { id }, include: { twoFactor: true, sessions: true } })).toMatchObject(
    {
      twoFactorEnabled: false,
      twoFactor: null,
      sessions: [],
    },
  )
  const [done, refused] = (await listAudit({ what: 'totp.reset' })).entries
  expect([done, refused]).toMatchObject([
    { who: 'root@example.test', target: email, outcome: 'done' },
    { outcome: 'refused' },
  ])
})
