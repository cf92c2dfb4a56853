/** From blank cards to a cluster that serves, in a browser: no address, login or key is typed. */
import { buildImage, insertCard, type LabStatus, powerOff, powerOn, status, takeCard } from '@bramble/lab'
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { approve, desk, ended, phone, picture, sidewaysOverflow } from './dashboard.ts'
import { answerOf, begin, type Journey, openJourney, siteOf } from './journey.ts'
import type { Started } from './started.ts'

const lab = 37
const minute = 60_000
const cluster = 'patch'
let journey: Journey
let bramble: Started
let stack: LabStatus
let image: string
let page: Page
let flashed: string
const stages: [string, number][] = []

/** Seconds of what a person waits for, told at the end. */
async function stage<T>(name: string, work: () => Promise<T>): Promise<T> {
  const begun = Date.now()
  const result = await work()
  stages.push([name, (Date.now() - begun) / 1000])
  return result
}

beforeAll(async () => {
  image = await buildImage({ release: 'trixie', golden: true })
  journey = await openJourney({ id: lab, nodes: 4, empty: true, slots: 4 })
  ;({ bramble, page, lab: stack } = journey)
  await begin(journey)
}, 15 * minute)

afterAll(async () => {
  for (const [name, seconds] of stages) process.stdout.write(`${name}: ${seconds.toFixed(1)} s\n`)
  await journey?.close()
}, 3 * minute)

const chooser = (device: string) => page.getByLabel(`Pi for the card at ${device}`)
const deviceOf = (slot: number) => stack.slots[slot]?.device ?? 'no device'

async function choose(device: string, node: string): Promise<void> {
  await chooser(device).click()
  await page.getByRole('option', { name: node, exact: true }).click()
}

test(
  'a file of the station becomes an image',
  async () => {
    await page.goto(`${bramble.url}/images`)
    await picture(page, 'images-empty')
    await page.getByRole('tab', { name: 'Path' }).click()
    await page.getByLabel('Path on the station').fill('not a path')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByText('Enter an absolute path to an image').first().waitFor()
    await page.getByLabel('Path on the station').fill(image)
    await page.getByLabel('Name', { exact: true }).fill('Pi of the lab')
    await stage('image unpacked and checked', async () => {
      await page.getByRole('button', { name: 'Add', exact: true }).click()
      await page
        .locator('main')
        .getByText('Ready', { exact: true })
        .first()
        .waitFor({ timeout: 6 * minute })
    })
    await picture(page, 'images')
  },
  10 * minute,
)

test(
  'a cluster of Pis that do not exist yet',
  async () => {
    await page.goto(`${bramble.url}/clusters/new`)
    await page.getByRole('radio', { name: /Flash new cards/ }).click()
    await page.getByLabel('Name', { exact: true }).fill(cluster)
    await page.getByText('Fast', { exact: true }).click()
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByLabel('Network').click()
    await page.getByRole('option', { name: `Lab ${lab} (virtual Pis)` }).click()
    await expect.poll(() => page.getByLabel('Virtual IP').inputValue(), { timeout: minute }).toBe(stack.vip)
    await picture(page, 'new-pis')
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByRole('button', { name: 'Create cluster' }).click()
    await page.waitForURL((now) => now.pathname === '/flash')
  },
  8 * minute,
)

test(
  'four blank cards are written, each for its Pi',
  async () => {
    for (const [index, { name }] of stack.nodes.entries()) await choose(deviceOf(index), name)
    await picture(page, 'flash')
    await page.getByRole('button', { name: 'Flash 4 cards' }).click()
    const dialog = page.getByRole('dialog')
    await expect.poll(() => dialog.getByText('Blank card. No data is lost.').count(), { timeout: minute }).toBe(4)
    await stage('4 cards written, read back, ejected', async () => {
      await dialog.getByRole('button', { name: 'Flash 4 cards' }).click()
      await page.waitForURL(/\/flash\/[0-9a-f-]{36}$/)
      flashed = page.url()
      await page.getByText('Writing').first().waitFor()
      await picture(page, 'flash-writing')
      await page
        .getByText('4 written, 0 online')
        .first()
        .waitFor({ timeout: 8 * minute })
    })
    await picture(page, 'flash-written')
    await page.goto(`${bramble.url}/runs/${flashed.split('/').at(-1)}`)
    await page
      .getByText(/MB written, .* empty and left out/)
      .first()
      .waitFor()
    await page.goto(flashed)
  },
  14 * minute,
)

test(
  'the Pis boot from them, call home and prove who they are',
  async () => {
    for (const [index, { name }] of stack.nodes.entries())
      await insertCard({ id: lab, slot: `slot-${index + 1}`, node: name })
    await stage('4 Pis booted, found and proved', async () => {
      await Promise.all(stack.nodes.map(({ name }) => powerOn({ id: lab, node: name })))
      await page
        .getByText('4 written, 4 online')
        .first()
        .waitFor({ timeout: 5 * minute })
    })
    await picture(page, 'flash-online')
    // The page that lived through it and one that comes now say the same.
    await page.goto(flashed)
    await page.getByText('All Pis are online and verified.').waitFor()
  },
  10 * minute,
)

test(
  'they are provisioned without another word, and the site answers',
  async () => {
    await stage('planned', async () => {
      await page.getByRole('button', { name: 'Plan the cluster' }).click()
      await page.waitForURL(/\/plan\//)
      await page
        .locator('form')
        .getByRole('button', { name: 'Provision', exact: true })
        .waitFor({ timeout: 3 * minute })
    })
    await stage('provisioned', async () => {
      await approve(page, false)
      await ended(page, 'Succeeded', 10)
    })
    await expect.poll(() => answerOf(siteOf(stack)), { timeout: minute }).toBe(200)
  },
  20 * minute,
)

test(
  'a card that holds a node is erased only after its name was typed',
  async () => {
    await powerOff({ id: lab, node: 'pi-4' })
    await takeCard({ id: lab, node: 'pi-4' })
    const slot = (await status({ id: lab })).slots[3]
    await page.goto(`${bramble.url}/flash?cluster=${cluster}`)
    await page.getByText('Bramble node pi-4', { exact: false }).first().waitFor()
    await choose(slot?.device ?? 'no device', 'pi-4')
    await page.getByRole('button', { name: 'Flash 1 card' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Type pi-4 to erase this card').fill('pi-5')
    await dialog.getByRole('button', { name: 'Flash 1 card' }).click()
    await dialog.getByText('Type pi-4 exactly.').waitFor()
    await picture(page, 'flash-confirm')
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await insertCard({ id: lab, slot: 'slot-4', node: 'pi-4' })
    await expect.poll(() => chooser(slot?.device ?? '').count(), { timeout: minute }).toBe(0)
    await powerOn({ id: lab, node: 'pi-4' })
    await page.setViewportSize(phone)
    for (const screen of ['/flash', '/images', new URL(flashed).pathname]) {
      await page.goto(bramble.url + screen)
      await page.locator('main').getByRole('heading').first().waitFor()
      await expect.poll(() => sidewaysOverflow(page), { message: `${screen} on a phone`, timeout: minute }).toBe(0)
    }
    await page.setViewportSize(desk)
    expect(journey.faults).toEqual([])
  },
  10 * minute,
)
