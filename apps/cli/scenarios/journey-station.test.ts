/** Cards written by a station on another machine, in a browser: added, joined, chosen; its Pi boots and calls home; removed. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { buildImage, insertCard, type LabStatus, powerOn } from '@bramble/lab'
import { start } from '@bramble/provision/local'
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../src/checkout.ts'
import { desk, phone, sidewaysOverflow } from './dashboard.ts'
import { begin, type Journey, openJourney } from './journey.ts'

const lab = 68
const minute = 60_000
const name = 'bench in the cellar'
let journey: Journey
let stack: LabStatus
let page: Page
let image: string
let data: string
let station: ReturnType<typeof start> | undefined
let said = ''
let exited: Promise<number | null>

beforeAll(async () => {
  image = await buildImage({ release: 'trixie', golden: true })
  data = await mkdtemp(path.join(tmpdir(), 'bramble-station-'))
  journey = await openJourney({ id: lab, nodes: 3, empty: true, slots: 1 })
  ;({ page, lab: stack } = journey)
  await begin(journey)
}, 15 * minute)

afterAll(async () => {
  if (station && station.exitCode === null && station.signalCode === null) {
    station.kill('SIGTERM')
    await exited
  }
  await journey?.close()
  if (data) await rm(data, { recursive: true, force: true })
}, 3 * minute)

const row = () => page.getByRole('listitem').filter({ hasText: name })

test(
  'an image, and a cluster of Pis that do not exist yet',
  async () => {
    await page.goto(`${journey.bramble.url}/images`)
    await page.getByRole('tab', { name: 'Path' }).click()
    await page.getByLabel('Path on the station').fill(image)
    await page.getByLabel('Name', { exact: true }).fill('Pi of the lab')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.goto(`${journey.bramble.url}/clusters/new`)
    await page.getByRole('radio', { name: /Flash new cards/ }).click()
    await page.getByLabel('Name', { exact: true }).fill('far')
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByLabel('Network').click()
    await page.getByRole('option', { name: `Lab ${lab} (virtual Pis)` }).click()
    await expect.poll(() => page.getByLabel('Virtual IP').inputValue(), { timeout: minute }).toBe(stack.vip)
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByRole('button', { name: 'Create the cluster' }).click()
    await page.waitForURL((now) => now.pathname === '/flash')
  },
  8 * minute,
)

test(
  'a station is added: the keyboard alone, and on a phone nothing has to be scrolled sideways',
  async () => {
    await page.getByRole('button', { name: 'Add station' }).focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').waitFor()
    await page.keyboard.type(name)
    await page.keyboard.press('Enter')
    const command = dialog.getByText(/^\.\/bramble station --join/)
    const words = ((await command.textContent()) ?? '').trim().split(' ')
    await dialog.getByText('Replace the address').waitFor()
    await page.setViewportSize(phone)
    expect(await sidewaysOverflow(page)).toBe(0)
    await page.setViewportSize(desk)
    await dialog.getByRole('button', { name: 'Done' }).click()
    const argv = [path.join(root, 'bramble'), ...words.slice(1), '--data', data]
    const child = start(argv, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, HOME: data },
    })
    station = child
    exited = new Promise((resolve) => child.once('exit', resolve))
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said += String(chunk)))
    await row()
      .getByText(/Online · 1 card/)
      .waitFor({ timeout: 3 * minute })
    expect(JSON.parse(await readFile(path.join(data, 'station.json'), 'utf8'))).toMatchObject({ name })
  },
  6 * minute,
)

test(
  'it writes a card; the Pi boots from it, calls this Bramble and proves who it is',
  async () => {
    await page.getByLabel('Station', { exact: true }).click()
    await page.getByRole('option', { name, exact: true }).click()
    await page.getByLabel(`Pi for the card at ${stack.slots[0]?.device}`).click()
    await page.getByRole('option', { name: 'pi-1', exact: true }).click()
    await page.getByRole('button', { name: 'Flash 1 card' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Flash 1 card' }).click()
    await page.waitForURL(/\/flash\/[0-9a-f-]{36}$/)
    await page
      .getByText('1 written, 0 online')
      .first()
      .waitFor({ timeout: 8 * minute })
    await insertCard({ id: lab, slot: 'slot-1', node: 'pi-1' })
    await powerOn({ id: lab, node: 'pi-1' })
    await page
      .getByText('1 written, 1 online')
      .first()
      .waitFor({ timeout: 5 * minute })
  },
  15 * minute,
)

test(
  'removed, with its name typed, its program ends and says why',
  async () => {
    await page.goto(`${journey.bramble.url}/flash`)
    await page.getByRole('button', { name: `Remove station ${name}` }).click()
    const dialog = page.getByRole('dialog')
    expect(await dialog.getByRole('button', { name: 'Remove' }).isDisabled()).toBe(true)
    await dialog.getByLabel(`Type ${name}`).fill(name)
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await row().waitFor({ state: 'detached' })
    expect(await exited).toBe(78)
    expect(said).toContain('does not know this station any more')
    expect(journey.faults).toEqual([])
  },
  3 * minute,
)
