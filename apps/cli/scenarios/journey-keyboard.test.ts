/** A person without a mouse: everything that can be asked of a cluster is found, read and left again by keys alone. */
import { disconnect } from '@bramble/db'
import { listRuns } from '@bramble/db/runs'
import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, openPalette } from './dashboard.ts'
import { markBuilt, openAs } from './people.ts'
import { Dashboard, type Role } from './security/dashboard.ts'

const minute = 60_000
let dashboard: Dashboard
let browser: Browser
let letGo: (() => Promise<void>) | undefined

beforeAll(async () => {
  dashboard = await Dashboard.start()
  // The Pis of this cluster are nowhere: no worker may look for them.
  letGo = await dashboard.hold()
  await markBuilt(dashboard.parameters.cluster ?? '')
  browser = await openBrowser()
}, 15 * minute)
afterAll(async () => {
  try {
    await browser?.close()
    await letGo?.()
    await disconnect()
  } finally {
    await dashboard?.started.stop()
  }
}, 3 * minute)

const as = (role: Role, address: string): Promise<Page> => openAs(browser, dashboard, role, address)

/** Opens the palette, types, waits for the entry and takes it. */
async function take(page: Page, words: string, entry: string): Promise<void> {
  await openPalette(page)
  await page.keyboard.type(words)
  await page.getByRole('option', { name: entry, selected: true }).waitFor()
  await page.keyboard.press('Enter')
}

test.each([
  ['/', 'switch primary matrix', 'Switch primary of matrix…', 'Switch primary?'],
  ['/runs', 'pause or resume', 'Pause or resume Patroni of matrix…', 'Pause Patroni?'],
  ['/clusters/matrix/nodes/pi-2', 'reboot pi-2', 'Reboot pi-2…', 'Restart a service?'],
  ['/clusters/matrix/postgres', 'drill killed', 'Drill: Primary killed…', 'Primary killed'],
  ['/clusters/matrix', 'shut matrix', 'Shut down matrix…', 'Shut down all Pis of matrix?'],
])(
  'from %s “%s” leads to its question, and Escape leaves it',
  async (from, words, entry, title) => {
    const page = await as('operator', from)
    const before = (await listRuns({ limit: 50 })).length
    await take(page, words, entry)
    const dialog = page.getByRole('dialog')
    await dialog.getByText(title).first().waitFor()
    // The keys are in the question, which can be read and left.
    const isInside = () => page.evaluate('document.activeElement?.closest("[role=dialog]") !== null')
    await expect.poll(isInside, { timeout: minute }).toBe(true)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await expect.poll(() => new URL(page.url()).search, { timeout: minute }).toBe('')
    expect(await listRuns({ limit: 50 })).toHaveLength(before)
    await page.context().close()
  },
  5 * minute,
)

test(
  'what takes a name typed is done by Enter only once it stands there',
  async () => {
    const page = await as('operator', '/clusters/matrix')
    await take(page, 'shut matrix', 'Shut down matrix…')
    const field = page.getByLabel('Type matrix to confirm')
    const button = page.getByRole('button', { name: 'Shut down' })
    await field.focus()
    await page.keyboard.type('matri')
    await page.keyboard.press('Enter')
    expect(await button.isDisabled()).toBe(true)
    await page.keyboard.type('x')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/runs\/[0-9a-f-]{36}$/)
    const [run] = await listRuns({ limit: 1 })
    expect([run?.kind, run?.requestedBy]).toEqual(['shutdown', 'oda@people.test'])
    await page.context().close()
  },
  5 * minute,
)

test(
  'who only looks is offered places, and nothing to do to a cluster',
  async () => {
    const page = await as('viewer', '/clusters/matrix')
    await page.getByRole('heading', { name: 'matrix', level: 1 }).waitFor()
    await openPalette(page)
    await page.getByRole('option', { name: 'pi-2' }).first().waitFor()
    const offered = await page.getByRole('option').allTextContents()
    expect(
      offered.filter((text) =>
        /^(Switch|Restart|Reboot|Shut|Drill:|Back|Remove|Clone|Reprovision) ?(the|a|matrix|pi-)/.test(text),
      ),
    ).toEqual([])
    await page.context().close()
  },
  3 * minute,
)
