/** Every page, route, stream and server action of the built dashboard × who may call it, asked of a running one. */
import { disconnect } from '@bramble/db'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { builtAddresses } from './built.ts'
import { type Answer, form } from './caller.ts'
import { Dashboard, inside, roles } from './dashboard.ts'
import { callers, type Line, readTable, type Verdict } from './table.ts'

const lines = readTable()
let dashboard: Dashboard

beforeAll(async () => {
  dashboard = await Dashboard.start()
})
afterAll(async () => {
  await disconnect().finally(() => dashboard?.started.stop())
})

interface Way {
  cookie?: string
  headers?: Record<string, string>
  without?: readonly string[]
}

const bearer = (token: string): Way => ({ headers: { authorization: `Bearer ${token}` } })

function enter(line: Line, way: Way): Promise<Answer> {
  const { cookie, headers, without } = way
  if (line.kind === 'action')
    return dashboard.call(dashboard.action(line.name, line.file), { args: [null, form({})], ...way })
  const sent: Record<string, string> = {
    ...(line.method === 'GET' ? {} : { origin: dashboard.url }),
    ...(cookie ? { cookie } : {}),
    ...headers,
  }
  for (const name of without ?? []) delete sent[name]
  const path = dashboard.at(line.address)
  return dashboard.ask({ method: line.method, path, headers: sent, headOnly: line.stream })
}

const goesToSignIn = (where: unknown) => String(where ?? '').startsWith('/sign-in')

function verdict(line: Line, answer: Answer): Verdict {
  const { status, headers, body } = answer
  if (status === 401 || status === 403) return `${status}`
  // A route that does not know what it was asked for says so itself, in JSON, to who was let in.
  const unknown = status === 404 && !(line.kind === 'route' && /json/.test(String(headers['content-type'])))
  if (status >= 500 || status === 429 || unknown) throw new Error(`${line.what}: ${status} ${body.slice(0, 300)}`)
  if (isPublic(line)) return 'yes'
  if (line.kind === 'route') return 'yes'
  if (line.kind === 'action') {
    // Signing out leads to the same place, but takes the cookie along.
    const signedOut = String(headers['set-cookie'] ?? '').includes('session_token=;')
    return goesToSignIn(headers['x-action-redirect']) && !signedOut ? 'sign-in' : 'yes'
  }
  if (goesToSignIn(headers.location)) return 'sign-in'
  // A page that has begun to be sent says in its body where it leads.
  if (/NEXT_REDIRECT;\w+;\/sign-in;/.test(body)) return 'sign-in'
  return body.includes('NEXT_HTTP_ERROR_FALLBACK;403') ? '403' : 'yes'
}

const isPublic = (line: Line) => line.expected.nobody === 'yes'

test('the table names all that is built, and nothing else', () => {
  const built = builtAddresses()
  const of = (kind: Line['kind']) => lines.filter((line) => line.kind === kind)
  expect([...new Set(of('page').map(({ address }) => address))].sort()).toEqual(built.pages)
  expect([...new Set(of('route').map(({ address }) => address))].sort()).toEqual(built.routes)
  // The build keeps an action only when a page uses it.
  const declared = of('action').map(({ file, name }) => `${name} ${file}`)
  expect(declared).toEqual(expect.arrayContaining(dashboard.actions.map(({ file, name }) => `${name} ${file}`)))
  expect(declared).toHaveLength(dashboard.actions.length)
})

describe('who gets in', () => {
  test.each(lines.map((line) => [`${line.kind} ${line.what}`, line] as const))('%s', async (_, line) => {
    const seen: Record<string, Verdict> = {}
    for (const caller of callers) {
      const way = caller === 'nobody' ? {} : { cookie: await dashboard.session(caller) }
      const answer = await enter(line, way)
      seen[caller] = verdict(line, answer)
      // A refused action is answered with the page it stands on, which its caller may see.
      const isPage = line.kind !== 'action'
      if (caller === 'nobody' || (isPage && seen[caller] !== 'yes')) expectNothingInside(line, answer)
    }
    expect(seen).toEqual(line.expected)
    const byToken: Record<string, Verdict> = {}
    for (const role of roles) byToken[role] = verdict(line, await enter(line, bearer(dashboard.tokens[role])))
    expect(byToken).toEqual(line.byToken)
  })
})

/** Not even a layout around a page that refuses may tell what is inside. */
function expectNothingInside(line: Line, { body }: Answer) {
  for (const word of inside) expect(body.includes(word), `${line.what} tells ${word}`).toBe(false)
}

describe('a token', () => {
  const reading = { path: '/metrics' }
  const as = (headers: Record<string, string>) => dashboard.ask({ ...reading, headers })

  test.each([
    'Bearer',
    'Bearer ',
    'bearer brm_0000000000000000000000000000000000000000000000000000000000ff',
    'Bearer brm_x',
    'Bearer undefined',
  ])('that is none (%j) is refused, and a good cookie does not help it', async (authorization) => {
    const cookie = await dashboard.session('admin')
    for (const headers of [{ authorization }, { authorization, cookie }]) {
      const answer = await as(headers)
      expect(answer.status).toBe(401)
      expect(answer.headers['www-authenticate']).toContain('Bearer')
      expect(answer.headers['set-cookie']).toBeUndefined()
    }
  })

  test('of a viewer stays a viewer’s beside the cookie of an admin', async () => {
    const cookie = await dashboard.session('admin')
    const path = '/api/audit/export'
    const { authorization = '' } = bearer(dashboard.tokens.viewer).headers ?? {}
    expect((await dashboard.ask({ path, headers: { authorization, cookie } })).status).toBe(403)
    expect((await dashboard.ask({ path, headers: { cookie } })).status).toBe(200)
  })

  test('needs no Origin to change something, but a foreign one is refused', async () => {
    const change = (headers: Record<string, string>) =>
      dashboard.ask({ method: 'POST', path: '/api/images/upload', headers })
    const { authorization = '' } = bearer(dashboard.tokens.operator).headers ?? {}
    expect((await change({ authorization })).status).toBe(400)
    expect((await change({ authorization, origin: 'http://evil.example' })).status).toBe(403)
    expect((await change({ authorization, host: 'evil.example' })).status).toBe(403)
    const cookie = await dashboard.session('operator')
    expect((await change({ cookie })).status).toBe(403)
  })
})

const foreign: [string, Way][] = [
  ['a page of another site', { headers: { origin: 'http://evil.example' } }],
  ['a page without an origin', { headers: { origin: 'null' } }],
  ['the same machine at another port', { headers: { origin: 'http://127.0.0.1:1' } }],
  ['a name that was made to point here', { headers: { host: 'evil.example', origin: 'http://evil.example' } }],
  ['a name that looks like an address', { headers: { host: '127.0.0.1.evil.example' } }],
]

describe('nothing answers to', () => {
  test.each(foreign)('%s', async (_, way) => {
    const cookie = await dashboard.session('admin')
    const passed: string[] = []
    for (const line of lines) {
      const answer = await enter(line, { ...way, cookie })
      if (answer.status !== 403) passed.push(`${line.what}: ${answer.status}`)
    }
    expect(passed).toEqual([])
  })

  test('a change that does not say where it comes from', async () => {
    const cookie = await dashboard.session('admin')
    const passed: string[] = []
    for (const line of lines.filter(({ method }) => method !== 'GET')) {
      const answer = await enter(line, { cookie, without: ['origin'] })
      if (answer.status !== 403) passed.push(`${line.what}: ${answer.status}`)
    }
    expect(passed).toEqual([])
  })

  test.each(['PUT', 'PATCH', 'DELETE', 'POST'])('%s where only reading is offered', async (method) => {
    const cookie = await dashboard.session('admin')
    const offered = lines.filter((one) => one.method === method).map(({ address }) => address)
    const reading = lines.filter((one) => one.kind === 'route' && one.method === 'GET')
    for (const line of reading.filter(({ address }) => !offered.includes(address))) {
      const path = dashboard.at(line.address)
      const answer = await dashboard.ask({ method, path, headers: { cookie, origin: dashboard.url } })
      expect([line.what, answer.status]).toEqual([line.what, 405])
    }
  })
})

test('no GET changes anything', async () => {
  const cookies = await Promise.all(roles.map((role) => dashboard.session(role)))
  await dashboard.undisturbed(async () => {
    const before = await dashboard.fingerprint()
    for (const cookie of cookies)
      for (const line of lines.filter(({ method }) => method === 'GET')) await enter(line, { cookie })
    expect(await dashboard.fingerprint()).toEqual(before)
    // The digest does see a change.
    await dashboard.call('signOut', { cookie: cookies[0] ?? '' })
    expect(await dashboard.fingerprint()).not.toEqual(before)
  })
})
