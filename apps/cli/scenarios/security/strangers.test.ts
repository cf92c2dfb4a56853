/** What people on the network without an account can do to those who have one. Counts, never times. */

import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import path from 'node:path'
import { disconnect } from '@bramble/db'
import { createToken, listUsers } from '@bramble/db/people'
import { claimRun, endRun, requestRun, writeJournal } from '@bramble/db/runs'
import { run } from '@bramble/process'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../../src/supervisor/checkout.ts'
import { databaseUrlOf } from '../started.ts'
import { type Answer, cookiesOf, form } from './caller.ts'
import { Dashboard } from './dashboard.ts'

let dashboard: Dashboard

beforeAll(async () => {
  dashboard = await Dashboard.start()
})
afterAll(async () => {
  await disconnect().finally(() => dashboard?.started.stop())
})

async function count(sql: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrlOf(dashboard.started.data) })
  await client.connect()
  try {
    const { rows } = await client.query<{ count: string }>(`select count(*) from ${sql}`)
    return Number(rows[0]?.count)
  } finally {
    await client.end()
  }
}

/** The tests speak as a proxy on this machine does, for addresses of their own. */
const from = (address: string) => ({ 'x-forwarded-for': address })

interface Someone {
  email: string
  password: string
}

let made = 0

async function somebody(): Promise<Someone> {
  const person = { name: 'Sue', email: `sue${++made}@people.test`, password: `correct horse battery sue ${made}` }
  const cookie = await dashboard.session('admin')
  const answer = await dashboard.call('addUser', { args: [null, form({ ...person, role: 'viewer' })], cookie })
  expect(answer.body).toContain('"ok":true')
  return person
}

const signIn = ({ email, password }: Someone, address: string, cookie?: string) =>
  dashboard.call('signIn', { args: [null, form({ email, password })], headers: from(address), cookie, patience: 240 })
const opened = (answer: Answer) => Boolean(cookiesOf(answer).get('bramble.session_token'))
const jar = (answer: Answer) =>
  [...cookiesOf(answer)].flatMap(([name, value]) => (value === '' ? [] : [`${name}=${value}`])).join('; ')

test('400 tries at once from 25 addresses: few rows, nobody locked out', async () => {
  const person = await somebody()
  const audit = await count('audit')
  const answers = await Promise.all(
    Array.from({ length: 400 }, (_, i) => {
      const email = i % 2 === 0 ? person.email : `x${i}@y.test`
      return signIn({ email, password: 'wrong' }, `192.0.2.${1 + (i % 25)}`)
    }),
  )
  expect(answers.filter((answer) => answer.status !== 200 || opened(answer))).toEqual([])
  // A line for each address, and one more where it tried an account that exists.
  const added = (await count('audit')) - audit
  expect(added).toBeGreaterThan(0)
  expect(added).toBeLessThanOrEqual(50)
  expect(await count(`credential_try where key = 'sign-in ${person.email} strangers'`)).toBeLessThanOrEqual(40)
  const other = await somebody()
  expect(opened(await signIn(other, '192.0.2.99'))).toBe(true)
})

test('one address has twenty tries, whatever accounts it names, and the next never reach the database', async () => {
  const tries = await count('credential_try')
  const bodies: string[] = []
  for (let i = 0; i < 30; i++)
    bodies.push((await signIn({ email: `z${i}@y.test`, password: 'wrong' }, '192.0.2.120')).body)
  const throttled = bodies.filter((body) => body.includes('Too many attempts'))
  // One more comes back every 30 s.
  expect(throttled.length).toBeGreaterThan(0)
  expect(throttled.length).toBeLessThanOrEqual(10)
  const reached = 30 - throttled.length
  expect((await count('credential_try')) - tries).toBe(2 * reached)
  const person = await somebody()
  expect((await signIn(person, '192.0.2.120')).body).toContain('Too many attempts')
  expect(opened(await signIn(person, '192.0.2.121'))).toBe(true)
})

test('who tries an account from many addresses keeps neither its known browsers nor who is signed in out', async () => {
  const person = await somebody()
  const own = await signIn(person, '192.0.2.140')
  expect(opened(own)).toBe(true)
  for (let i = 0; i < 48; i++) await signIn({ ...person, password: 'wrong' }, `192.0.2.${150 + (i % 6)}`)
  // A browser that never signed in to it has to wait.
  expect((await signIn(person, '192.0.2.160')).body).toContain('Too many attempts')
  // The cookie of the device, from any address; and the address of a session, without the cookie.
  const device = jar(own)
    .split('; ')
    .find((pair) => pair.startsWith('bramble.device-'))
  expect(opened(await signIn(person, '192.0.2.161', device))).toBe(true)
  expect(opened(await signIn(person, '192.0.2.140'))).toBe(true)
  const next = 'another horse battery staple'
  const args = [null, form({ current: person.password, next })]
  expect((await dashboard.call('changePassword', { args, cookie: jar(own) })).body).toContain('"ok":true')
  // The cookie of one account helps with no other.
  const other = await somebody()
  for (let i = 0; i < 48; i++) await signIn({ ...other, password: 'wrong' }, `192.0.2.${170 + (i % 6)}`)
  expect((await signIn(other, '192.0.2.180', device)).body).toContain('Too many attempts')
})

describe('wrong tokens', () => {
  const metrics = (token: string, address: string) =>
    dashboard.ask({ path: '/metrics', headers: { authorization: `Bearer ${token}`, ...from(address) } })
  const wrong = (i: number) => `brm_${i.toString(16).padStart(60, '0')}`

  test('of one address are refused after sixty, good ones are not, and the audit has one line', async () => {
    const [audit, tries] = [await count('audit'), await count('credential_try')]
    const user = (await listUsers()).find(({ role }) => role === 'admin')
    const token = await createToken({ user: user?.id ?? '', name: 'flood', role: 'viewer', days: 30, by: 'the tests' })
    expect((await metrics(token.token, '192.0.2.200')).status).toBe(200)
    const statuses: number[] = []
    for (let i = 0; i < 80; i++) statuses.push((await metrics(wrong(i), '192.0.2.200')).status)
    expect(statuses.slice(0, 60)).toEqual(Array(60).fill(401))
    expect(statuses.slice(60)).toContain(429)
    expect((await metrics(token.token, '192.0.2.200')).status).toBe(200)
    expect((await metrics(dashboard.tokens.viewer, '192.0.2.201')).status).toBe(200)
    // One for the token that was made, one for those that are none.
    expect([await count('audit'), await count('credential_try')]).toEqual([audit + 2, tries])
  })
})

describe('a server action that makes no sense', () => {
  const logged = () => readFile(path.join(dashboard.started.data, 'logs/dashboard.log'), 'utf8')
  const names = ['signIn', 'signInWithCode', 'setUp', 'resetPassword', 'startOver', 'changeProfile']

  async function send(name: string, type: string, body: Buffer | string, id?: string): Promise<number> {
    const action = dashboard.action(name)
    const headers = {
      origin: dashboard.url,
      'next-action': id ?? action.id,
      'content-type': type,
      ...from('192.0.2.230'),
    }
    const length = { 'content-length': String(Buffer.byteLength(body)) }
    const path = dashboard.at(action.pages[0] ?? '/')
    return (await dashboard.ask({ method: 'POST', path, headers: { ...headers, ...length }, body })).status
  }

  async function sendForm(name: string, fields: [string, string | Blob][]): Promise<number> {
    const form = new FormData()
    for (const [field, value] of fields) form.append(field, value)
    const encoded = new Response(form)
    return send(name, encoded.headers.get('content-type') ?? '', Buffer.from(await encoded.arrayBuffer()))
  }

  test.each(names)('%s: is refused without a stack in the log', async (name) => {
    const before = (await logged()).length
    const text = (body: string) => send(name, 'text/plain;charset=UTF-8', body)
    const file = new Blob(['x'], { type: 'text/plain' })
    const malformed = [
      await text('{{{'),
      await text(''),
      await text(`${'['.repeat(7_000)}${']'.repeat(7_000)}`),
      await text('[null,"$K1"]'),
      await text('["$1","$Q1","$T","$F1"]'),
      await send(name, 'multipart/form-data', 'x'),
      await send(name, 'text/plain', '[]', 'no id'),
      await sendForm(name, [['0', file]]),
      await sendForm(name, [
        ['0', '[]'],
        ['00', '[]'],
      ]),
    ]
    expect(malformed).toEqual(malformed.map(() => 400))
    // What can be read is for the action to refuse: in words, or by the way to the sign-in.
    const fields = (value: string | Blob): [string, string | Blob][] =>
      ['email', 'password', 'code', 'name', 'token'].map((field) => [`_1_${field}`, value])
    const odd = [
      await text('[null,null]'),
      await text('[]'),
      await text('["text",{"get":1}]'),
      await sendForm(name, [['0', '[null,"$K1"]']]),
      await sendForm(name, [...fields(file), ['0', '[null,"$K1"]']]),
      await sendForm(name, [...fields('a\0b'), ['0', '[null,"$K1"]']]),
      await sendForm(name, [...fields('Ada\0 correct horse battery'), ['_1_email', 'a@b.test'], ['0', '[null,"$K1"]']]),
    ]
    expect(odd.filter((status) => status >= 400)).toEqual([])
    const said = (await logged()).slice(before)
    expect(said).not.toMatch(/\n\s+at |Error/)
    expect(said.split('\n').length).toBeLessThanOrEqual(8)
  })
})

describe('event streams that nobody reads', () => {
  interface Open {
    status: number
    retryAfter: string | undefined
    close: () => void
  }

  function open(path: string, token: string): Promise<Open> {
    const { hostname, port, host } = new URL(dashboard.url)
    return new Promise((resolve, reject) => {
      const headers = { host, authorization: `Bearer ${token}` }
      const sent = request({ hostname, port, path, headers, agent: false }, (answer) => {
        // Without a listener for its data nothing is read beyond the first bytes.
        answer.on('error', () => undefined)
        const { 'retry-after': retryAfter } = answer.headers
        resolve({ status: answer.statusCode ?? 0, retryAfter, close: () => answer.destroy() })
      })
      sent.on('error', reject)
      sent.end()
    })
  }

  /** A run that has not ended, with a log of some 40 MB. */
  async function longRun() {
    const cluster = dashboard.parameters.cluster ?? ''
    const run = await requestRun({ cluster, request: { kind: 'plan' }, by: 'ada@people.test' })
    const lease = await claimRun(run, 'the tests')
    if (!lease) throw new Error('The run could not be claimed')
    const line = { node: 'pi-1', step: null, stream: 'stdout' as const, text: 'x'.repeat(2_000), at: new Date() }
    for (let i = 0; i < 36; i++) await writeJournal(lease, { lines: Array(500).fill(line) })
    return lease
  }

  async function megabytes(): Promise<number> {
    const { pid } = await dashboard.started.part('dashboard')
    return Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
  }

  /** Once it no longer grows. */
  async function settled(): Promise<number> {
    let before = 0
    await expect
      .poll(
        async () => {
          const now = await megabytes()
          const grew = now - before
          before = now
          return grew
        },
        { timeout: 120_000, interval: 3_000 },
      )
      .toBeLessThan(5)
    return before
  }

  test('are few, each is a few bytes of memory, and one that ends makes room', async () => {
    await dashboard.undisturbed(async () => {
      const lease = await longRun()
      const path = `/api/runs/${lease.run}/log?from=0`
      const token = dashboard.tokens.viewer
      const cookie = await dashboard.session('admin')
      await dashboard.ask({ path: '/', headers: { cookie } })
      const before = await settled()
      const streams: Open[] = []
      for (let i = 0; i < 300; i++) streams.push(await open(path, token))
      expect(streams.map(({ status }) => status)).toEqual([...Array(20).fill(200), ...Array(280).fill(429)])
      expect(streams.at(-1)?.retryAfter).toBe('10')
      const refused = await dashboard.ask({ path, headers: { authorization: `Bearer ${token}` } })
      expect(refused.body).toMatch(/Close other tabs/)
      // All that the twenty ask for is 720 MB.
      expect((await settled()) - before).toBeLessThan(200)
      expect((await dashboard.ask({ path: '/', headers: { cookie } })).status).toBe(200)
      // Somebody else's are not counted with these.
      const other = await open('/api/live', dashboard.tokens.operator)
      expect(other.status).toBe(200)
      streams[0]?.close()
      const again = async () => {
        const next = await open(path, token)
        streams.push(next)
        return next.status
      }
      await expect.poll(again, { timeout: 60_000 }).toBe(200)
      for (const { close } of [...streams, other]) close()
      await endRun(lease, { status: 'cancelled', outcome: null, trouble: null })
    })
  })
})

test('who has the machine lets the administrator in again with a link that works once', async () => {
  const before = await dashboard.session('admin')
  const env = { ...process.env }
  delete env.DATABASE_URL
  const argv = [path.join(root, 'bramble'), 'admin', 'reset', '--data', dashboard.started.data]
  const { stdout } = await run(argv, { env })
  const token = new URL(/http\S+token=\S+/.exec(stdout)?.[0] ?? '').searchParams.get('token') ?? ''
  expect(await dashboard.holds(before)).toBe(false)
  const page = await dashboard.ask({ path: `/setup?token=${token}` })
  expect(page.body).toContain('ada@people.test')
  const password = 'a new horse battery staple'
  const answers = { token, revokeTokens: 'on' }
  const set = (text: string) => dashboard.call('resetPassword', { args: [null, form({ ...answers, password: text })] })
  expect((await set('short')).body).toContain('"ok":false')
  const byToken = () =>
    dashboard.ask({ path: '/metrics', headers: { authorization: `Bearer ${dashboard.tokens.admin}` } })
  expect((await byToken()).status).toBe(200)
  expect(String((await set(password)).headers['x-action-redirect'])).toMatch(/^\/sign-in/)
  expect((await set('another horse battery staple')).body).toMatch(/already used/)
  expect(opened(await signIn({ email: 'ada@people.test', password: 'correct horse battery ada' }, '192.0.2.240'))).toBe(
    false,
  )
  expect(opened(await signIn({ email: 'ada@people.test', password }, '192.0.2.240'))).toBe(true)
  expect((await byToken()).status).toBe(401)
})
