/** An app in a browser: a folder becomes a site on the virtual IP, a second release, a rollback, and its removal. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { adopt, clickConfirmed, ended, open, provision } from './dashboard.ts'
import { begin, type Journey, openJourney, siteOf, stackOf } from './journey.ts'
import { look } from './screens.ts'

const lab = 103
const minute = 60_000
const cluster = 'shelf'
const domain = 'site.example.org'
let journey: Journey
let page: Page
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bramble-site-'))
  journey = await openJourney({ id: lab, nodes: 3, golden: true })
  page = journey.page
}, 15 * minute)

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await journey?.close()
}, 3 * minute)

const screen = (app = '') => open(page, `${journey.bramble.url}/clusters/${cluster}/apps${app}`)

/** A folder with a page that says `words`. */
async function site(words: string): Promise<string> {
  const at = path.join(folder, 'my-site')
  await mkdir(path.join(at, 'css'), { recursive: true })
  await writeFile(path.join(at, 'index.html'), `<!doctype html><title>${words}</title><h1>${words}</h1>`)
  await writeFile(path.join(at, 'css/grün.css'), 'h1 { color: teal }')
  return at
}

/** What the virtual IP answers for the domain: status and body. */
function asked(host = domain): Promise<string> {
  const { hostname, port } = new URL(siteOf(journey.lab))
  return new Promise((resolve) => {
    const sent = request(
      { hostname, port, path: '/', headers: { host, connection: 'close' }, timeout: 5_000 },
      (answer) => {
        let body = ''
        answer.on('data', (chunk) => (body += String(chunk)))
        answer.on('end', () => resolve(`${answer.statusCode} ${body}`))
      },
    )
    sent.on('timeout', () => sent.destroy(new Error('timeout')))
    sent.on('error', (error) => resolve(error.message))
    sent.end()
  })
}

/** Asks without a pause until `end`; returns the answers that were no page of the site. */
async function failures(end: Promise<unknown>): Promise<string[]> {
  const failed: string[] = []
  let isOver = false
  void end.finally(() => {
    isOver = true
  })
  while (!isOver) {
    const answer = await asked()
    if (!answer.startsWith('200 ')) failed.push(answer.slice(0, 80))
  }
  return failed
}

/** The highest p95 of the response times of the last hour in ms; 0 when none was measured. */
async function slowest(): Promise<number> {
  const to = Math.ceil(Date.now() / 1000)
  const at = `/api/clusters/${cluster}/series?s=backend:*:app-my-site:responseP95&from=${to - 3600}&to=${to}`
  const answer = await page.request.get(journey.bramble.url + at)
  const { series } = (await answer.json()) as { series: { highest: (number | null)[] }[] }
  return Math.max(0, ...series.flatMap(({ highest }) => highest.map((value) => value ?? 0)))
}

/** The form of what was uploaded; others of the page have fields of the same names. */
const form = () => page.getByRole('form', { name: /^Deploy (an app|new release)$/ })

const folderInput = () => page.locator('input[type=file][webkitdirectory]')

const choose = async (words: string) => folderInput().setInputFiles(await site(words))

test(
  'the empty page says what to do, and a cluster that was not provisioned takes no app',
  async () => {
    await begin(journey)
    await adopt(page, journey.bramble.url, stackOf(journey.lab, cluster))
    await screen()
    await page.getByText('The cluster has to be provisioned').waitFor()
    expect(await page.getByRole('button', { name: 'Choose folder…' }).count()).toBe(0)
    await provision(page, journey.bramble.url, cluster, false)
    await ended(page, 'Succeeded', 12)
  },
  20 * minute,
)

test(
  'a folder is uploaded, shown as what it is, and serves on its domain',
  async () => {
    await screen()
    await page.getByText('No apps yet').waitFor()
    await choose('First release')
    await page.getByText('What was detected').waitFor()
    expect(await form().getByLabel('Name', { exact: true }).inputValue()).toBe('my-site')
    const field = form().getByLabel('Domains')
    await field.fill('not a domain/')
    await form().getByRole('button', { name: 'Deploy', exact: true }).click()
    await page.getByText('without a path').first().waitFor()
    await field.fill(domain)
    await form().getByLabel('What is new').fill('The first one')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/runs\//)
    await ended(page, 'Succeeded', 8)
    await expect.poll(() => asked(), { timeout: minute }).toContain('200 <!doctype html><title>First release')
    expect(await asked('unknown.example.org')).not.toContain('First release')
    await screen('/my-site')
    await page.getByText('Running', { exact: true }).first().waitFor({ timeout: minute })
    await page.getByText('The first one').first().waitFor()
    await look(page, 'app')
    await screen()
    await look(page, 'apps')
  },
  15 * minute,
)

test(
  'a second release and a rollback drop no request',
  async () => {
    await screen('/my-site')
    await page.getByRole('button', { name: 'Deploy new release' }).click()
    await choose('Second release')
    await page.getByText('What was detected').waitFor()
    await form().getByRole('button', { name: 'Deploy', exact: true }).click()
    await page.waitForURL(/\/runs\//)
    expect(await failures(ended(page, 'Succeeded', 8))).toEqual([])
    await expect.poll(() => asked(), { timeout: minute }).toContain('Second release')

    await screen('/my-site')
    await page.getByRole('button', { name: /^Roll back/ }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click()
    await page.waitForURL(/\/runs\//)
    expect(await failures(ended(page, 'Succeeded', 8))).toEqual([])
    await expect.poll(() => asked(), { timeout: minute }).toContain('First release')
    await expect.poll(() => slowest(), { timeout: minute }).toBeGreaterThan(0)
  },
  20 * minute,
)

test(
  'a Node app with a package of the registry is built on a node and serves',
  async () => {
    const at = path.join(folder, 'shop')
    await mkdir(at)
    const dependencies = { ms: '2.1.3' }
    const lock = { '': { name: 'shop', dependencies }, 'node_modules/ms': { version: '2.1.3' } }
    const files = {
      'package.json': JSON.stringify({ name: 'shop', dependencies }),
      'package-lock.json': JSON.stringify({ name: 'shop', lockfileVersion: 3, requires: true, packages: lock }),
      'server.js': `const ms = require('ms')
require('node:http').createServer((_, response) => response.end('built ' + ms(60000))).listen(process.env.PORT)
`,
    }
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(at, name), text)
    await screen()
    await page.getByRole('button', { name: 'Deploy app' }).click()
    await folderInput().setInputFiles(at)
    await page.getByText('The app is built on a node first').waitFor()
    await form().getByLabel('Domains').fill('shop.example.org')
    await form().getByRole('button', { name: 'Deploy', exact: true }).click()
    await page.waitForURL(/\/runs\//)
    await ended(page, 'Succeeded', 12)
    await expect.poll(() => asked('shop.example.org'), { timeout: minute }).toBe('200 built 1m')
    expect(await asked()).toContain('First release')
  },
  20 * minute,
)

test(
  'its log is read, a variable is kept secret, and it is gone when it was removed',
  async () => {
    await screen('/my-site')
    await page.getByLabel('Name', { exact: true }).fill('API_TOKEN')
    await page.getByLabel('Value').fill('a value that nobody sees again')
    await page.getByRole('button', { name: 'Set variable', exact: true }).click()
    await page.getByRole('button', { name: 'Remove API_TOKEN' }).waitFor()
    expect(await page.content()).not.toContain('nobody sees again')
    await page.getByRole('button', { name: 'Follow log' }).click()
    await page
      .getByRole('region', { name: 'Log' })
      .or(page.getByText('The app has logged nothing yet.'))
      .first()
      .waitFor()
    await page.getByRole('button', { name: 'Remove app…' }).click()
    await page.getByLabel('Type my-site to confirm').fill('my-site')
    await clickConfirmed(page, 'Remove app', page.getByRole('heading', { name: /^App removal/ }))
    await ended(page, 'Succeeded', 8)
    await expect.poll(() => asked(), { timeout: minute }).not.toContain('First release')
    await screen()
    await page.getByRole('link', { name: 'shop', exact: true }).waitFor()
    expect(await page.getByRole('link', { name: 'my-site', exact: true }).count()).toBe(0)
    expect(journey.faults).toEqual([])
  },
  15 * minute,
)
