/** The git repository of an app in the database: what is accepted, kept, forgotten and asked for. */
import { createHash } from 'node:crypto'
import type { GitCommit } from '@bramble/cluster'
import { expect, test } from 'vitest'
import * as db from '../../test/all.ts'
import { builtCluster, endRunOf, someFound } from '../../test/apps.ts'
import { useDatabase } from '../../test/database.ts'
import { pool } from '../store/connection.ts'

useDatabase()
const by = 'ada@example.org'
const app = 'shop'
const url = 'ssh://git@git.example.org/team/shop.git'
const hostKey = `ssh-ed25519 ${Buffer.from('a host key').toString('base64')}`
const fingerprint = `SHA256:${createHash('sha256').update('a host key').digest('base64').replace(/=+$/, '')}`
const pair = { private: 'canary-of-the-deploy-key', public: 'ssh-ed25519 AAAA shop' }
const refused = (code: string) => expect.objectContaining({ code })

const idOf = async (cluster: string) =>
  (await db.prisma().app.findFirstOrThrow({ where: { name: app, cluster: { name: cluster } } })).id
const sourceOf = async (cluster: string) => (await db.getApp(cluster, app))!.source
const set = (cluster: string, source: object) => db.setGitSource({ cluster, app, source, by })

/** As a worker leaves it: with a deploy key and a host key that a person accepted. */
async function withSource(source: object = {}): Promise<{ cluster: string; id: string }> {
  const cluster = await builtCluster()
  await db.setGitSource({ cluster, app, source: { url, ...source }, domains: ['shop.example'], by })
  const id = await idOf(cluster)
  await db.keepDeployKey(id, pair)
  await db.endGitCheck(id, url, { shownKey: hostKey, trouble: null })
  await db.acceptGitHostKey({ cluster, app, fingerprint, by })
  return { cluster, id }
}

const someCommit = (letter: string): GitCommit => ({
  ...{ url, branch: 'main', commit: letter.repeat(40), message: `Change ${letter}`, author: 'Ada' },
  at: '2026-11-30T20:00:00+00:00',
})

test('a new app with a repository gets a database if it is asked for, and keeps it', async () => {
  const cluster = await builtCluster()
  const database = async () => (await db.getCluster(cluster))!.spec.apps![0]!.database
  await db.setGitSource({ cluster, app, source: { url }, database: true, by })
  expect(await database()).toBe(true)
  await db.setGitSource({ cluster, app, source: { url, branch: 'live' }, by })
  expect(await database()).toBe(true)
})

test('a new app gets a repository; its host key is accepted as it was seen, and its key is never shown', async () => {
  const cluster = await builtCluster()
  await db.setGitSource({ cluster, app, source: { url, branch: '', folder: 'web/' }, domains: ['Shop.example'], by })
  expect((await db.getCluster(cluster))!.spec.apps).toMatchObject([{ name: app, domains: ['shop.example'] }])
  expect(await sourceOf(cluster)).toMatchObject({
    ...{ url, host: 'git.example.org', branch: null, folder: 'web', poll: true, pollSeconds: 60 },
    ...{ publicKey: null, hostKey: null, shownHostKey: null, trouble: null },
  })
  await expect(db.requestGitDeploy({ cluster, app, by })).rejects.toEqual(refused('git-host-key-unknown'))
  const id = await idOf(cluster)
  await db.keepDeployKey(id, pair)
  await db.keepDeployKey(id, { private: 'another', public: 'another' })
  await db.endGitCheck(id, url, { shownKey: hostKey, trouble: null })
  expect(await sourceOf(cluster)).toMatchObject({ publicKey: pair.public, shownHostKey: fingerprint, hostKey: null })
  const wrong = db.acceptGitHostKey({ cluster, app, fingerprint: `SHA256:${'A'.repeat(43)}`, by })
  await expect(wrong).rejects.toEqual(refused('git-host-key-unknown'))
  await db.acceptGitHostKey({ cluster, app, fingerprint, by })
  expect(await sourceOf(cluster)).toMatchObject({ hostKey: fingerprint, shownHostKey: null })
  expect((await db.openGitCheck(id))!.source).toMatchObject({ key: pair.private, hostKey, folder: 'web' })
  expect(JSON.stringify(await db.getApp(cluster, app))).not.toContain(pair.private)
})

test('what is wrong is named and changes nothing', async () => {
  const { cluster } = await withSource()
  const before = await sourceOf(cluster)
  const wrong: [object, string][] = [
    [{ url: 'https://ada:secret@git.example.org/shop' }, 'url'],
    [{ url: '-oProxyCommand=true' }, 'url'],
    [{ url: `${url}\nx` }, 'url'],
    [{ url, branch: '--upload-pack=x' }, 'branch'],
    [{ url, folder: '../etc' }, 'folder'],
    [{ url, pollSeconds: 1 }, 'pollSeconds'],
    [{ url, token: 'for-ssh' }, 'token'],
  ]
  for (const [source, field] of wrong)
    await expect(set(cluster, source), field).rejects.toMatchObject({
      ...{ code: 'git-source-invalid', fields: { [field]: expect.any(String) } },
    })
  expect(await sourceOf(cluster)).toEqual(before)
  const elsewhere = { cluster: 'no-such', app, by }
  await expect(db.checkGitSource(elsewhere)).rejects.toEqual(refused('git-source-missing'))
})

test('another server gets neither the token nor the host key of the former one', async () => {
  const cluster = await builtCluster()
  const shop = 'https://git.example.org/shop.git'
  await set(cluster, { url: shop, token: 'canary-token' })
  const id = await idOf(cluster)
  await set(cluster, { url: 'https://git.example.org/other.git' })
  expect((await db.openGitCheck(id))!.source.token).toBe('canary-token')
  await set(cluster, { url: 'https://git.example.com/shop.git' })
  expect((await db.openGitCheck(id))!.source.token).toBeNull()
  expect(await sourceOf(cluster)).toMatchObject({ hasToken: false })
  await set(cluster, { url })
  await db.endGitCheck(id, url, { shownKey: hostKey, trouble: null })
  await db.acceptGitHostKey({ cluster, app, fingerprint, by })
  await set(cluster, { url: url.replace('.org', '.net') })
  expect(await sourceOf(cluster)).toMatchObject({ hostKey: null })
})

test('a deploy gets its release from the run, and the page its commit', async () => {
  const { cluster, id } = await withSource()
  await db.endGitCheck(id, url, { tip: 'a'.repeat(40) })
  const { deploy, run } = await db.requestGitDeploy({ cluster, app, by })
  const asked = (await db.prisma().run.findUniqueOrThrow({ where: { id: run! } })).request
  expect(asked).toEqual({ kind: 'deploy', app: { app, deploy, release: null } })
  expect(await db.openGitDeploy(deploy)).toMatchObject({ app, release: null, previous: null, source: { url, hostKey } })
  const found = someFound()
  await db.recordGitRelease(deploy, { found, commit: someCommit('b') })
  expect(await db.openGitDeploy(deploy)).toMatchObject({ release: found.digest })
  await endRunOf(run!)
  await db.tendDeploys()
  const view = (await db.getApp(cluster, app))!
  expect(view.releases).toMatchObject([{ commit: someCommit('b'), message: 'Change b', source: url, serves: true }])
  expect(view.deploys).toMatchObject([{ commit: someCommit('b'), state: 'succeeded' }])
  const next = await db.requestGitDeploy({ cluster, app, message: 'By hand', by })
  expect((await db.openGitDeploy(next.deploy))!.previous).toBe('b'.repeat(40))
  await db.recordGitRelease(next.deploy, { found, commit: someCommit('c') })
  const [again] = (await db.getApp(cluster, app))!.deploys
  expect(again).toMatchObject({ message: 'By hand', commit: someCommit('c'), digest: found.digest })
})

test('a newer deploy from git supersedes one that waits', async () => {
  const { cluster } = await withSource()
  const first = await db.requestGitDeploy({ cluster, app, by })
  const second = await db.requestGitDeploy({ cluster, app, by })
  const third = await db.requestGitDeploy({ cluster, app, by })
  expect([second.run, third.run]).toEqual([null, null])
  const states = (await db.getApp(cluster, app))!.deploys.map(({ id, state }) => [id, state])
  expect(states).toEqual([
    [third.deploy, 'waiting'],
    [second.deploy, 'superseded'],
    [first.deploy, 'queued'],
  ])
})

test('errors lengthen the pause between checks, and a good one ends that', async () => {
  const { id } = await withSource({ pollSeconds: 60 })
  const pause = async () => {
    const row = await db.prisma().appGitSource.findUniqueOrThrow({ where: { appId: id } })
    return Math.round((row.nextCheckAt.getTime() - row.checkedAt!.getTime()) / 1000)
  }
  const trouble = { code: 'git-unreachable', message: 'It is off.', cure: 'Try again.' }
  const pauses: number[] = []
  for (let round = 0; round < 8; round++) {
    await db.endGitCheck(id, url, { trouble })
    pauses.push(await pause())
  }
  expect(pauses).toEqual([120, 240, 480, 960, 1920, 3600, 3600, 3600])
  await db.endGitCheck(id, url, { tip: 'a'.repeat(40) })
  expect(await pause()).toBe(60)
})

test('what is due is queued once: polled, and with a host key that was accepted', async () => {
  const due = () => db.prisma().appGitSource.updateMany({ data: { nextCheckAt: new Date(0) } })
  const isDue = async (id: string) =>
    (await db.prisma().appGitSource.findUniqueOrThrow({ where: { appId: id } })).nextCheckAt.getTime() === 0
  const { cluster, id } = await withSource()
  const fresh = await builtCluster()
  await set(fresh, { url })
  const unconfirmed = await idOf(fresh)
  await due()
  await db.queueDueGitChecks()
  expect([await isDue(id), await isDue(unconfirmed)]).toEqual([false, true])
  await set(cluster, { url, poll: false })
  await due()
  await db.queueDueGitChecks()
  expect(await isDue(id)).toBe(true)
})

test('the webhook has a secret once it is asked for, another one after that, and none without a repository', async () => {
  const { cluster, id } = await withSource({ branch: 'live' })
  expect(await db.gitHook(id)).toBeNull()
  const first = await db.newGitHook({ cluster, app, by })
  const second = await db.newGitHook({ cluster, app, by })
  expect(first.app).toBe(id)
  expect(first.salt).not.toBe(second.salt)
  expect(await db.gitHook(id)).toMatchObject({ salt: second.salt, branch: 'live' })
  expect(await db.gitHook('not an id')).toBeNull()
  await db.removeGitSource({ cluster, app, by })
  expect(await db.gitHook(id)).toBeNull()
  const { rows } = await pool().query(
    `select secret.name from secret join cluster on cluster.id = cluster_id where purpose = 'app-git' and cluster.name = $1`,
    [cluster],
  )
  expect(rows).toEqual([])
  await expect(db.requestGitDeploy({ cluster, app, by })).rejects.toEqual(refused('git-source-missing'))
})
