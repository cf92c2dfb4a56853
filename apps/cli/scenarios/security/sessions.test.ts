/** What a session is worth: it cannot be planted, it ends when it should, and what proves a person proves it once. */
import { disconnect } from '@bramble/db'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, cookiesOf, form } from './caller.ts'
import { Dashboard } from './dashboard.ts'
import { totp } from './totp.ts'

const session = 'bramble.session_token'
let dashboard: Dashboard

beforeAll(async () => {
  dashboard = await Dashboard.start()
})
afterAll(async () => {
  await disconnect().finally(() => dashboard?.started.stop())
})

interface Someone {
  email: string
  password: string
}

let made = 0

/** A person of their own for each test, so that no try of one counts for another. */
async function somebody(): Promise<Someone> {
  const person = { name: 'Sam', email: `sam${++made}@people.test`, password: `correct horse battery sam ${made}` }
  const cookie = await dashboard.session('admin')
  const answer = await dashboard.call('addUser', { args: [null, form({ ...person, role: 'viewer' })], cookie })
  expect(answer.body).toContain('"ok":true')
  return person
}

const signIn = (person: Someone, cookie?: string, headers = {}) =>
  dashboard.call('signIn', { args: [null, form({ email: person.email, password: person.password })], cookie, headers })

/** Without those that the answer takes away. */
const jar = (answer: Answer) =>
  [...cookiesOf(answer)].flatMap(([name, value]) => (value === '' ? [] : [`${name}=${value}`])).join('; ')
const tokenOf = (answer: Answer) => cookiesOf(answer).get(session) || undefined
const leadsTo = (answer: Answer) => String(answer.headers['x-action-redirect'] ?? '').split(';')[0]

/** Who the dashboard takes the cookie's bearer for; null: nobody. */
async function whoIs(cookie: string): Promise<string | null> {
  const { status, body } = await dashboard.ask({ path: '/settings/account', headers: { cookie } })
  return status === 200 ? (/[a-z0-9]+@people\.test/.exec(body)?.[0] ?? null) : null
}

describe('a session cannot be fixed beforehand', () => {
  test('a cookie that was planted is not taken, neither before nor after the sign-in', async () => {
    const person = await somebody()
    const planted = `${session}=${encodeURIComponent(`${'a'.repeat(32)}.${'b'.repeat(43)}=`)}`
    expect(await whoIs(planted)).toBe(null)
    const answer = await signIn(person, planted)
    expect(`${session}=${tokenOf(answer)}`).not.toBe(planted)
    expect(await whoIs(jar(answer))).toBe(person.email)
    expect(await whoIs(planted)).toBe(null)
  })

  test('every sign-in has a cookie of its own, also in a browser that was signed in as somebody else', async () => {
    const [mallory, victim] = [await somebody(), await somebody()]
    const before = jar(await signIn(mallory))
    const after = jar(await signIn(victim, before))
    expect(after).not.toBe(before)
    expect([await whoIs(before), await whoIs(after)]).toEqual([mallory.email, victim.email])
    expect(jar(await signIn(victim, after))).not.toBe(after)
  })

  test('a cookie whose signature is of another one, or of nobody, is none', async () => {
    const [one, other] = [await somebody(), await somebody()]
    const split = (answer: Answer) => decodeURIComponent(tokenOf(answer) ?? '').split('.')
    const [first, second] = [split(await signIn(one)), split(await signIn(other))]
    const as = (token = '', signature = '') => `${session}=${encodeURIComponent(`${token}.${signature}`)}`
    expect(await whoIs(as(first[0], first[1]))).toBe(one.email)
    expect(await whoIs(as(first[0], second[1]))).toBe(null)
    expect(await whoIs(as(first[0]))).toBe(null)
    expect(await whoIs(`${session}=${first[0]}`)).toBe(null)
  })

  test('no script reads it, and no other site sends it', async () => {
    const set = [(await signIn(await somebody())).headers['set-cookie'] ?? []].flat()
    const line = set.find((one) => one.startsWith(`${session}=`)) ?? ''
    expect(line).toMatch(/; HttpOnly/i)
    expect(line).toMatch(/; SameSite=Strict/i)
  })
})

describe('a session ends', () => {
  test('on the server when its person signs out', async () => {
    const person = await somebody()
    const [here, there] = [jar(await signIn(person)), jar(await signIn(person))]
    await dashboard.call('signOut', { cookie: here })
    expect([await whoIs(here), await whoIs(there)]).toEqual([null, person.email])
  })

  test('when its person signs the other browsers out', async () => {
    const person = await somebody()
    const [here, there] = [jar(await signIn(person)), jar(await signIn(person))]
    const answer = await dashboard.call('signOutOthers', { cookie: here })
    expect(answer.body).toContain('"ok":true')
    expect([await whoIs(here), await whoIs(there)]).toEqual([person.email, null])
  })

  test('when the password is changed, everywhere but in the browser that did it, which gets a new one', async () => {
    const person = await somebody()
    const [here, there] = [jar(await signIn(person)), jar(await signIn(person))]
    const next = 'another horse battery staple'
    const change = (current: string) =>
      dashboard.call('changePassword', { args: [null, form({ current, next })], cookie: here })
    expect((await change('a wrong one')).body).toContain('"ok":false')
    expect(await whoIs(there)).toBe(person.email)
    const answer = await change(person.password)
    expect(answer.body).toContain('"ok":true')
    expect([await whoIs(here), await whoIs(there), await whoIs(jar(answer))]).toEqual([null, null, person.email])
    expect(tokenOf(await signIn(person))).toBe(undefined)
    expect(tokenOf(await signIn({ ...person, password: next }))).toBeDefined()
  })
})

test('eight wrong passwords lock an account for minutes where they came from, and a restart forgets none of them', async () => {
  const [person, other] = [await somebody(), await somebody()]
  for (let i = 0; i < 7; i++) expect(tokenOf(await signIn({ ...person, password: 'wrong' }))).toBe(undefined)
  // The case of the address is no way around.
  await signIn({ email: person.email.toUpperCase(), password: 'wrong' })
  const refused = async () => {
    const answer = await signIn(person)
    expect(tokenOf(answer)).toBe(undefined)
    expect(answer.body).toMatch(/Too many attempts/i)
  }
  await refused()
  await dashboard.restart()
  await refused()
  expect(tokenOf(await signIn(other))).toBeDefined()
  expect(tokenOf(await signIn(person, undefined, { 'x-forwarded-for': '192.0.2.7' }))).toBeDefined()
})

describe('a second factor', () => {
  let person: Someone
  let secret: string
  let backup: string[]
  const spent: string[] = []

  beforeAll(async () => {
    person = await somebody()
    const cookie = jar(await signIn(person))
    const begun = await dashboard.call('beginTotp', { args: [person.password], cookie })
    secret = /"secret":"([A-Z2-7]+)"/.exec(begun.body)?.[1] ?? ''
    const code = totp(secret, 0)
    spent.push(code)
    const confirmed = await dashboard.call('confirmTotp', { args: [code], cookie })
    backup = [...confirmed.body.matchAll(/"([0-9a-z]{5}-[0-9a-z]{5})"/g)].map(([, found = '']) => found)
    expect(backup.length).toBeGreaterThan(5)
  })

  const waiting = async () => {
    const answer = await signIn(person)
    expect([leadsTo(answer), tokenOf(answer)]).toEqual(['/sign-in/code', undefined])
    return jar(answer)
  }
  const bring = (code: string, cookie: string) =>
    dashboard.call('signInWithCode', { args: [null, form({ code })], cookie })

  test('is asked for: the password alone opens nothing', async () => {
    expect(await whoIs(await waiting())).toBe(null)
  })

  test('is good for one sign-in: the code that set it up, and one that was brought, are spent', async () => {
    const first = await bring(spent[0] ?? '', await waiting())
    expect([tokenOf(first), first.body]).toEqual([undefined, expect.stringMatching(/used/)])
    const code = totp(secret, 1)
    const cookie = await waiting()
    const answer = await bring(code, cookie)
    expect(await whoIs(jar(answer))).toBe(person.email)
    expect(jar(answer)).not.toContain(cookie)
    // The same again: from another browser, and with the waiting sign-in that it has finished.
    for (const again of [await waiting(), cookie]) expect(tokenOf(await bring(code, again))).toBe(undefined)
  })

  test('of two who bring the same backup code at once, one gets in', async () => {
    const code = backup[0] ?? ''
    const cookies = [await waiting(), await waiting()]
    const answers = await Promise.all(cookies.map((cookie) => bring(code, cookie)))
    expect(answers.filter((answer) => tokenOf(answer) !== undefined)).toHaveLength(1)
    expect(tokenOf(await bring(code, await waiting()))).toBe(undefined)
  })
})
