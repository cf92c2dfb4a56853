/** The HTTP API of apps, asked as programs do: by role, with hostile bodies, for values that never come back, after a token is gone. */
import { disconnect, prisma } from '@bramble/db'
import { createToken, listTokens, listUsers, revokeToken } from '@bramble/db/people'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { leaks } from '../leaks.ts'
import { markBuilt } from '../people.ts'
import type { Answer } from './caller.ts'
import { Dashboard, type Role } from './dashboard.ts'

const cluster = 'matrix'
const app = 'page'
const base = `/api/clusters/${cluster}/apps/${app}`
const canary = 'canary-in-the-environment-$\'"\\-ü'
const gitCanary = 'canary-token-of-git'
let dashboard: Dashboard
let letGo: () => Promise<void>

beforeAll(async () => {
  dashboard = await Dashboard.start()
  // The worker stands still: nothing of this is carried out.
  letGo = await dashboard.hold()
  await markBuilt(cluster)
  const { id } = await prisma().cluster.findUniqueOrThrow({ where: { name: cluster } })
  await prisma().app.create({ data: { clusterId: id, name: app } })
})
afterAll(async () => {
  await letGo?.()
  await disconnect().finally(() => dashboard?.started.stop())
})

interface Call {
  method?: string
  body?: unknown
  /** Sent as it is. */
  raw?: string | Buffer
  token?: string
  headOnly?: boolean
}

function call(path: string, { method = 'GET', body, raw, token = dashboard.tokens.admin, headOnly }: Call = {}) {
  const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body))
  const headers = {
    authorization: `Bearer ${token}`,
    ...(sent === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': `${Buffer.byteLength(sent)}` }),
  }
  return dashboard.ask({
    method,
    path,
    headers,
    ...(sent === undefined ? {} : { body: sent }),
    ...(headOnly ? { headOnly } : {}),
  })
}
const code = ({ body }: Answer) => (JSON.parse(body) as { code?: string }).code
const names = ({ body }: Answer) => (JSON.parse(body) as { variables: { name: string; secret: boolean }[] }).variables

/** A token of its own: the pace of each is counted. */
async function newToken(role: Role, name: string): Promise<{ id: string; token: string }> {
  const user = (await listUsers()).find((one) => one.role === role)!
  return createToken({ user: user.id, name, role, days: 30, by: user.email })
}

describe('what a role may', () => {
  const changes: [string, Call][] = [
    ['/environment', { method: 'PATCH', body: { set: { A: '1' } } }],
    ['/commands', { method: 'POST', body: { command: 'true' } }],
    ['/source', { method: 'PUT', body: { url: 'https://git.example.org/a.git' } }],
    ['/source', { method: 'POST', body: { kind: 'webhook' } }],
    ['/source', { method: 'DELETE' }],
    ['/log/recent', {}],
    ['/log', { headOnly: true }],
  ]

  test.each(changes)('a viewer is refused %s %j, and nothing changes', async (path, asked) => {
    const before = await dashboard.fingerprint()
    expect((await call(`${base}${path}`, { ...asked, token: dashboard.tokens.viewer })).status).toBe(403)
    const nobody = await call(`${base}${path}`, { ...asked, token: `brm_${'0'.repeat(60)}` })
    expect(nobody.status).toBe(401)
    const { audit: _, ...after } = await dashboard.fingerprint()
    expect(before).toMatchObject(after)
  })

  test('a viewer reads names, an operator does not remove, and an old sign-in proves nothing', async () => {
    const viewer = dashboard.tokens.viewer
    expect((await call('/api/clusters', { token: viewer })).body).toBe(`{"clusters":[{"name":"${cluster}"}]}`)
    expect((await call(`${base}/environment`, { token: viewer })).status).toBe(200)
    const removal = { method: 'DELETE', body: { name: app } }
    expect((await call(base, { ...removal, token: dashboard.tokens.operator })).status).toBe(403)
    const cookie = await dashboard.session('admin')
    const hour = 60 * 60_000
    const { createdAt } = await prisma().session.findFirstOrThrow({ where: { user: { email: 'ada@people.test' } } })
    const data = { createdAt: new Date(createdAt.getTime() - hour), provedAt: null }
    await prisma().session.updateMany({ where: { user: { email: 'ada@people.test' } }, data })
    const body = JSON.stringify({ name: app })
    const headers = { cookie, origin: dashboard.url, 'content-length': `${body.length}` }
    const old = await dashboard.ask({ method: 'DELETE', path: base, headers, body })
    expect([old.status, code(old)]).toEqual([403, 'proof-needed'])
  })

  test('the name has to be sent', async () => {
    for (const body of [undefined, {}, { name: '' }, { name: 'Page' }, { name: 'other' }, { name: app, force: true }]) {
      const answer = await call(base, { method: 'DELETE', ...(body ? { body } : {}) })
      expect([body, answer.status, code(answer)]).toEqual([body, 400, 'not-confirmed'])
    }
    expect(await prisma().deploy.count()).toBe(0)
  })
})

describe('values', () => {
  test('are taken as JSON and as a pasted .env, and never come back', async () => {
    const patch = (body: object) => call(`${base}/environment`, { method: 'PATCH', body })
    const answers = [
      await patch({ set: { SECRET: canary } }),
      await patch({ dotenv: `PASTED='${canary.replaceAll("'", '')}'\n` }),
      await patch({ set: { PLAIN: `${canary} plain` }, secret: false }),
      await call(`${base}/environment`),
      await call(base),
      await call(`/api/clusters/${cluster}/apps`),
      await call('/api/audit/export'),
    ]
    for (const { status, body } of answers) {
      expect(status).toBe(200)
      expect(body).not.toContain('canary-in-the-environment')
    }
    expect(names(answers[3]!)).toEqual([
      { name: 'PASTED', secret: true },
      { name: 'PLAIN', secret: false },
      { name: 'SECRET', secret: true },
    ])
    const wrong = await patch({ dotenv: `GOOD=1\n${canary}\nBAD NAME=${canary}\n` })
    expect([wrong.status, code(wrong)]).toEqual([400, 'variable-invalid'])
    expect(wrong.body).toContain('Line 2')
    expect(wrong.body).not.toContain('canary')
    expect(names(await patch({ unset: ['PASTED', 'PLAIN'] }))).toEqual([{ name: 'SECRET', secret: true }])
    expect(await leaks({ secret: canary }, dashboard.started)).toEqual([])
  })

  test('of a git repository stay there: its token is in no answer and in no table', async () => {
    const source = { url: 'https://127.0.0.1:1/page.git', token: gitCanary, poll: false }
    const set = await call(`${base}/source`, { method: 'PUT', body: source })
    expect([set.status, JSON.parse(set.body)]).toEqual([200, { source: expect.objectContaining({ hasToken: true }) }])
    const hook = await call(`${base}/source`, { method: 'POST', body: { kind: 'webhook' } })
    const { secret } = JSON.parse(hook.body) as { secret: string }
    expect(secret).toMatch(/^[\w-]{43}$/)
    for (const { body } of [set, await call(base), await call('/api/audit/export')]) {
      expect(body).not.toContain(gitCanary)
      expect(body).not.toContain(secret)
    }
    expect(await leaks({ token: gitCanary, webhook: secret }, dashboard.started)).toEqual([])
    expect((await call(`${base}/source`, { method: 'DELETE' })).status).toBe(200)
  })
})

describe('hostile bodies', () => {
  const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
  const bodies: [string, string | Buffer][] = [
    ['nothing', ''],
    ['no JSON', '{'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a number', '1e999'],
    ['deep lists', deep],
    ['a prototype', '{"__proto__":{"set":{"A":"1"}},"constructor":{"prototype":{}}}'],
    ['a prototype as a name', '{"set":{"__proto__":"x"}}'],
    ['other types', '{"set":[["A","1"]],"unset":"A","secret":"yes","dotenv":1,"command":["true"],"url":{},"kind":1}'],
    ['a name with a newline', '{"set":{"A\\nB":"1"}}'],
    ['a value with NUL', '{"set":{"A":"a\\u0000b"}}'],
    ['a value of another kind', '{"set":{"A":{"toString":"x"}}}'],
    ['a command with a newline', '{"command":"true\\nfalse"}'],
    ['a command without end', JSON.stringify({ command: 'x'.repeat(20_000) })],
    ['a node that is none', '{"command":"true","node":"../etc"}'],
    ['a URL of a file', '{"url":"file:///etc/passwd"}'],
    ['a URL with an option', '{"url":"ssh://-oProxyCommand=x/y"}'],
    ['a fingerprint of nothing', '{"kind":"accept-host-key","fingerprint":"SHA256:x"}'],
    ['what is not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    ['fields that are not known', '{"set":{"A":"1"},"by":"somebody else","cluster":"other"}'],
  ]

  test('are refused in words, and change nothing', async () => {
    const before = await dashboard.fingerprint()
    for (const [method, path] of [
      ['PATCH', '/environment'],
      ['POST', '/commands'],
      ['PUT', '/source'],
      ['POST', '/source'],
      ['DELETE', ''],
    ] as const) {
      const { token } = await newToken('admin', `hostile ${method} ${path.slice(1)}`)
      for (const [what, raw] of bodies) {
        const answer = await call(`${base}${path}`, { method, raw, token })
        const seen = `${method} ${path} with ${what}: ${answer.status} ${answer.body.slice(0, 200)}`
        expect([400, 404], seen).toContain(answer.status)
        expect(Object.keys(JSON.parse(answer.body)).sort(), seen).toEqual(['code', 'cure', 'message'])
      }
      const large = await call(`${base}${path}`, { method, raw: `{"set":{"A":"${'x'.repeat(1_100_000)}"}}`, token })
      expect([path, large.status]).toEqual([path, 413])
    }
    const { audit: _, api_token: __, ...after } = await dashboard.fingerprint()
    expect(before).toMatchObject(after)
    expect((await call(base)).status).toBe(200)
  })

  test('names in addresses lead nowhere', async () => {
    const { token } = await newToken('operator', 'addresses')
    for (const name of ['..', '%2e%2e%2fother', "a'--", '__proto__', 'x'.repeat(2_000), '%E2%80%AE', 'page%20'])
      for (const [method, body] of [
        ['GET', undefined],
        ['PATCH', { set: { A: '1' } }],
      ] as const) {
        const answer = await call(`/api/clusters/${cluster}/apps/${name}/environment`, { method, body, token })
        expect([name, method, answer.status]).toEqual([name, method, expect.toBeOneOf([308, 400, 404])])
      }
  })

  test('a query of the log that is no number is refused, and the answer is bounded in time', async () => {
    for (const query of ['lines=0', 'lines=201', 'lines=x', 'lines=1e9'])
      expect([query, (await call(`${base}/log/recent?${query}`)).status]).toEqual([query, 400])
    // No worker reads it.
    const answer = await call(`${base}/log/recent?lines=5`)
    expect([answer.status, answer.body]).toEqual([200, '{"lines":[],"complete":false}'])
  })
})

describe('a token', () => {
  test('has a pace of its own', async () => {
    const { token } = await newToken('operator', 'hurried')
    const ask = () => call(`${base}/commands`, { method: 'POST', body: { command: '' }, token })
    const statuses: number[] = []
    // More than the burst, and than what comes back while this machine is slow.
    while (statuses.at(-1) !== 429 && statuses.length < 300) statuses.push((await ask()).status)
    expect([new Set(statuses), statuses.length > 60]).toEqual([new Set([400, 429]), true])
    const answer = await ask()
    expect([code(answer), Number(answer.headers['retry-after'])]).toEqual(['throttled', expect.any(Number)])
    expect((await call(`${base}/environment`)).status).toBe(200)
  })

  test('continues its own uploads, and not those of others', async () => {
    const [one, other] = [await newToken('operator', 'one'), await newToken('operator', 'other')]
    const begin = async ({ token }: { token: string }) => {
      const body = { name: 'page', size: 9, sha256: 'a'.repeat(64), app }
      return JSON.parse((await call(`/api/clusters/${cluster}/uploads`, { method: 'POST', body, token })).body)
    }
    const first = (await begin(one)) as { id: string }
    const path = `/api/clusters/${cluster}/uploads/${first.id}`
    const headers = { authorization: `Bearer ${one.token}`, 'upload-offset': '0', 'content-length': '4' }
    await dashboard.ask({ method: 'PATCH', path, headers, body: 'page' })
    expect(await begin(one)).toMatchObject({ id: first.id, received: 4, state: 'receiving' })
    expect((await begin(other)).id).not.toBe(first.id)
  })

  test('that is revoked ends its streams within a minute, and opens nothing any more', async () => {
    const { id, token } = await newToken('operator', 'lost')
    expect((await listTokens()).some((one) => one.id === id)).toBe(true)
    const headers = { authorization: `Bearer ${token}` }
    const stream = dashboard.ask({ path: `${base}/log`, headers, patience: 120 })
    const isOpen = async () => (await prisma().appLogFollow.count({ where: { app } })) > 0
    await expect.poll(isOpen, { timeout: 30_000 }).toBe(true)
    await revokeToken({ token: id, by: 'ada@people.test' })
    for (const path of [base, `${base}/environment`, `${base}/log/recent`, `${base}/log`, '/api/clusters'])
      expect([path, (await dashboard.ask({ path, headers })).status]).toEqual([path, 401])
    const { status, body } = await stream
    expect(status).toBe(200)
    expect(body).not.toContain('event: end')
  }, 180_000)
})

test('an app is removed once, by an admin who sends its name, and takes nothing meanwhile', async () => {
  const { token } = await newToken('admin', 'removal')
  const removed = await call(base, { method: 'DELETE', body: { name: app }, token })
  expect([removed.status, JSON.parse(removed.body)]).toEqual([
    200,
    { deploy: expect.any(String), run: expect.any(String) },
  ])
  expect(code(await call(base, { method: 'DELETE', body: { name: app }, token }))).toBe('app-removing')
  expect(code(await call(`${base}/commands`, { method: 'POST', body: { command: 'true' }, token }))).toBe('run-active')
  const audit = (await call('/api/audit/export', { token })).body
  expect(audit).toContain('ada@people.test (token removal)')
})
