/** A station joins a plain `./bramble up` by the command that the page shows, and is removed there; secrets are rotated through their dialog. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { disconnect } from '@bramble/db'
import { listStations } from '@bramble/db/flash'
import { listRuns, requestCancel } from '@bramble/db/runs'
import { start } from '@bramble/process'
import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../src/supervisor/checkout.ts'
import { clickConfirmed, openBrowser, openPalette } from './dashboard.ts'
import { markBuilt, openAs } from './people.ts'
import { look } from './screens.ts'
import { Dashboard, people } from './security/dashboard.ts'

const minute = 60_000
let dashboard: Dashboard
let browser: Browser
let page: Page
let home: string
let station: { ended: Promise<number | null>; kill: () => void; said: () => string } | undefined

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'bramble-journey-station-'))
  await mkdir(path.join(home, 'slots'))
  dashboard = await Dashboard.start()
  browser = await openBrowser()
  page = await openAs(browser, dashboard, 'admin', '/flash')
}, 15 * minute)
afterAll(async () => {
  station?.kill()
  await station?.ended
  await browser?.close()
  await disconnect().finally(() => dashboard?.started.stop())
  await rm(home, { recursive: true, force: true })
}, 3 * minute)

/** The words of a command on the page, started in Bramble's folder as a person would. */
function startAsShown(command: string): NonNullable<typeof station> {
  const [program, ...argv] = command.trim().split(' ')
  expect(program).toBe('./bramble')
  const child = start([path.join(root, 'bramble'), ...argv, '--data', path.join(home, 'station')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: home, BRAMBLE_CARD_SLOTS: path.join(home, 'slots') },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said += String(chunk)))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return { ended, kill: () => void child.kill('SIGTERM'), said: () => said }
}

test(
  'another machine joins by the command of the page, and is on it',
  async () => {
    await page.getByText('This Bramble', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Add station' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').waitFor()
    await look(page, 'station-name')
    await dialog.getByLabel('Name').fill('Bench in the cellar')
    await dialog.getByRole('button', { name: 'Create code' }).click()
    const command = dialog.locator('code')
    await command.waitFor()
    await look(page, 'station-code')
    station = startAsShown((await command.textContent()) ?? '')
    await dialog.getByRole('button', { name: 'Done' }).click()
    const online = async () => (await listStations()).find(({ name }) => name === 'Bench in the cellar')?.online
    await expect.poll(online, { timeout: 2 * minute, message: station.said() }).toBe(true)
    const row = page.getByRole('listitem').filter({ hasText: 'Bench in the cellar' })
    await row.getByText('Online · no card').waitFor()
    await row.getByText('Other machine').waitFor()
    await look(page, 'stations')
  },
  10 * minute,
)

test(
  'it is removed by its name, and its program ends',
  async () => {
    await page.getByRole('button', { name: 'Remove station Bench in the cellar' }).click()
    const dialog = page.getByRole('dialog')
    const confirm = dialog.getByRole('button', { name: 'Remove', exact: true })
    await dialog.getByText('Its token stops working at once').waitFor()
    await look(page, 'station-remove')
    expect(await confirm.isDisabled()).toBe(true)
    await dialog.getByLabel('Type Bench in the cellar').fill('Bench in the cellar')
    await confirm.click()
    await page.getByText('Removed station Bench in the cellar').waitFor()
    await page.getByRole('listitem').filter({ hasText: 'Bench in the cellar' }).waitFor({ state: 'detached' })
    // A station manager that restarts it would try in vain: the code tells it so.
    expect(await station?.ended, station?.said()).toBe(78)
  },
  10 * minute,
)

test(
  'secrets are rotated after their effect was read and the name typed',
  async () => {
    // The Pis of this cluster are nowhere: no worker may look for them.
    const letGo = await dashboard.hold()
    try {
      await markBuilt('matrix')
      await page.goto(`${dashboard.url}/clusters/matrix`)
      await page.getByRole('heading', { name: 'matrix', level: 1 }).waitFor()
      await openPalette(page)
      await page.keyboard.type('rotate secrets')
      await page.getByRole('option', { name: 'Rotate secrets of matrix…', selected: true }).waitFor()
      await page.keyboard.press('Enter')
      const dialog = page.getByRole('dialog')
      const confirm = dialog.getByRole('button', { name: 'Rotate secrets', exact: true })
      await dialog.getByText('Rotate the secrets of matrix?').first().waitFor()
      await look(page, 'rotate')
      expect(await confirm.isDisabled()).toBe(true)
      await dialog.getByRole('combobox').click()
      await page.getByRole('option').nth(1).click()
      await look(page, 'rotate-keep')
      await dialog.getByLabel('Type matrix to confirm').fill('matrix')
      await clickConfirmed(
        page,
        'Rotate secrets',
        page.getByRole('heading', { name: /^Secret rotation/ }),
        people.admin,
      )
      await page.waitForURL(/\/runs\/[0-9a-f-]{36}$/)
      const [run] = await listRuns({ limit: 1 })
      expect([run?.kind, run?.requestedBy]).toEqual(['rotate-secrets', 'ada@people.test'])
      await requestCancel({ run: run?.id ?? '', by: 'ada@people.test' })
    } finally {
      await letGo()
    }
  },
  10 * minute,
)
