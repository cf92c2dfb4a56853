/** The look at repositories, and what a run fetches of them: a real git over a real SSH server, a real database. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { prisma } from '@bramble/db'
import { acceptGitHostKey, getApp, newGitHook, openGitDeploy, requestGitDeploy, setGitSource } from '@bramble/db/apps'
import { builtCluster, endRunOf } from '@bramble/db/test/apps'
import { useDatabase } from '@bramble/db/test/database'
import { GitServer } from '@bramble/provision/test/git-server'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { gitCheckJob } from './check-git.ts'
import { incoming } from './check-upload.ts'
import { fetchCommit } from './fetch-commit.ts'
import { type AppPlaces, appPlaces } from './places.ts'

useDatabase()
const by = 'ada@example.org'
const app = 'shop'
const { signal } = new AbortController()
let data: string
let places: AppPlaces
let server: GitServer
beforeEach(async () => {
  data = mkdtempSync(path.join(tmpdir(), 'bramble-repositories-'))
  places = appPlaces(data)
  server = await GitServer.start()
  server.write({ 'index.html': 'one' })
})
afterEach(async () => {
  await server.stop()
  rmSync(data, { recursive: true, force: true })
})

const view = async (cluster: string) => (await getApp(cluster, app))!
const source = async (cluster: string) => (await view(cluster)).source!

/** Set on the page, its host key accepted, its deploy key known to the server. */
async function prepared(change: object = {}) {
  const cluster = await builtCluster()
  await setGitSource({ cluster, app, source: { url: server.url, ...change }, by })
  const { id } = await prisma().app.findFirstOrThrow({ where: { name: app, cluster: { name: cluster } } })
  const look = () => gitCheckJob(id, places, signal)
  await look()
  const { publicKey, shownHostKey } = await source(cluster)
  server.authorized.push(publicKey!)
  const accept = async () => {
    const { shownHostKey: fingerprint } = await source(cluster)
    await acceptGitHostKey({ cluster, app, fingerprint: fingerprint!, by })
    await look()
  }
  return { cluster, id, look, accept, shownHostKey }
}

const fetched = async (deploy: string) => {
  const said: string[] = []
  const spec = { name: app, domains: [], health: { timeout: 60 }, database: false }
  const digest = await fetchCommit({ deploy, app: spec, places, signal, say: (text) => said.push(text) })
  return { digest: digest!, said: said.join('\n') }
}

test('the first look makes the deploy key and shows the host key; a confirmed one is used, a new commit is deployed once', async () => {
  const first = await server.push('First')
  const { cluster, look, accept, shownHostKey } = await prepared()
  expect(shownHostKey).toMatch(/^SHA256:/)
  expect(await source(cluster)).toMatchObject({ hostKey: null, tip: null, trouble: null })
  await accept()
  expect(await source(cluster)).toMatchObject({ hostKey: shownHostKey, tip: first, trouble: null })
  // Nothing is deployed before a person did it once.
  expect((await view(cluster)).deploys).toEqual([])
  const { deploy, run } = await requestGitDeploy({ cluster, app, by })
  const { digest, said } = await fetched(deploy)
  expect(said).toContain(`Fetched ${first.slice(0, 10)} of main: First (Ada Lovelace).`)
  expect(existsSync(path.join(incoming(places), `${digest}.tar`))).toBe(true)
  await endRunOf(run!)
  await look()
  expect((await view(cluster)).deploys).toHaveLength(1)
  server.write({ 'index.html': 'two' })
  const second = await server.push('Second')
  await look()
  await look()
  const [asked, ...before] = (await view(cluster)).deploys
  expect(asked).toMatchObject({ kind: 'deploy', requestedBy: 'bramble', state: 'queued' })
  expect(before).toHaveLength(1)
  expect(await source(cluster)).toMatchObject({ tip: second })
  expect((await openGitDeploy(asked!.id))!.previous).toBe(first)
})

test('a run that another worker takes over keeps the commit that was fetched', async () => {
  await server.push('First')
  const { cluster, accept } = await prepared()
  await accept()
  const { deploy } = await requestGitDeploy({ cluster, app, by })
  const { digest } = await fetched(deploy)
  server.write({ 'index.html': 'two' })
  await server.push('Second')
  expect(await fetched(deploy)).toEqual({ digest, said: '' })
})

test('a force push is deployed and said', async () => {
  const first = await server.push('First')
  const { cluster, accept } = await prepared()
  await accept()
  server.write({ 'index.html': 'two' })
  await server.push('Second')
  const deployed = await requestGitDeploy({ cluster, app, by })
  await fetched(deployed.deploy)
  await endRunOf(deployed.run!)
  await requestGitDeploy({ cluster, app, by })
  await server.git('reset', '--quiet', '--hard', first)
  server.write({ 'index.html': 'three' })
  await server.push('Third', { force: true })
  const next = (await view(cluster)).deploys[0]!
  expect((await fetched(next.id)).said).toContain('history of the branch was rewritten')
})

test('a changed host key stops everything until it is accepted', async () => {
  await server.push('First')
  const { cluster, look, accept, shownHostKey } = await prepared()
  await accept()
  await server.changeHostKey()
  await look()
  const changed = await source(cluster)
  expect(changed).toMatchObject({ hostKey: shownHostKey, trouble: { code: 'git-host-key-changed' } })
  expect(changed.shownHostKey).not.toBe(shownHostKey)
  const { deploy } = await requestGitDeploy({ cluster, app, by })
  await expect(fetched(deploy)).rejects.toMatchObject({ code: 'git-host-key-changed' })
  await accept()
  expect(await source(cluster)).toMatchObject({ hostKey: changed.shownHostKey, shownHostKey: null, trouble: null })
  expect((await fetched(deploy)).digest).toMatch(/^[0-9a-f]{64}$/)
})

test('an empty repository and a branch that is missing are told on the page, and no deploy is asked for', async () => {
  const { cluster, look, accept } = await prepared({ branch: 'live' })
  await accept()
  expect((await source(cluster)).trouble).toMatchObject({ code: 'git-empty' })
  await server.push('First')
  await look()
  expect((await source(cluster)).trouble).toMatchObject({ code: 'git-branch-missing' })
  await server.pushHead('live')
  await look()
  expect((await source(cluster)).trouble).toBeNull()
  expect((await view(cluster)).deploys).toEqual([])
})

test('without polling only a webhook makes new commits deploy', async () => {
  await server.push('First')
  const { cluster, look, accept } = await prepared({ poll: false })
  await accept()
  const { deploy, run } = await requestGitDeploy({ cluster, app, by })
  await fetched(deploy)
  await endRunOf(run!)
  server.write({ 'index.html': 'two' })
  await server.push('Second')
  await look()
  expect((await view(cluster)).deploys).toHaveLength(1)
  await newGitHook({ cluster, app, by })
  await look()
  expect((await view(cluster)).deploys).toHaveLength(2)
})
