/** The page that stays open: every screen of a cluster under pgbench and wrk, and a failover as an open browser tells it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { disconnect } from '@bramble/db'
import { powerOff, powerOn } from '@bramble/lab'
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { adopt, ended, openPage, picture, provision, signIn } from './dashboard.ts'
import { targetOf } from './inside.ts'
import { begin, type Journey, openJourney, stackOf } from './journey.ts'
import { type Load, startLoad } from './load.ts'
import { look } from './screens.ts'

const lab = 39
const minute = 60_000
const cluster = 'shelf'
let journey: Journey
let url: string
let page: Page
let load: Load | undefined

beforeAll(async () => {
  journey = await openJourney({ id: lab, nodes: 5, golden: true })
  url = journey.bramble.url
  page = journey.page
}, 15 * minute)

afterAll(async () => {
  if (load) process.stdout.write(`${JSON.stringify(await load.stop())}\n`)
  await disconnect()
  await journey?.close()
}, 3 * minute)

const headline = (at: Page) => at.getByTestId('headline')
/** The primary that the headline names. */
const primaryTold = async (): Promise<string | undefined> =>
  /(pi-\d) is the primary/.exec((await headline(page).textContent()) ?? '')?.[1]
const is = (verdict: string) => `[data-testid=headline][data-verdict=${verdict}]`

test(
  'a cluster is built, and its page says that it is up',
  async () => {
    await begin(journey)
    await adopt(page, url, stackOf(journey.lab, cluster, 4))
    await provision(page, url, cluster, false)
    await ended(page, 'Succeeded', 10)
    await page.goto(`${url}/clusters/${cluster}`)
    await page.locator(is('up')).waitFor({ timeout: 2 * minute })
    expect(await headline(page).textContent()).toMatch(/^Up\b/)
    load = await startLoad(journey.lab, 'pi-5', await targetOf(journey.bramble, cluster))
  },
  20 * minute,
)

const screens = [
  ['overview', '/', 'Clusters'],
  ['cluster', `/clusters/${cluster}`, 'is the primary'],
  ['postgres', `/clusters/${cluster}/postgres`, 'Transactions'],
  ['haproxy', `/clusters/${cluster}/haproxy`, 'Requests'],
  ['nodes', `/clusters/${cluster}/nodes`, 'pi-4'],
  ['node', `/clusters/${cluster}/nodes/pi-2`, 'Memory'],
  ['compare', `/clusters/${cluster}/compare`, 'pi-4'],
  ['drills', `/clusters/${cluster}/drills`, 'Primary stopped'],
  ['backups-empty', `/clusters/${cluster}/backups`, 'pgBackRest'],
  ['add', `/clusters/${cluster}/add`, 'Address'],
  ['timeline', `/clusters/${cluster}/timeline`, 'primary'],
  ['alerts', '/alerts', 'Alerts'],
  ['runs', '/runs', 'Provision'],
  ['audit', '/audit', 'Created a cluster'],
  ['settings-account', '/settings/account', 'Two-factor authentication'],
  ['settings-people', '/settings/people', 'ada@example.test'],
  ['settings-tokens', '/settings/tokens', 'token'],
  ['settings-notifications', '/settings/notifications', 'Add channel'],
  ['flash', '/flash', 'Flash'],
  ['images', '/images', 'Images'],
  ['new-cluster', '/clusters/new', 'Virtual IP'],
] as const

test.each(screens)(
  'the screen %s is drawn at every size, light and dark, and axe finds nothing',
  async (name, where, words) => {
    await page.goto(`${url}${where}`)
    await page.locator('main').getByText(words).first().waitFor()
    await expect.poll(() => page.locator('main [aria-busy=true]').count(), { timeout: 30_000 }).toBe(0)
    await look(page, name)
    await picture(page, name)
  },
  5 * minute,
)

test(
  'a failover is told as it happens, and a tab that slept misses nothing of it',
  async () => {
    const at = `${url}/clusters/${cluster}`
    await page.goto(at)
    await page.locator(is('up')).waitFor({ timeout: 2 * minute })
    expect(await headline(page).textContent()).toMatch(/^Up\b/)
    const before = (await primaryTold()) ?? 'nobody'
    expect(before).not.toBe('nobody')
    const slept = await openPage(journey.browser)
    await signIn(slept, url)
    await slept.goto(at)
    await slept.locator(is('up')).waitFor()
    await slept.context().setOffline(true)

    const struck = Date.now()
    await powerOff({ id: lab, node: before })
    const told: string[] = []
    const listening = listen(page, struck, told)
    await expect
      .poll(async () => ![undefined, before].includes(await primaryTold()), { timeout: 2 * minute })
      .toBe(true)
    await slept.context().setOffline(false)
    await slept
      .getByText(/became the primary|is the primary now/)
      .first()
      .waitFor({ timeout: minute })
    expect(await slept.getByText(new RegExp(`${before}.*(is unreachable|does not answer)`)).count()).toBeGreaterThan(0)
    await picture(page, 'failover')
    await powerOn({ id: lab, node: before })
    await page.locator(is('up')).waitFor({ timeout: 3 * minute })
    await listening()
    process.stdout.write(`${told.join('\n')}\n`)
    expect(told.length).toBeGreaterThan(2)
    await slept.context().close()
  },
  10 * minute,
)

/** Writes down every change of the headline, with the seconds since the blow. Returns how to stop. */
function listen(at: Page, since: number, told: string[]): () => Promise<void> {
  let going = true
  let last = ''
  const loop = (async () => {
    while (going) {
      // As it stands there, without the button.
      const said = await headline(at)
        .locator('h2, p:not([role=status])')
        .allTextContents()
        .then((parts) => parts.join(' '))
        .catch(() => null)
      const words = (said ?? '').replace(/\s+/g, ' ').trim()
      const plain = words.replace(/\d+(\.\d+)? ?s\b/g, 'N s')
      if (words && plain !== last) told.push(`${((Date.now() - since) / 1000).toFixed(1).padStart(6)} s  ${words}`)
      last = plain
      await sleep(200)
    }
  })()
  return async () => {
    going = false
    await loop
  }
}

test('no page threw an error', () => {
  expect(journey.faults).toEqual([])
})
