/** The webhook of an app, asked over HTTP: who cannot sign makes nothing happen, and nobody can make much happen. */
import { createHmac } from 'node:crypto'
import { disconnect, prisma } from '@bramble/db'
import { getApp } from '@bramble/db/apps'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/supervisor/processes.ts'
import { Dashboard } from './dashboard.ts'

let dashboard: Dashboard
let id: string
let secret: string
let cluster: string
const app = 'page'

beforeAll(async () => {
  dashboard = await Dashboard.start()
  cluster = dashboard.parameters.cluster!
  const { id: clusterId } = await prisma().cluster.findUniqueOrThrow({ where: { name: cluster } })
  const row = await prisma().app.create({ data: { clusterId, name: app } })
  id = row.id
  // Nobody answers at this port; its host key counts as confirmed.
  const source = { url: 'ssh://git@127.0.0.1:1/page.git', branch: 'live', poll: false, changedBy: 'setup' }
  await prisma().appGitSource.create({ data: { appId: id, ...source } })
  const cookie = await dashboard.session('operator')
  const made = await dashboard.call(dashboard.action('makeWebhook'), { args: [{ cluster, app }], cookie })
  secret = /"secret":"([\w-]{43})"/.exec(made.body)?.[1] ?? ''
  expect(secret, made.body.slice(0, 300)).not.toBe('')
})
afterAll(async () => {
  await disconnect().finally(() => dashboard?.started.stop())
})

const push = JSON.stringify({ ref: 'refs/heads/live', after: 'a'.repeat(40) })
const signed = (body: string, key = secret) => `sha256=${createHmac('sha256', key).update(body).digest('hex')}`
const send = (headers: Record<string, string>, body = push, hook = id) => {
  const all = { 'content-type': 'application/json', 'x-github-event': 'push', ...headers }
  return dashboard.ask({ method: 'POST', path: `/api/hooks/git/${hook}`, headers: all, body: Buffer.from(body) })
}
const checkedAt = async () => (await getApp(cluster, app))?.source?.checkedAt ?? null

test('without the secret nothing is found out and nothing happens', async () => {
  const cookie = await dashboard.session('admin')
  expect((await send({})).status).toBe(403)
  expect((await send({ cookie, origin: dashboard.url })).status).toBe(401)
  const wrong = await send({ 'x-hub-signature-256': signed(push, 'else') })
  const unknown = await send({ 'x-hub-signature-256': signed(push) }, push, '00000000-0000-4000-8000-000000000000')
  expect([wrong.status, unknown.status]).toEqual([401, 401])
  expect(unknown.body).toBe(wrong.body)
  expect((await send({ 'x-hub-signature-256': signed(push) }, `${push} `)).status).toBe(401)
  expect((await send({ 'x-gitlab-token': 'else' })).status).toBe(401)
  const foreign = { 'x-hub-signature-256': signed(push), origin: 'http://evil.example' }
  expect((await send(foreign)).status).toBe(403)
  expect(await checkedAt()).toBeNull()
})

test('what is signed and of no interest is answered and does nothing', async () => {
  const other = JSON.stringify({ ref: 'refs/heads/else', after: 'a'.repeat(40) })
  const answer = await send({ 'x-hub-signature-256': signed(other) }, other)
  expect([answer.status, JSON.parse(answer.body)]).toEqual([200, expect.objectContaining({ state: 'ignored' })])
  const large = 'x'.repeat(1_000_001)
  expect((await send({ 'x-hub-signature-256': signed(large) }, large)).status).toBe(413)
  expect(await checkedAt()).toBeNull()
})

test('a signed push makes the worker look at the repository', async () => {
  const answer = await send({ 'x-hub-signature-256': signed(push) })
  expect([answer.status, JSON.parse(answer.body)]).toEqual([202, { state: 'accepted' }])
  expect(await until(async () => (await checkedAt()) !== null, 60_000)).toBe(true)
  expect((await getApp(cluster, app))!.source!.trouble).toMatchObject({ code: 'git-unreachable' })
})

test('one address is slowed down', async () => {
  const statuses: number[] = []
  // More than the burst, and than what comes back while this machine is slow.
  while (statuses.at(-1) !== 429 && statuses.length < 500)
    statuses.push((await send({ 'x-gitlab-token': 'else' })).status)
  expect(statuses.at(-1)).toBe(429)
  expect(new Set(statuses)).toEqual(new Set([401, 429]))
})
