/** The whole way in a browser: set up, adopt, plan, provision, cancel, retry, a worker killed, done, settled. */
import { disconnect } from '@bramble/db'
import { listRuns } from '@bramble/db/runs'
import { type LabStatus, sshCommand, status } from '@bramble/lab'
import { must } from '@bramble/process'
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readRunning } from '../src/supervisor/lock.ts'
import { until } from '../src/supervisor/processes.ts'
import {
  account,
  adopt,
  desk,
  ended,
  openPage,
  phone,
  picture,
  provision,
  sidewaysOverflow,
  signIn,
} from './dashboard.ts'
import { lookInside } from './inside.ts'
import { answerOf, begin, type Journey, openJourney, passwordOf, siteOf, stackOf } from './journey.ts'
import { leaks, secretsOf } from './leaks.ts'
import type { Started } from './started.ts'

const lab = 36
const minute = 60_000
const cluster = 'shelf'
let journey: Journey
let bramble: Started
let url: string
let stack: LabStatus
let page: Page

beforeAll(async () => {
  journey = await openJourney({ id: lab, nodes: 4, golden: true })
  ;({ bramble, page, lab: stack } = journey)
  url = bramble.url
}, 15 * minute)

afterAll(() => journey?.close(), 3 * minute)

/** Steps that are done, over the lanes of all Pis. */
async function stepsDone(): Promise<number> {
  const bars = await page.getByLabel(/^\d+ of \d+ steps done$/).all()
  const words = await Promise.all(bars.map((bar) => bar.getAttribute('aria-label')))
  return words.reduce((sum, text) => sum + Number(text?.split(' ')[0] ?? 0), 0)
}

test(
  'the first admin is made by the one-time link, which works once',
  async () => {
    await begin(journey)
    const stranger = await openPage(journey.browser)
    await stranger.goto(bramble.link)
    await expect
      .poll(() => stranger.getByRole('button', { name: 'Create account' }).count(), { timeout: minute })
      .toBe(0)
    await stranger.goto(url)
    await stranger.waitForURL((now) => now.pathname === '/sign-in')
    await stranger.context().close()
  },
  8 * minute,
)

test(
  'four Pis are adopted by address and password, each with its fingerprint',
  async () => {
    await page.goto(url)
    await picture(page, 'overview-empty')
    await adopt(page, url, stackOf(stack, cluster))
  },
  8 * minute,
)

test(
  'provisioning is cancelled midway, retried, outlives a killed worker, and ends with a cluster that serves',
  async () => {
    const first = await provision(page, url, cluster, true)
    expect(await until(async () => (await stepsDone()) > 20, 3 * minute)).toBe(true)
    await picture(page, 'run')
    await page.getByRole('button', { name: 'Cancel', exact: true }).click()
    const pressed = Date.now()
    await page.getByRole('button', { name: 'Cancel run' }).click()
    await ended(page, 'Canceled', 2)
    expect(Date.now() - pressed).toBeLessThan(minute)
    for (const node of stack.nodes) expect(await busy(node.name)).toBe('')

    await page.getByRole('button', { name: 'Retry' }).click()
    await page.waitForURL((now) => now.pathname.startsWith('/runs/') && !now.pathname.endsWith(first))
    expect(await until(async () => (await stepsDone()) > 60, 3 * minute)).toBe(true)
    const before = (await readRunning(bramble.data))?.parts.worker
    process.kill(before?.pid as number, 'SIGKILL')
    await ended(page, 'Succeeded', 10)
    await picture(page, 'run-done')
    for (const { name } of stack.nodes) {
      const lane = page.getByTestId(`lane-${name}`)
      const cells = await lane.locator('[role=img] [title$=": changed"]').count()
      expect(await lane.getByText(new RegExp(`^${cells} changes?\\.$`)).count(), name).toBe(1)
    }
    expect((await readRunning(bramble.data))?.parts.worker?.pid).not.toBe(before?.pid)
    await expect.poll(() => answerOf(siteOf(stack)), { timeout: minute }).toBe(200)
  },
  20 * minute,
)

/** Names of Bramble's long actions that still run on a node. */
async function busy(node: string): Promise<string> {
  const ssh = await sshCommand({ id: lab, node })
  return (
    await must([...ssh, 'systemctl', 'list-units', '--no-legend', '--plain', '--state=activating', 'bramble-*.service'])
  ).trim()
}

test(
  'the cluster page shows it, and a new plan finds nothing to do',
  async () => {
    await page.goto(`${url}/clusters/${cluster}`)
    await page
      .getByTestId('headline')
      .getByText('is the primary')
      .waitFor({ timeout: 3 * minute })
    await page.getByText('The cluster survives the loss of any one Pi.').waitFor({ timeout: 3 * minute })
    await picture(page, 'cluster')
    await page.setViewportSize(phone)
    await expect.poll(() => sidewaysOverflow(page), { message: 'the cluster on a phone', timeout: minute }).toBe(0)
    await picture(page, 'cluster-phone')
    await page.setViewportSize(desk)
    await page.getByRole('button', { name: 'Plan', exact: true }).click()
    await page
      .getByText('Nothing to do')
      .first()
      .waitFor({ timeout: 2 * minute })
    await picture(page, 'plan-settled')
    for (const [screen, name, words] of [
      ['/', 'overview', cluster],
      ['/runs', 'runs', 'Run duration'],
      ['/audit', 'audit', 'Audit'],
      ['/settings/account', 'settings', 'Your account'],
    ] as const) {
      await page.goto(url + screen)
      await page.locator('main').getByText(words).filter({ visible: true }).first().waitFor()
      await picture(page, name)
      await page.setViewportSize(phone)
      await expect.poll(() => sidewaysOverflow(page), { message: `${name} on a phone`, timeout: minute }).toBe(0)
      await page.setViewportSize(desk)
    }
  },
  12 * minute,
)

test(
  'no secret of it stands in a log, a table, a file, an argument or a page',
  async () => {
    lookInside(bramble)
    try {
      const secrets = {
        ...(await secretsOf(cluster)),
        'password of the cards': passwordOf(stack),
        'password of Ada': account.password,
      }
      expect(Object.keys(secrets).length).toBeGreaterThan(12)
      const pages: Record<string, string> = {}
      for (const where of [
        '/',
        `/clusters/${cluster}`,
        `/clusters/${cluster}/postgres`,
        '/runs',
        '/audit',
        '/settings/account',
      ]) {
        const answer = await page.request.get(url + where)
        pages[where] = await answer.text()
      }
      for (const { id } of await listRuns({ cluster })) {
        const answer = await page.request.get(`${url}/runs/${id}`)
        const log = await page.request.get(`${url}/api/runs/${id}/log/text`)
        pages[`run ${id}`] = (await answer.text()) + (await log.text())
      }
      expect(Object.keys(pages).length).toBeGreaterThan(8)
      expect(await leaks(secrets, bramble, pages)).toEqual([])
      // It finds one that was put there.
      const planted = { planted: Object.values(secrets)[0] as string }
      expect(await leaks(planted, bramble, { 'a page': `... ${planted.planted} ...` })).toEqual(['planted in a page'])
    } finally {
      await disconnect()
    }
  },
  5 * minute,
)

test(
  'signing in works, a wrong password does not, and no page threw an error',
  async () => {
    const other = await openPage(journey.browser)
    await other.goto(`${url}/sign-in`)
    await picture(other, 'sign-in')
    await other.getByLabel('Email').fill('ada@example.test')
    await other.getByRole('textbox', { name: 'Password' }).fill('something else entirely')
    await other.getByRole('button', { name: 'Sign in' }).click()
    await other.getByRole('alert').first().waitFor()
    await signIn(other, url)
    await other.context().close()
    expect(journey.faults).toEqual([])
    expect((await status({ id: lab })).nodes.map((node) => node.state)).toEqual(['on', 'on', 'on', 'on'])
  },
  5 * minute,
)
