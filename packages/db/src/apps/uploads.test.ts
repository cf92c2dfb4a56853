/** An upload that was interrupted, begun once more. */
import { expect, test } from 'vitest'
import * as db from '../../test/all.ts'
import { builtCluster } from '../../test/apps.ts'
import { useDatabase } from '../../test/database.ts'

useDatabase()

test('the same content of the same person is the same upload until it is deployed, refused or discarded', async () => {
  const cluster = await builtCluster()
  const by = 'ada@example.org (token deploys)'
  const asked = { name: 'shop', size: 10, sha256: 'a'.repeat(64), app: 'shop' }
  const begin = (change: object = {}, who = by) => db.beginUpload({ cluster, upload: { ...asked, ...change }, by: who })
  const first = await begin()
  await db.recordReceived(first.id, 4)
  expect(await begin({ name: 'shop again' })).toMatchObject({ id: first.id, received: 4, state: 'receiving' })
  const others = await Promise.all([
    begin({ sha256: 'b'.repeat(64) }),
    begin({ app: 'blog' }),
    begin({ size: 11 }),
    begin({ sha256: undefined }),
    begin({ sha256: undefined }),
    begin({}, 'bob@example.org'),
  ])
  expect(new Set([first, ...others].map(({ id }) => id)).size).toBe(7)
  await db.recordReceived(first.id, 10)
  expect(await begin()).toMatchObject({ id: first.id, state: 'checking' })
  await db.endUploadCheck(first.id, { trouble: { code: 'archive-damaged', message: 'No archive.', cure: 'Again.' } })
  const again = await begin()
  expect(again).toMatchObject({ received: 0, state: 'receiving' })
  expect(again.id).not.toBe(first.id)
})

test('all bytes may be reported more than once, and are checked once', async () => {
  const cluster = await builtCluster()
  const { id } = await db.beginUpload({ cluster, upload: { name: 'shop', size: 10 }, by: 'ada@example.org' })
  const twice = await Promise.all([db.recordReceived(id, 10), db.recordReceived(id, 10)])
  expect(twice.map(({ state }) => state)).toEqual(['checking', 'checking'])
  await db.endUploadCheck(id, { trouble: { code: 'archive-damaged', message: 'No archive.', cure: 'Again.' } })
  expect((await db.recordReceived(id, 10)).state).toBe('refused')
  await db.discardUpload({ cluster, upload: id, by: 'ada@example.org' })
  await expect(db.recordReceived(id, 10)).rejects.toMatchObject({ code: 'upload-unknown' })
})
