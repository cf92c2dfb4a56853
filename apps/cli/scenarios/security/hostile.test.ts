/** Hostile text in all that a page shows, and every page in a browser: it is shown as text, and nothing of it runs. */
import { disconnect } from '@bramble/db'
import { listClusters } from '@bramble/db/clusters'
import type { Browser, BrowserContext, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../../src/supervisor/processes.ts'
import { desk, openBrowser, openPalette } from '../dashboard.ts'
import { builtAddresses } from './built.ts'
import { Corpus } from './corpus.ts'
import { Dashboard } from './dashboard.ts'
import { announceAgain, plantHostileText } from './hostile.ts'

const corpus = new Corpus()
let dashboard: Dashboard
let browser: Browser
let letGo: (() => Promise<void>) | undefined
let announcing: NodeJS.Timeout | undefined
let runs: { plan: string; flash: string }

beforeAll(async () => {
  dashboard = await Dashboard.start()
  // Nobody may act on what is planted: the worker holds still until the end.
  letGo = await dashboard.hold()
  runs = await plantHostileText(dashboard, corpus)
  announcing = setInterval(() => void announceAgain().catch(() => undefined), 2_000)
  browser = await openBrowser()
})
afterAll(async () => {
  clearInterval(announcing)
  try {
    await browser?.close()
    await letGo?.()
    await disconnect()
  } finally {
    await dashboard?.started.stop()
  }
})

/** Every address of the build with its parameters, and those that take what somebody wrote into a link. */
function addresses(): string[] {
  const of = (address: string) => {
    const run = address.startsWith('/flash/') ? runs.flash : runs.plan
    return dashboard.at(address.replace('[run]', run))
  }
  const evil = encodeURIComponent(corpus.text(null, 'a link'))
  const links = ['/runs?status=', '/runs?cluster=', '/runs?q=', '/audit?who=', '/audit?what=', '/flash?cluster=']
  return [
    ...builtAddresses().pages.map(of),
    ...links.map((link) => `${link}${evil}`),
    `/sign-in?next=javascript:ran('next')`,
    `/setup?token=${evil}`,
    `/clusters/${evil}`,
    `/clusters/matrix?from=${evil}&to=${evil}&range=${evil}`,
    `/clusters/matrix/compare?nodes=${evil}&metric=${evil}`,
  ]
}

/** A browser that is signed in, and what ran or wanted to. `bypass`: without the policy, so that what only it would stop runs. */
async function watched(bypass: boolean): Promise<{ context: BrowserContext; faults: string[] }> {
  const context = await browser.newContext({ viewport: desk, reducedMotion: 'reduce', bypassCSP: bypass })
  context.setDefaultTimeout(60_000)
  const pairs = (await dashboard.session('admin')).split('; ').map((pair) => pair.split(/=(.*)/s))
  await context.addCookies(pairs.map(([name = '', value = '']) => ({ name, value, url: dashboard.url })))
  const faults: string[] = []
  await context.exposeFunction('ran', (what: unknown) => void faults.push(`ran ${what}`))
  context.on('dialog', (dialog) => {
    faults.push(`${dialog.type()} ${dialog.message()}`)
    void dialog.dismiss()
  })
  context.on('weberror', (error) => faults.push(`${error.page()?.url()}: ${error.error().message}`))
  context.on('console', (message) => {
    if (/Content Security Policy|hydrat/i.test(message.text())) faults.push(message.text())
  })
  return { context, faults }
}

async function opened(context: BrowserContext, address: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`${dashboard.url}${address}`, { waitUntil: 'load' })
  return page
}

/** All that the page says: its text, and the words in attributes and fields. */
const wordsOf = (page: Page) =>
  page.evaluate(`(() => {
    const copy = document.documentElement.cloneNode(true)
    for (const one of copy.querySelectorAll('script, style, template')) one.remove()
    const attributes = [...copy.querySelectorAll('*')].flatMap((one) => [...one.attributes].map(({ value }) => value))
    const fields = [...document.querySelectorAll('input, textarea')].map(({ value }) => value)
    return [document.title, copy.textContent, ...attributes, ...fields].join('\\n')
  })()`) as Promise<string>

/** Markup that only hostile text could have made. */
const madeOf = (page: Page) =>
  page.evaluate(`[...document.querySelectorAll('*')]
    .filter((one) => !one.matches('link[rel=icon]'))
    .filter((one) => one.matches('img[src="x"], iframe, object, embed, base, [srcdoc]')
      || [...one.attributes].some(({ name }) => /^on/.test(name))
      || /^(javascript|vbscript|data):/i.test((one.getAttribute('href') ?? one.getAttribute('action') ?? '').trim()))
    .map((one) => one.outerHTML.slice(0, 200))`) as Promise<string[]>

describe('the watch itself', () => {
  test.each([
    ['sees what runs', true],
    ['sees what the policy stops', false],
  ])('%s', async (_, bypass) => {
    const { context, faults } = await watched(bypass)
    const page = await opened(context, '/runs')
    expect(faults).toEqual([])
    await page.evaluate(`document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=ran(1)>')`)
    await expect.poll(() => faults.join(), { timeout: 60_000 }).toMatch(bypass ? /ran 1/ : /Content Security Policy/)
    expect(await madeOf(page)).toHaveLength(1)
    await context.close()
  })
})

describe.each([
  ['under the policy', false],
  ['without it', true],
])('%s', (_, bypass) => {
  test(
    'every page shows it as text, and nothing of it runs',
    async () => {
      const { context, faults } = await watched(bypass)
      const missing: string[] = []
      for (const address of addresses()) {
        const page = await opened(context, address)
        const expected = corpus.planted.filter((one) => one.page === address)
        let left = expected
        let made: string[] = []
        const isShown = async () => {
          // A page that leads on takes its words along while they are read.
          const seen = await Promise.all([wordsOf(page), madeOf(page)]).catch(() => null)
          if (!seen) return false
          left = expected.filter(({ text }) => !seen[0].includes(text))
          made = seen[1]
          return left.length === 0
        }
        await until(isShown, 60_000)
        missing.push(...left.map(({ place }) => `${address} does not show ${place}`))
        faults.push(...made.map((markup) => `${address} made ${markup}`))
        await page.close()
      }
      expect({ faults, missing }).toEqual({ faults: [], missing: [] })
      await context.close()
    },
    15 * 60_000,
  )

  test('the command palette, too', async () => {
    const { context, faults } = await watched(bypass)
    const page = await opened(context, '/')
    await openPalette(page)
    await page.keyboard.type('q0q"><img src=x onerror=ran(0)>')
    await expect.poll(() => wordsOf(page), { timeout: 60_000 }).toContain('q0q"><img')
    expect([...faults, ...(await madeOf(page))]).toEqual([])
    await context.close()
  })
})

test('what is downloaded is never taken for a page', async () => {
  const cookie = await dashboard.session('admin')
  for (const path of [
    `/api/runs/${runs.plan}/log/text`,
    `/api/runs/${runs.plan}/log/jsonl`,
    '/api/audit/export',
    '/api/audit/export?format=jsonl',
    '/api/alerts',
    '/api/palette',
    '/metrics',
  ]) {
    const { status, headers } = await dashboard.ask({ path, headers: { cookie } })
    expect([path, status, headers['x-content-type-options']]).toEqual([path, 200, 'nosniff'])
    expect(headers['content-type']).toMatch(/^(text\/(plain|csv)|application\/(json|jsonl|x-ndjson))/)
  }
})

test('names that reach a command cannot be hostile: nothing is made', async () => {
  const cookie = await dashboard.session('admin')
  const evil = '"><img src=x onerror=ran(0)>'
  const before = (await listClusters()).map(({ name }) => name)
  const spec = { name: 'fine', vip: '10.85.0.100', nodes: [{ name: 'pi-1', address: '10.85.0.11', roles: [] }] }
  const wrong = [
    { ...spec, name: evil },
    { ...spec, timezone: evil },
    { ...spec, nodes: [{ ...spec.nodes[0], name: evil }] },
    { ...spec, nodes: [{ ...spec.nodes[0], address: evil }] },
  ]
  for (const one of wrong) {
    const { body } = await dashboard.call('create', { args: [{ spec: one, logins: {}, flash: true }], cookie })
    expect(body).toContain('"ok":false')
  }
  expect((await listClusters()).map(({ name }) => name)).toEqual(before)
})
