import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { useDatabase } from '../../test/database.ts'
import { listAudit } from '../audit/audit.ts'
import { pool, prisma } from '../store/connection.ts'
import { endOtherSessions, endSession, listSessions, noteSession } from './sessions.ts'
import { setUserRole } from './users.ts'

useDatabase()

async function person(role = 'viewer') {
  const id = randomUUID()
  return prisma().user.create({ data: { id, name: 'Ada', email: `${id}@example.test`, role } })
}

const signIn = (userId: string, expiresAt = new Date(Date.now() + 60_000)) =>
  prisma().session.create({
    data: { id: randomUUID(), token: randomUUID(), userId, expiresAt, userAgent: 'Firefox/1' },
  })

test('one sees one’s own that hold, and ends one or all others', async () => {
  const [ada, bob] = [await person(), await person()]
  const [here, there, third] = [await signIn(ada.id), await signIn(ada.id), await signIn(ada.id)]
  await signIn(ada.id, new Date(Date.now() - 1000))
  const bobs = await signIn(bob.id)
  const seen = async () => (await listSessions(ada.id)).map(({ id }) => id).sort()
  expect(await seen()).toEqual([here.id, there.id, third.id].sort())

  await expect(endSession({ user: ada.id, session: bobs.id, by: ada.email })).rejects.toMatchObject({
    code: 'session-unknown',
  })
  await endSession({ user: ada.id, session: there.id, by: ada.email })
  expect(await seen()).toEqual([here.id, third.id].sort())
  await endOtherSessions({ user: ada.id, keep: here.id, by: ada.email })
  expect(await seen()).toEqual([here.id])
  expect(await listSessions(bob.id)).toHaveLength(1)
  const entries = (await listAudit({ what: 'sessions.revoke', who: ada.email })).entries
  expect(entries.map(({ target, outcome }) => [target, outcome])).toEqual([
    ['all other browsers', 'done'],
    ['one browser', 'done'],
    ['one browser', 'refused'],
  ])
})

test('"last seen" is noted, coarsely', async () => {
  const ada = await person()
  const { id } = await signIn(ada.id)
  await pool().query("update session set seen_at = now() - interval '4 minutes' where id = $1", [id])
  const seenAt = async () => new Date((await listSessions(ada.id))[0]!.seenAt)
  const first = await seenAt()
  await noteSession({ id, seenAt: first })
  expect(await seenAt()).toEqual(first)
  await pool().query("update session set seen_at = now() - interval '6 minutes' where id = $1", [id])
  await noteSession({ id, seenAt: await seenAt() })
  expect((await seenAt()).getTime()).toBeGreaterThan(first.getTime())
})

test('a change of role ends the sessions that were opened for the old one', async () => {
  const ada = await person()
  await signIn(ada.id)
  await setUserRole({ user: ada.id, role: 'operator', by: 'root@example.test' })
  expect(await listSessions(ada.id)).toEqual([])
})
