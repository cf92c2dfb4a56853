/** What a stolen browser session does not reach: the person has to have proved who they are within ten minutes. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { disconnect, prisma } from '@bramble/db'
import { listAudit } from '@bramble/db/audit'
import { createToken, listTokens } from '@bramble/db/people'
import type { Browser, Locator, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../../src/supervisor/checkout.ts'
import { desk, openBrowser, phone, sidewaysOverflow } from '../dashboard.ts'
import { type Answer, cookiesOf, form } from './caller.ts'
import { Dashboard } from './dashboard.ts'
import { totp } from './totp.ts'

let dashboard: Dashboard
let browser: Browser
beforeAll(async () => {
  dashboard = await Dashboard.start()
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await disconnect().finally(() => dashboard?.started.stop())
})

/** As docs/access.md marks them. */
const proven = readFileSync(path.join(root, 'docs/access.md'), 'utf8')
  .split('\n')
  .filter((line) => line.includes(', proven |') && line.includes('` in `'))
  .map((line) => [/`([^`]+)` in `([^`]+)`/.exec(line)?.[1] ?? '', /in `([^`]+)`/.exec(line)?.[1] ?? ''] as const)

let made = 0
interface Someone {
  email: string
  password: string
}
async function somebody(role = 'viewer'): Promise<Someone> {
  const person = { name: 'Sue', email: `sue${++made}@people.test`, password: `correct horse battery sue ${made}` }
  const cookie = await dashboard.session('admin')
  await renew('ada@people.test')
  const answer = await dashboard.call('addUser', { args: [null, form({ ...person, role })], cookie })
  expect(answer.body).toContain('"ok":true')
  return person
}
const jar = (answer: Answer) => [...cookiesOf(answer)].map(([name, value]) => `${name}=${value}`).join('; ')
const signIn = async (person: Someone) => jar(await dashboard.call('signIn', { args: [null, form({ ...person })] }))
const sessionsOf = (email: string) => ({ user: { email } })
/** As if the sign-in, and every proof since, were so many minutes older. */
async function age(email: string, minutes: number): Promise<void> {
  for (const { id, createdAt, provedAt } of await prisma().session.findMany({ where: sessionsOf(email) })) {
    const earlier = (at: Date) => new Date(at.getTime() - minutes * 60_000)
    const data = { createdAt: earlier(createdAt), ...(provedAt ? { provedAt: earlier(provedAt) } : {}) }
    await prisma().session.update({ where: { id }, data })
  }
}
const renew = (email: string) =>
  prisma().session.updateMany({ where: sessionsOf(email), data: { provedAt: new Date() } })

const wanted = { name: 'a program', role: 'viewer', days: 30 }
const makeToken = async (cookie: string, name = wanted.name) =>
  (await dashboard.call('makeToken', { args: [{ ...wanted, name }], cookie })).body
const prove = async (cookie: string, password: string, code?: string) =>
  (await dashboard.call('confirmIdentity', { args: [{ password, ...(code ? { code } : {}) }], cookie })).body

test('every action that is to ask for a proof asks for it, and does nothing without', async () => {
  expect(proven.map(([name]) => name).sort()).toEqual(
    [
      'addChannel',
      'addStation',
      'addUser',
      'changeChannel',
      'changeRole',
      'dismissUser',
      'makeToken',
      'removeApp',
      'removeChannel',
    ].concat(['resetTotp', 'rotateSecrets', 'saveBackups', 'saveRetention', 'showPassphrase']),
  )
  const cookie = await dashboard.session('admin')
  await age('ada@people.test', 11)
  await prisma().session.updateMany({ where: sessionsOf('ada@people.test'), data: { provedAt: null } })
  await dashboard.undisturbed(async () => {
    const before = await dashboard.fingerprint()
    for (const [name, file] of proven) {
      const answer = await dashboard.call(dashboard.action(name, file), { args: [null, form({})], cookie })
      expect([name, answer.body]).toEqual([name, expect.stringContaining('"proof":"password"')])
    }
    expect(await dashboard.fingerprint()).toEqual(before)
  })
})

test('secrets are rotated for an administrator who typed the name, and by no other way', async () => {
  const cluster = 'matrix'
  const choice = { application: true, sftp: false }
  const operation = { kind: 'rotate-secrets', ...choice }
  const rotations = () => prisma().run.count({ where: { kind: 'rotate-secrets' } })
  const begin = async (role: 'admin' | 'operator', typed: string) =>
    dashboard.call('rotateSecrets', { args: [{ cluster, ...choice, typed }], cookie: await dashboard.session(role) })
  await renew('ada@people.test')
  await dashboard.undisturbed(async () => {
    for (const role of ['operator', 'admin'] as const) {
      const args = [{ cluster, operation, typed: cluster }]
      const cookie = await dashboard.session(role)
      expect((await dashboard.call('operate', { args, cookie })).body, role).toContain('"ok":false')
    }
    expect((await begin('operator', cluster)).status).toBe(403)
    for (const typed of ['', 'pi-1']) expect((await begin('admin', typed)).body).toContain('Type matrix to confirm')
    expect(await rotations()).toBe(0)
    const begun = await begin('admin', cluster)
    expect(begun.body).toContain('"ok":true')
    expect(await rotations()).toBe(1)
    await prisma().run.deleteMany({ where: { kind: 'rotate-secrets' } })
  })
  const { entries } = await listAudit({ what: 'run.rotate-secrets' })
  expect(entries.map(({ who, outcome }) => [who, outcome])).toEqual([
    ['ada@people.test', 'done'],
    ['ada@people.test', 'refused'],
    ['ada@people.test', 'refused'],
  ])
})

test('a proof counts for ten minutes and for the browser that brought it; a wrong password is none', async () => {
  const person = await somebody()
  const [here, there] = [await signIn(person), await signIn(person)]
  expect(await makeToken(here, 'just signed in')).toContain('"ok":true')
  await age(person.email, 11)
  expect(await makeToken(here)).toContain('"proof":"password"')
  expect(await prove(here, 'not the password')).toContain('"ok":false')
  expect(await makeToken(here)).toContain('"proof":"password"')
  expect(await prove(here, person.password)).toContain('"ok":true')
  expect(await makeToken(here, 'proven')).toContain('"ok":true')
  expect(await makeToken(there)).toContain('"proof":"password"')
  await age(person.email, 9)
  expect(await makeToken(here, 'nine minutes later')).toContain('"ok":true')
  await age(person.email, 2)
  expect(await makeToken(here)).toContain('"proof":"password"')
  const { entries } = await listAudit({ who: person.email, what: 'identity.confirm' })
  expect(entries.map(({ outcome }) => outcome)).toEqual(['done', 'refused'])
  const made = await listTokens()
  expect(
    made
      .filter(({ owner }) => owner === person.email)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['just signed in', 'nine minutes later', 'proven'])
})

test('with a second factor the password alone is no proof, also to change the password', async () => {
  const person = await somebody()
  const before = await signIn(person)
  const begun = await dashboard.call('beginTotp', { args: [person.password], cookie: before })
  const secret = /"secret":"([A-Z2-7]+)"/.exec(begun.body)?.[1] ?? ''
  // Switching it on ends the session and opens another.
  const cookie = jar(await dashboard.call('confirmTotp', { args: [totp(secret, 0)], cookie: before }))
  await age(person.email, 11)
  const change = form({ current: person.password, next: 'another horse battery staple' })
  const changed = (await dashboard.call('changePassword', { args: [null, change], cookie })).body
  for (const answer of [await makeToken(cookie), changed]) expect(answer).toContain('"proof":"password-and-code"')
  expect(await prove(cookie, person.password)).toContain('"ok":false')
  expect(await makeToken(cookie)).toContain('"proof"')
  expect(await prove(cookie, person.password, totp(secret, 1))).toContain('"ok":true')
  expect(await makeToken(cookie)).toContain('"ok":true')
})

describe('API tokens end', () => {
  const tokenOf = async (person: Someone) => {
    const { id } = await prisma().user.findUniqueOrThrow({ where: { email: person.email } })
    const { token } = await createToken({ user: id, name: 'a program', role: 'viewer', days: 30, by: person.email })
    const works = async () => {
      const headers = { authorization: `Bearer ${token}` }
      return (await dashboard.ask({ path: '/metrics', headers })).status
    }
    expect(await works()).toBe(200)
    return { id, works }
  }
  const next = 'another horse battery staple'

  test.each([
    ['with a changed password, as the form offers', { tokens: 'on' }, 401],
    ['not when the person unticked it', {}, 200],
  ])('%s', async (_, choice, status) => {
    const person = await somebody()
    const { works } = await tokenOf(person)
    const args = [null, form({ current: person.password, next, ...choice })]
    const answer = await dashboard.call('changePassword', { args, cookie: await signIn(person) })
    expect(answer.body).toContain('"ok":true')
    expect(await works()).toBe(status)
  })

  test('when an administrator resets the second factor', async () => {
    const person = await somebody()
    const { id, works } = await tokenOf(person)
    await prisma().user.update({ where: { id }, data: { twoFactorEnabled: true } })
    await renew('ada@people.test')
    const answer = await dashboard.call('resetTotp', { args: [id], cookie: await dashboard.session('admin') })
    expect(answer.body).toContain('"ok":true')
    expect(await works()).toBe(401)
  })
})

describe.each([
  ['a desk', desk],
  ['a phone', phone],
])('in a browser, on %s', (_, viewport) => {
  test('the keyboard alone: cancelled, refused, then proven, and the token is made', async () => {
    const person = await somebody()
    const context = await browser.newContext({ viewport, reducedMotion: 'reduce' })
    const pairs = (await signIn(person)).split('; ').map((pair) => pair.split(/=(.*)/s))
    await context.addCookies(pairs.map(([name = '', value = '']) => ({ name, value, url: dashboard.url })))
    const page = await context.newPage()
    page.setDefaultTimeout(60_000)
    await page.goto(`${dashboard.url}/settings/tokens`)
    await page.getByRole('button', { name: 'Create token' }).focus()
    await page.keyboard.press('Enter')
    await page.getByLabel('Name').fill('typed')
    await age(person.email, 11)
    const dialog = page.getByRole('dialog', { name: 'Confirm your identity' })

    await page.keyboard.press('Enter')
    await dialog.waitFor()
    await focused(page, 'password')
    expect(await sidewaysOverflow(page)).toBe(0)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await page.getByText('Confirm your identity first').first().waitFor()
    expect(await page.getByLabel('Name').inputValue()).toBe('typed')

    await ready(page.getByRole('dialog', { name: 'Create token' }))
    await page.getByLabel('Name').focus()
    await page.keyboard.press('Enter')
    await focused(page, 'password')
    await page.keyboard.type('not the password')
    await page.keyboard.press('Enter')
    await dialog.getByText('Incorrect password').waitFor()
    await ready(dialog)
    await dialog.getByLabel('Password').fill(person.password)
    await page.keyboard.press('Enter')
    await dialog.waitFor({ state: 'detached' })
    await page.getByText(/^brm_[0-9a-f]{60}$/).waitFor()
    await context.close()
  })
})

/** While a form is sent, its button is off, and Enter in a field does nothing. */
async function ready(form: Locator): Promise<void> {
  await form.locator('button[type="submit"]:enabled').waitFor()
}

async function focused(page: Page, name: string): Promise<void> {
  await page.locator(`input[name="${name}"]:focus`).waitFor()
}
