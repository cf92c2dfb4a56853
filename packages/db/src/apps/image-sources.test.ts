/** The image of an app in the database: what is accepted, kept, forgotten and asked for. */
import { expect, test } from 'vitest'
import * as db from '../../test/all.ts'
import { builtCluster, someFound } from '../../test/apps.ts'
import { useDatabase } from '../../test/database.ts'

useDatabase()
const by = 'ada@example.org'
const app = 'shop'
const reference = 'registry.example.org/team/shop:1'
const password = 'canary-of-the-registry'
const refused = (code: string) => expect.objectContaining({ code })
const set = (cluster: string, source: object) => db.setImageSource({ cluster, app, source, by })
const opened = async (cluster: string) => {
  const { deploy } = await db.requestImageDeploy({ cluster, app, by })
  return { deploy, ...(await db.openImageDeploy(deploy))! }
}

test('a new app gets an image; its password is opened for the worker alone', async () => {
  const cluster = await builtCluster()
  const source = { reference: `docker://${reference}`, user: 'deploy', password, authority: '' }
  await db.setImageSource({ cluster, app, source, domains: ['Shop.example'], by })
  expect((await db.getCluster(cluster))!.spec.apps).toMatchObject([{ name: app, domains: ['shop.example'] }])
  const view = await db.getApp(cluster, app)
  expect(view!.image).toEqual({ reference, registry: 'registry.example.org', user: 'deploy', authority: null })
  expect(JSON.stringify(view)).not.toContain(password)
  expect((await opened(cluster)).source).toEqual({ reference, user: 'deploy', password, authority: null })
})

test('a password stays for another tag, and goes to no other registry or user', async () => {
  const cluster = await builtCluster()
  await set(cluster, { reference, user: 'deploy', password })
  await set(cluster, { reference: `${reference}.1`, user: 'deploy' })
  expect((await opened(cluster)).source).toMatchObject({ password, reference: `${reference}.1` })
  for (const change of [
    { reference: 'other.example/shop', user: 'deploy' },
    { reference, user: 'somebody' },
  ])
    await expect(set(cluster, change)).rejects.toEqual(
      expect.objectContaining({
        code: 'image-source-invalid',
        fields: { password: expect.stringContaining('required') },
      }),
    )
  await set(cluster, { reference: 'other.example/shop' })
  await set(cluster, { reference, user: 'deploy', password: 'second' })
  expect((await opened(cluster)).source).toMatchObject({ password: 'second' })
  await db.removeImageSource({ cluster, app, by })
  expect((await db.getApp(cluster, app))!.image).toBeNull()
  await expect(db.requestImageDeploy({ cluster, app, by })).rejects.toEqual(refused('image-source-missing'))
  await set(cluster, { reference })
  expect((await opened(cluster)).source).toMatchObject({ password: null, user: null })
})

test('what is wrong is named by its field', async () => {
  const cluster = await builtCluster()
  for (const [field, value] of [
    ['reference', 'https://x/y'],
    ['user', 'a:b'],
    ['authority', 'no certificate'],
    ['password', 'two\nlines'],
  ])
    await expect(set(cluster, { reference, user: 'deploy', password, [field!]: value })).rejects.toEqual(
      expect.objectContaining({ fields: { [field!]: expect.any(String) } }),
    )
})

test('the release that a run made is its own, and is found by who continues the run', async () => {
  const cluster = await builtCluster()
  await set(cluster, { reference })
  const { deploy, release } = await opened(cluster)
  expect(release).toBeNull()
  const image = { from: 'registry' as const, reference, digest: 'sha256:1', id: 'sha256:2', port: 80 }
  const found = someFound({ kind: 'image', image, folder: null })
  await db.recordImageRelease(deploy, found)
  expect((await db.openImageDeploy(deploy))!.release).toBe(found.digest)
  const view = await db.getApp(cluster, app)
  expect(view!.releases).toMatchObject([{ digest: found.digest, source: reference }])
  expect(view!.releases[0]!.found?.image).toEqual(image)
})
