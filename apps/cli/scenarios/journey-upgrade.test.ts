/** PostgreSQL 15 to 17 in a browser: upgraded, gone back from, upgraded again and finished; a plan then finds nothing to do. */
import { olderPostgres } from '@bramble/lab'
import pg from 'pg'
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { adopt, desk, ended, phone, picture, provision, sidewaysOverflow } from './dashboard.ts'
import { begin, type Journey, openJourney, stackOf } from './journey.ts'
import { databaseUrlOf } from './started.ts'

const lab = 96
const minute = 60_000
const cluster = 'shelf'
let journey: Journey
let page: Page

beforeAll(async () => {
  journey = await openJourney({ id: lab, nodes: 3, golden: true })
  page = journey.page
  page.setDefaultTimeout(2 * minute)
}, 15 * minute)

afterAll(() => journey?.close(), 3 * minute)

/** The wizard takes what the nodes' Debian has; an older version comes with a cluster that was there before. */
async function wantOld(): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrlOf(journey.bramble.data) })
  await client.connect()
  try {
    const { rowCount } = await client.query(
      `update cluster set settings = jsonb_set(settings::jsonb, '{postgres}', $2::jsonb) where name = $1`,
      [cluster, JSON.stringify(await olderPostgres())],
    )
    expect(rowCount).toBe(1)
  } finally {
    await client.end()
  }
}

const screen = () => page.goto(`${journey.bramble.url}/clusters/${cluster}/postgres`)
const notice = () => page.getByText(/^Upgraded to PostgreSQL 17/)

async function upgrade(shots: boolean): Promise<void> {
  await screen()
  await page.getByRole('button', { name: 'Operate' }).click()
  await page.getByRole('menuitem', { name: /^Upgrade PostgreSQL/ }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText(/^PostgreSQL 15 is running/).waitFor()
  if (shots) await picture(page, 'upgrade-dialog')
  await dialog.getByRole('button', { name: 'Upgrade', exact: true }).click()
  await page.waitForURL(/\/runs\//)
  await ended(page, 'Succeeded', 12)
  await page
    .getByText(/acknowledged ones are missing|none of \d+ acknowledged/)
    .first()
    .waitFor()
}

/** Ends the open upgrade by one of its two buttons. */
async function end(button: 'Roll back upgrade' | 'Finish upgrade'): Promise<void> {
  await screen()
  await page.getByRole('button', { name: `${button}…` }).click()
  const dialog = page.getByRole('dialog')
  const go = dialog.getByRole('button', { name: button, exact: true })
  expect(await go.isDisabled()).toBe(true)
  await dialog.getByLabel(`Type ${cluster} to confirm`).fill(cluster)
  await go.click()
  await page.waitForURL(/\/runs\//)
  await ended(page, 'Succeeded', 12)
  await screen()
  await page.getByRole('button', { name: 'Operate' }).waitFor()
  expect(await notice().count()).toBe(0)
}

test(
  'a cluster with PostgreSQL 15 is built',
  async () => {
    await begin(journey)
    await adopt(page, journey.bramble.url, stackOf(journey.lab, cluster))
    await wantOld()
    await provision(page, journey.bramble.url, cluster, false)
    await ended(page, 'Succeeded', 14)
  },
  20 * minute,
)

test(
  'it is upgraded, every page says that the old data are kept, and it is gone back from by typing its name',
  async () => {
    await upgrade(true)
    await screen()
    await notice().waitFor()
    await picture(page, 'upgrade-open')
    await page.setViewportSize(phone)
    await expect.poll(() => sidewaysOverflow(page), { timeout: 10_000 }).toBe(0)
    await page.setViewportSize(desk)
    await page.getByRole('button', { name: 'Operate' }).click()
    expect(await page.getByRole('menuitem', { name: /^Upgrade PostgreSQL/ }).count()).toBe(0)
    await page.keyboard.press('Escape')
    await end('Roll back upgrade')
  },
  20 * minute,
)

test(
  'it is upgraded again and finished, and a plan finds nothing to do',
  async () => {
    await upgrade(false)
    await end('Finish upgrade')
    await page.getByRole('button', { name: 'Plan', exact: true }).click()
    await page
      .getByText('Everything is up to date')
      .first()
      .waitFor({ timeout: 3 * minute })
    expect(journey.faults).toEqual([])
  },
  20 * minute,
)
