/** Day 2 in a browser: a Pi is added, the primary switched over, a part restarted, a dead Pi replaced, a Pi removed. */
import { type LabStatus, powerOff, powerOn, reflash, status } from '@bramble/lab'
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { adopt, approve, desk, ended, phone, picture, provision, sidewaysOverflow } from './dashboard.ts'
import { begin, type Journey, openJourney, passwordOf, stackOf } from './journey.ts'

const lab = 56
const minute = 60_000
const cluster = 'shelf'
let journey: Journey
let url: string
let stack: LabStatus
let page: Page

beforeAll(async () => {
  journey = await openJourney({ id: lab, nodes: 4, golden: true })
  page = journey.page
  url = journey.bramble.url
  stack = journey.lab
  await begin(journey)
  await adopt(page, url, stackOf(stack, cluster, 3))
  await provision(page, url, cluster, false)
  await ended(page, 'Succeeded', 10)
}, 25 * minute)

afterAll(() => journey?.close(), 3 * minute)

/** Fills in the login of a Pi that runs, tests it and waits for the key that the lab knows. */
async function tested(node: string) {
  const { address, hostKey } = stack.nodes.find(({ name }) => name === node)!
  await page.getByLabel('Address', { exact: true }).fill(address)
  await page.getByRole('textbox', { name: 'Password', exact: true }).first().fill(passwordOf(stack))
  await page.getByRole('button', { name: /^Test/ }).click()
  await page.getByText(hostKey!).waitFor()
}

const operate = async (item: string) => {
  await page.getByRole('button', { name: 'Operate', exact: true }).first().click()
  await page.getByRole('menuitem', { name: item }).click()
}

const primary = async () =>
  /(pi-\d) is the primary/.exec((await page.getByTestId('headline').textContent({ timeout: minute })) ?? '')?.[1] ?? ''

test(
  'a fourth Pi is added with its login and its fingerprint, and provisioned while the cluster serves',
  async () => {
    await page.goto(`${url}/clusters/${cluster}`)
    await operate('Add a Pi…')
    await page.getByRole('heading', { name: 'Add a Pi' }).waitFor()
    const add = page.getByRole('button', { name: 'Add it and plan' })
    expect(await add.isDisabled()).toBe(true)
    await tested('pi-4')
    await page.setViewportSize(phone)
    await expect.poll(() => sidewaysOverflow(page), { message: 'the form on a phone', timeout: 10_000 }).toBe(0)
    await page.setViewportSize(desk)
    await add.click()
    await approve(page, false)
    await page.getByText('Voters at work').waitFor()
    await ended(page, 'Succeeded', 10)
    await page.goto(`${url}/clusters/${cluster}/nodes/pi-4`)
    await page.getByRole('button', { name: 'Operate pi-4' }).waitFor()
  },
  15 * minute,
)

test(
  'the primary is switched over from the Postgres page, and the run says the outage',
  async () => {
    await page.goto(`${url}/clusters/${cluster}`)
    await page.getByTestId('headline').getByText('is the primary').waitFor({ timeout: minute })
    const before = await primary()
    await page.goto(`${url}/clusters/${cluster}/postgres`)
    await page.getByRole('button', { name: 'Switch the primary over…' }).click()
    await page.getByRole('dialog').getByText('Patroni chooses').waitFor({ timeout: minute })
    await page.getByRole('button', { name: 'Switch over' }).click()
    await page.waitForURL(/\/runs\//)
    await ended(page, 'Succeeded', 5)
    await page
      .getByText(/Writes were away for [\d.]+ s at most; none of \d+ acknowledged ones are missing/)
      .first()
      .waitFor()
    await page.goto(`${url}/clusters/${cluster}`)
    await expect.poll(primary, { timeout: minute }).not.toBe(before)
  },
  8 * minute,
)

test(
  'HAProxy is restarted on the balancers from the Operate menu',
  async () => {
    await page.goto(`${url}/clusters/${cluster}`)
    await operate('Restart a part…')
    await page.getByRole('combobox', { name: 'Part' }).click()
    await page.getByRole('option', { name: 'HAProxy' }).click()
    await picture(page, 'operate')
    await page.getByRole('button', { name: 'Restart', exact: true }).click()
    await page.waitForURL(/\/runs\//)
    await ended(page, 'Succeeded', 5)
  },
  6 * minute,
)

test(
  'a dead Pi is replaced under its name by one with a new card',
  async () => {
    await powerOff({ id: lab, node: 'pi-3' })
    stack = await reflash({ id: lab, node: 'pi-3' })
    await page.goto(`${url}/clusters/${cluster}/nodes/pi-3`)
    await page.getByRole('button', { name: 'Operate pi-3' }).click()
    await page.getByRole('menuitem', { name: 'Replace this Pi…' }).click()
    await page.getByRole('heading', { name: 'Replace pi-3' }).waitFor()
    await tested('pi-3')
    const replace = page.getByRole('button', { name: 'Replace it and plan' })
    expect(await replace.isDisabled()).toBe(true)
    await page.getByLabel('Type pi-3 to confirm').fill('pi-3')
    await replace.click()
    await approve(page, false)
    await ended(page, 'Succeeded', 10)
    await page.goto(`${url}/clusters/${cluster}`)
    await page.getByText('Any one Pi may die and the cluster keeps serving.').waitFor({ timeout: 2 * minute })
  },
  15 * minute,
)

test(
  'a Pi is removed by typing its name, and is in the list no longer when the run has succeeded',
  async () => {
    await page.goto(`${url}/clusters/${cluster}/nodes/pi-4`)
    await page.getByRole('button', { name: 'Operate pi-4' }).click()
    await page.getByRole('menuitem', { name: 'Remove from the cluster…' }).click()
    const remove = page.getByRole('button', { name: 'Remove it and plan' })
    expect(await remove.isDisabled()).toBe(true)
    await page.getByLabel('Type pi-4 to confirm').fill('pi-4')
    await remove.click()
    await approve(page, false)
    await ended(page, 'Succeeded', 10)
    await page.goto(`${url}/clusters/${cluster}`)
    await page.getByText(`3 Pis behind ${stack.vip}`).waitFor()
  },
  12 * minute,
)

test(
  'the packages of all Pis are brought up to date, one Pi after the other',
  async () => {
    await page.goto(`${url}/clusters/${cluster}`)
    await operate('Update packages…')
    await page.getByRole('checkbox', { name: /^pi-1/ }).waitFor()
    await page.getByRole('button', { name: 'Update', exact: true }).click()
    await page.waitForURL(/\/runs\//)
    await page.getByText('Voters at work').waitFor()
    await picture(page, 'operate-run')
    await ended(page, 'Succeeded', 8)
    await page
      .getByText(/Up to date: pi-\d, pi-\d, pi-\d/)
      .first()
      .waitFor()
  },
  10 * minute,
)

test(
  'all Pis are turned off when the name of the cluster was typed, and serve again when they get power',
  async () => {
    await page.goto(`${url}/clusters/${cluster}`)
    await operate('Shut everything down…')
    const off = page.getByRole('button', { name: 'Turn them off' })
    expect(await off.isDisabled()).toBe(true)
    await page.getByLabel(`Type ${cluster} to confirm`).fill(cluster)
    await off.click()
    await page.waitForURL(/\/runs\//)
    await ended(page, 'Succeeded', 5)
    const nodes = stack.nodes.slice(0, 3)
    const states = async () => {
      const now = (await status({ id: lab })).nodes
      return nodes.map(({ name }) => now.find((node) => node.name === name)?.state)
    }
    await expect.poll(states, { timeout: minute }).toEqual(['off', 'off', 'off'])
    await Promise.all(nodes.map(({ name }) => powerOn({ id: lab, node: name })))
    await page.goto(`${url}/clusters/${cluster}`)
    await page.getByText('Any one Pi may die and the cluster keeps serving.').waitFor({ timeout: 4 * minute })
    expect(journey.faults).toEqual([])
  },
  10 * minute,
)
