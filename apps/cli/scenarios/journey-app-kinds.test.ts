/** Apps of several kinds in a browser: brought by drag and drop and from git, each with a second release and a rollback. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { consoleCommand } from '@bramble/lab'
import { railsApp } from '@bramble/lab/test/rails-app'
import { must } from '@bramble/process'
import { GitServer } from '@bramble/provision/test/git-server'
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../src/supervisor/checkout.ts'
import { adopt, clickConfirmed, ended, open, provision } from './dashboard.ts'
import { begin, type Journey, openJourney, siteOf, stackOf } from './journey.ts'
import { look } from './screens.ts'

const lab = 109
const minute = 60_000
const cluster = 'shelf'
let journey: Journey
let page: Page
let server: GitServer
let folder: string
/** Requests and failures of each release, for the report. */
const report: { app: string; what: string; requests: number; failed: number; seconds: number }[] = []

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'bramble-kinds-'))
  server = await GitServer.start()
  journey = await openJourney({ id: lab, nodes: 3, golden: true })
  page = journey.page
}, 15 * minute)

afterAll(async () => {
  console.table(report)
  rmSync(folder, { recursive: true, force: true })
  await server?.stop()
  await journey?.close()
}, 3 * minute)

const screen = (app = '') => open(page, `${journey.bramble.url}/clusters/${cluster}/apps${app && `/${app}`}`)
const form = () => page.getByRole('form', { name: /^Deploy (an app|new release)$/ })
const domainOf = (app: string) => `${app}.example.org`

/** What the virtual IP answers for the app: status and body. */
function asked(app: string): Promise<string> {
  const { hostname, port } = new URL(siteOf(journey.lab))
  const headers = { host: domainOf(app), connection: 'close' }
  return new Promise((resolve) => {
    const sent = request({ hostname, port, path: '/', headers, timeout: 10_000 }, (answer) => {
      let body = ''
      answer.on('data', (chunk) => (body += String(chunk)))
      answer.on('end', () => resolve(`${answer.statusCode} ${body}`))
      answer.on('error', (error) => resolve(error.message))
    })
    sent.on('timeout', () => sent.destroy(new Error('timeout')))
    sent.on('error', (error) => resolve(error.message))
    sent.end()
  })
}

const serves = (app: string, words: string) => expect.poll(() => asked(app), { timeout: 2 * minute }).toContain(words)

const askSlots = `
import http.client, sys
with open('/proc/net/tcp') as table:
    ports = {int(line.split()[1].split(':')[1], 16) for line in table.readlines()[1:] if line.split()[3] == '0A'}
for port in sorted(port for port in ports if 20000 <= port < 20200):
    try:
        connection = http.client.HTTPConnection('127.0.0.1', port, timeout=10)
        connection.request('GET', '/', headers={'Host': sys.argv[1]})
        print(connection.getresponse().read().decode(errors='replace'))
    except OSError as error:
        print(error)
`

/** The app answers on each node itself, not only through the balancer. */
async function servesOnEveryNode(app: string, words: string): Promise<void> {
  for (const { name } of journey.lab.nodes) {
    const on = await consoleCommand({ id: lab, node: name })
    const answer = () => must([...on, 'python3', '-c', askSlots, domainOf(app)])
    await expect.poll(answer, { timeout: minute, message: `${app} on ${name}` }).toContain(words)
  }
}

/** Waits for the run that the page shows, while the app is asked without a pause. */
async function withoutFailures(app: string, what: string): Promise<void> {
  await page.waitForURL(/\/runs\//)
  const begun = Date.now()
  const failed: string[] = []
  let requests = 0
  let isOver = false
  const end = ended(page, 'Succeeded', 10).finally(() => {
    isOver = true
  })
  while (!isOver) {
    const answer = await asked(app)
    requests += 1
    if (!answer.startsWith('200 ')) failed.push(answer.slice(0, 120))
  }
  await end
  report.push({ app, what, requests, failed: failed.length, seconds: Math.round((Date.now() - begun) / 1000) })
  expect(failed).toEqual([])
}

async function rollBack(app: string): Promise<void> {
  await screen(app)
  await page
    .getByRole('button', { name: /^Roll back/ })
    .first()
    .click()
  await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click()
  await withoutFailures(app, 'rollback')
}

/** A folder with these files; a name that ends in `!` is a program. */
function folderOf(name: string, files: Readonly<Record<string, string>>): string {
  const at = path.join(folder, name)
  rmSync(at, { recursive: true, force: true })
  for (const [file, text] of Object.entries(files)) {
    const to = path.join(at, file.replace(/!$/, ''))
    mkdirSync(path.dirname(to), { recursive: true })
    writeFileSync(to, text, { mode: file.endsWith('!') ? 0o755 : 0o644 })
  }
  return at
}

/** The folder is dragged from the desktop and dropped, as Chromium itself receives it. */
async function drop(at: string): Promise<void> {
  const zone = page.getByRole('region', { name: 'Drop a folder or an archive here' })
  await zone.scrollIntoViewIfNeeded()
  const box = (await zone.boundingBox())!
  const session = await page.context().newCDPSession(page)
  const data = { items: [], files: [at], dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, x: box.x + box.width / 2, y: box.y + 20, data })
  await session.detach()
}

/** From a folder to a run, with what the form asks of a new app. */
async function deployFolder(app: string, at: string, options: { environment?: string } = {}): Promise<void> {
  await screen()
  const button = page.getByRole('button', { name: 'Deploy app' })
  if (await button.isVisible()) await button.click()
  await drop(at)
  await page.getByText('What was detected').waitFor()
  await form().getByLabel('Name', { exact: true }).fill(app)
  await form().getByLabel('Domains').fill(domainOf(app))
  if (options.environment) await form().getByLabel('Environment (.env)').fill(options.environment)
  await form().getByRole('button', { name: 'Deploy', exact: true }).click()
  await page.waitForURL(/\/runs\//)
}

async function deployAgain(app: string, at: string): Promise<void> {
  await screen(app)
  await page.getByRole('button', { name: 'Deploy new release' }).click()
  await drop(at)
  await page.getByText('What was detected').waitFor()
  await form().getByRole('button', { name: 'Deploy', exact: true }).click()
}

test(
  'a cluster of three nodes is built',
  async () => {
    await begin(journey)
    await adopt(page, journey.bramble.url, stackOf(journey.lab, cluster))
    await provision(page, journey.bramble.url, cluster, false)
    await ended(page, 'Succeeded', 12)
  },
  20 * minute,
)

test(
  'a folder of HTML, dropped',
  async () => {
    const site = (words: string) => ({ 'index.html': `<h1>${words}</h1>`, 'css/site.css': 'h1 { color: teal }' })
    await deployFolder('pages', folderOf('pages', site('First page')))
    await ended(page, 'Succeeded', 8)
    await serves('pages', 'First page')
    await servesOnEveryNode('pages', 'First page')
    await deployAgain('pages', folderOf('pages', site('Second page')))
    await withoutFailures('pages', 'second release')
    await servesOnEveryNode('pages', 'Second page')
    await rollBack('pages')
    await servesOnEveryNode('pages', 'First page')
  },
  20 * minute,
)

test(
  'Django with a database and a migration, from git',
  async () => {
    const template = 'entries/templates/entries/guestbook.html'
    cpSync(path.join(root, 'samples/guestbook'), server.work, { recursive: true })
    await server.push('The guestbook')
    await screen()
    await page.getByRole('button', { name: 'Deploy from git…' }).click()
    await page.getByLabel('Name', { exact: true }).fill('guests')
    await page.getByLabel('Domains').fill(domainOf('guests'))
    await page.getByLabel('Repository URL').fill(server.url)
    await page.getByLabel(/database of its own/).check()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('button', { name: 'Confirm host key' }).click({ timeout: 2 * minute })
    await page.getByRole('dialog').getByRole('button', { name: 'Confirm host key' }).click()
    await page.getByText('Database of its own, in DATABASE_URL').waitFor()
    const key = page.getByText(/^ssh-ed25519 /).first()
    await key.waitFor({ timeout: minute })
    server.authorized.push((await key.textContent())!.trim())
    await look(page, 'app-git')
    await page.getByRole('button', { name: 'Deploy latest commit' }).click()
    await page.waitForURL(/\/runs\//)
    await ended(page, 'Succeeded', 10)
    await serves('guests', 'No entries yet')
    await servesOnEveryNode('guests', 'No entries yet')

    const before = readFileSync(path.join(server.work, template), 'utf8')
    server.write({
      [template]: before.replace('No entries yet', 'Nobody wrote anything'),
      'entries/migrations/0002_index.py': `from django.db import migrations
class Migration(migrations.Migration):
    dependencies = [('entries', '0001_initial')]
    operations = [migrations.RunSQL('create table if not exists seen (at timestamptz)', 'drop table seen')]
`,
    })
    await server.push('Other words and a migration')
    await screen('guests')
    await page.getByRole('button', { name: 'Deploy latest commit' }).click()
    await withoutFailures('guests', 'second release')
    expect(await page.content()).toContain('0002_index')
    await servesOnEveryNode('guests', 'Nobody wrote anything')
    await rollBack('guests')
    await servesOnEveryNode('guests', 'No entries yet')
  },
  30 * minute,
)

test(
  'Ruby on Rails of Debian, dropped',
  async () => {
    const hello = (words: string) => ({
      ...railsApp,
      'app/controllers/home_controller.rb': railsApp['app/controllers/home_controller.rb'].replace('Rails', words),
    })
    await deployFolder('rails', folderOf('rails', hello('First')), {
      environment: `SECRET_KEY_BASE=${'a'.repeat(64)}`,
    })
    await ended(page, 'Succeeded', 12)
    await servesOnEveryNode('rails', 'First')
    await deployAgain('rails', folderOf('rails', hello('Second')))
    await withoutFailures('rails', 'second release')
    await servesOnEveryNode('rails', 'Second')
    await rollBack('rails')
    await servesOnEveryNode('rails', 'First')
  },
  40 * minute,
)

test(
  'Node that needs a database: it fails in words without one, and runs when one was added',
  async () => {
    const at = path.join(folder, 'board')
    cpSync(path.join(root, 'samples/board'), at, { recursive: true })
    await deployFolder('board', at)
    await ended(page, 'Failed', 12)
    await screen('board')
    await page.getByRole('button', { name: 'Add database…' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Add database' }).click()
    await page.getByText('Database of its own, in DATABASE_URL').waitFor()
    await deployAgain('board', at)
    await page.waitForURL(/\/runs\//)
    await ended(page, 'Succeeded', 12)
    await serves('board', '<form')
    await servesOnEveryNode('board', '<form')
    writeFileSync(path.join(at, 'page.js'), `${readFileSync(path.join(at, 'page.js'), 'utf8')}\n// second\n`)
    await deployAgain('board', at)
    await withoutFailures('board', 'second release')
    await rollBack('board')
    await servesOnEveryNode('board', '<form')
  },
  40 * minute,
)

test(
  'all of them serve beside one another, and one is removed with its database',
  async () => {
    for (const [app, words] of [
      ['pages', 'First page'],
      ['guests', 'No entries yet'],
      ['rails', 'First'],
      ['board', '<form'],
    ] as const)
      await serves(app, words)
    await screen()
    await look(page, 'apps-of-all-kinds')
    await screen('board')
    await page.getByRole('button', { name: 'Remove app…' }).click()
    await page.getByText('Its database is deleted with all its data.').waitFor()
    await page.getByLabel('Type board to confirm').fill('board')
    await clickConfirmed(page, 'Remove app', page.getByRole('heading', { name: /^App removal/ }))
    await ended(page, 'Succeeded', 8)
    await serves('guests', 'No entries yet')
    expect(journey.faults).toEqual([])
  },
  20 * minute,
)
