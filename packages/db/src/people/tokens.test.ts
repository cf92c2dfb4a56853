import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { useDatabase } from '../../test/database.ts'
import { listAudit } from '../audit/audit.ts'
import { pool, prisma } from '../store/connection.ts'
import { checkToken, createToken, listTokens, revokeToken } from './tokens.ts'
import { removeUser, setUserRole } from './users.ts'

useDatabase()

let made = 0
async function person(role: 'viewer' | 'operator' | 'admin') {
  const email = `person-${++made}@example.test`
  return prisma().user.create({ data: { id: randomUUID(), name: email, email, role } })
}

test('a token is shown once: the database holds a hash and a prefix, never the token', async () => {
  const { id, email } = await person('operator')
  const { token } = await createToken({ user: id, name: 'nightly', role: 'viewer', days: 30, by: email })
  expect(token).toMatch(/^brm_[0-9a-f]{60}$/)
  const { rows } = await pool().query('select row_to_json(t)::text as row from api_token t')
  const kept = rows.map(({ row }) => row).join()
  expect(kept).not.toContain(token.slice(0, 16))
  expect(kept).toContain(token.slice(0, 10))
  const [entry] = (await listAudit()).entries
  expect(entry).toMatchObject({ what: 'token.create', target: 'nightly', detail: 'viewer, 30 days', outcome: 'done' })
})

test('it speaks for its maker, until it is revoked', async () => {
  const { id, email, name } = await person('operator')
  const { token, id: tokenId } = await createToken({ user: id, name: 'ci', role: 'operator', days: null, by: email })
  expect(await checkToken(token)).toEqual({
    token: { id: tokenId, name: 'ci' },
    user: { id, name, email },
    role: 'operator',
  })
  for (const wrong of [
    '',
    'brm_',
    `${token}0`,
    token.toUpperCase(),
    token.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
  ])
    expect(await checkToken(wrong)).toBeNull()
  const stranger = await person('viewer')
  await expect(revokeToken({ token: tokenId, user: stranger.id, by: stranger.email })).rejects.toMatchObject({
    code: 'token-unknown',
  })
  await revokeToken({ token: tokenId, user: id, by: email })
  expect(await checkToken(token)).toBeNull()
  await expect(revokeToken({ token: tokenId, by: email })).rejects.toMatchObject({ code: 'token-unknown' })
})

test('it expires', async () => {
  const { id, email } = await person('viewer')
  const { token } = await createToken({ user: id, name: 'short', role: 'viewer', days: 30, by: email })
  expect(await checkToken(token)).not.toBeNull()
  await pool().query("update api_token set expires_at = now() - interval '1 second' where user_id = $1", [id])
  expect(await checkToken(token)).toBeNull()
  expect(await listTokens({ user: id })).toMatchObject([{ name: 'short', expired: true }])
})

test('it never does more than its maker may, now or later', async () => {
  const { id, email } = await person('operator')
  const ask = (role: 'viewer' | 'admin' | 'operator', name: string) =>
    createToken({ user: id, name, role, days: 90, by: email })
  await expect(ask('admin', 'too much')).rejects.toMatchObject({ code: 'token-role' })
  const { token } = await ask('operator', 'fits')
  await expect(ask('viewer', 'fits')).rejects.toMatchObject({ code: 'token-name-taken' })
  const boss = await person('admin')
  await setUserRole({ user: id, role: 'viewer', by: boss.email })
  expect(await checkToken(token)).toMatchObject({ role: 'viewer' })
  expect(await listTokens({ user: id })).toMatchObject([{ role: 'viewer' }])
  await setUserRole({ user: id, role: 'admin', by: boss.email })
  expect(await checkToken(token)).toMatchObject({ role: 'operator' })
  await removeUser({ user: id, by: boss.email })
  expect(await checkToken(token)).toBeNull()
})

test('"last used" is noted, coarsely', async () => {
  const { id, email } = await person('viewer')
  const { token } = await createToken({ user: id, name: 'seen', role: 'viewer', days: 30, by: email })
  const used = async () => (await listTokens({ user: id }))[0]?.lastUsedAt ?? null
  expect(await used()).toBeNull()
  await checkToken(token)
  const first = await used()
  expect(first).not.toBeNull()
  await checkToken(token)
  expect(await used()).toBe(first)
  await pool().query("update api_token set last_used_at = now() - interval '11 minutes' where user_id = $1", [id])
  await checkToken(token)
  expect(Date.parse((await used())!)).toBeGreaterThanOrEqual(Date.parse(first!))
})

test.each(['', '   ', 'a\nb', 'a\u202eb', '\u200bx', 'x'.repeat(61)])('the name %j is refused', async (name) => {
  const { id, email } = await person('viewer')
  await expect(createToken({ user: id, name, role: 'viewer', days: 30, by: email })).rejects.toThrow()
})
