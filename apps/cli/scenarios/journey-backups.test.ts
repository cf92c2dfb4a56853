/** Backups in a browser: switched on, made by themselves, tried out, and the database taken back to a second. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sshCommand } from '@bramble/lab'
import { must } from '@bramble/process'
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../src/supervisor/checkout.ts'
import {
  adopt,
  approve,
  clickConfirmed,
  desk,
  ended,
  openPage,
  phone,
  picture,
  sidewaysOverflow,
  signIn,
} from './dashboard.ts'
import { begin, type Journey, openJourney, siteOf, stackOf } from './journey.ts'
import { startAgain } from './started.ts'

const lab = 53
const minute = 60_000
const cluster = 'shelf'
/** Bramble proposes it for the repository: every Pi keeps a copy, and the last is the least likely primary. */
const keeper = 'pi-3'
/** Not the zone of the cluster, nor of most machines: a moment that was read in the wrong one would be hours off. */
const timezoneId = 'America/St_Johns'
let journey: Journey
let page: Page

beforeAll(async () => {
  journey = await openJourney({ id: lab, nodes: 3, golden: true }, { timezoneId })
  page = journey.page
}, 15 * minute)

afterAll(() => journey?.close(), 3 * minute)

const screen = () => page.goto(`${journey.bramble.url}/clusters/${cluster}/backups`)

/** Each visit writes a row; the site tells of the last ones, newest first: when they were written. */
async function visit(): Promise<number[]> {
  for (let tries = 0; ; tries++)
    try {
      const signal = AbortSignal.timeout(5_000)
      const answer = await fetch(`${siteOf(journey.lab)}/api/visits`, { headers: { connection: 'close' }, signal })
      const { visits } = (await answer.json()) as { visits: { at: string }[] }
      if (!answer.ok) throw new Error(`The site answers ${answer.status}`)
      return visits.map(({ at }) => Date.parse(at))
    } catch (error) {
      if (tries > 100) throw error
      await sleep(500)
    }
}

test(
  'an empty page teaches what backups are for, and its form leads to a plan',
  async () => {
    await begin(journey)
    await adopt(page, journey.bramble.url, stackOf(journey.lab, cluster))
    await screen()
    await page.getByText('No backups yet').waitFor()
    await page.getByRole('button', { name: 'Turn on backups' }).click()
    await page.getByText('This Pi also has the postgres role').waitFor()
    await page.getByLabel('Folder', { exact: true }).fill('backups')
    await clickConfirmed(page, 'Save and plan', page.getByText('must be an absolute path'))
    await page.getByLabel('Folder', { exact: true }).fill('/var/lib/pgbackrest')
    await picture(page, 'backups-form')
    await page.getByRole('button', { name: 'Save and plan' }).click()
    await approve(page, false)
    await ended(page, 'Succeeded', 12)
  },
  20 * minute,
)

test(
  'the first backup is made by itself, and stands in the list as the repository tells it',
  async () => {
    await screen()
    await page.getByRole('cell', { name: 'Full', exact: true }).waitFor({ timeout: 4 * minute })
    await page.getByRole('link', { name: 'schedule' }).first().waitFor()
  },
  6 * minute,
)

test(
  'one that is tried out restores, and its rows are counted',
  async () => {
    await visit()
    await screen()
    await page.getByRole('button', { name: 'Test restore' }).click()
    await page.getByRole('link', { name: 'Restore test passed' }).waitFor({ timeout: 5 * minute })
    expect(await page.getByText(/as many as in the cluster/).count()).toBe(1)
  },
  8 * minute,
)

test(
  'the database goes back to the second that was chosen, in the zone of the browser',
  async () => {
    await visit()
    await sleep(2_100)
    const moment = new Date(Math.floor(Date.now() / 1000) * 1000)
    await sleep(1_500)
    await visit()
    const since = (rows: number[]) => rows.filter((at) => at > moment.getTime()).length
    expect(since(await visit())).toBe(2)

    await screen()
    await page.getByRole('button', { name: 'Restore…' }).click()
    const field = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium', timeZone: timezoneId })
    await page.getByLabel(/^Point in time, in your time zone/).fill(field.format(moment).replace(' ', 'T'))
    await page.getByText(`That is ${moment.toISOString().slice(0, 19).replace('T', ' ')} UTC`).waitFor()
    const restore = page.getByRole('button', { name: 'Restore', exact: true })
    expect(await restore.isDisabled()).toBe(true)
    await page.getByLabel(`Type ${cluster} to confirm`).fill(cluster)
    await picture(page, 'restore')
    await restore.click()
    await ended(page, 'Succeeded', 10)
    const after = await visit()
    expect(since(after)).toBe(1)
    expect(after.length).toBeGreaterThan(1)
  },
  15 * minute,
)

/** Fills the form for a repository on the Pi that keeps this cluster's own, and asks. */
async function takeFrom(folder: string, passphrase: string, shots: boolean): Promise<void> {
  await page.getByRole('button', { name: 'From another cluster…' }).click()
  await page.getByRole('combobox', { name: 'Pi', exact: true }).click()
  await page.getByRole('option', { name: keeper }).click()
  await page.getByLabel('Folder', { exact: true }).fill(folder)
  await page.getByLabel('Cluster name in the repository').fill(cluster)
  await page.getByLabel('Repository passphrase').fill(passphrase)
  const go = page.getByRole('button', { name: 'Replace database' })
  expect(await go.isDisabled()).toBe(true)
  await page.getByLabel(`Type ${cluster} to confirm`).fill(cluster)
  if (shots) {
    await page.setViewportSize(phone)
    await expect.poll(() => sidewaysOverflow(page), { timeout: 10_000 }).toBe(0)
    await page.setViewportSize({ width: desk.width, height: 1180 })
    await picture(page, 'restore-foreign')
    await page.setViewportSize(desk)
  }
  await go.click()
}

test(
  'data comes in from a repository that is given by hand: a folder that was carried over, and its passphrase',
  async () => {
    await visit()
    await screen()
    await page.getByRole('button', { name: 'Back up now' }).click()
    await page.getByRole('menuitem', { name: /^Differential/ }).click()
    await page.getByRole('button', { name: 'Watch the run' }).click()
    await ended(page, 'Succeeded', 5)
    const ssh = await sshCommand({ id: lab, node: keeper })
    await must([...ssh, 'sudo', 'mkdir', '-p', '/mnt/carried'])
    await must([...ssh, 'sudo', 'cp', '-a', '/var/lib/pgbackrest', '/mnt/carried/shelf'])
    // The site tells whole seconds.
    await sleep(1_100)
    const carried = Math.floor(Date.now() / 1000) * 1000
    await sleep(1_100)
    await visit()
    expect((await visit()).filter((at) => at > carried)).toHaveLength(2)

    await screen()
    const passphrase = page.locator('code').filter({ hasText: /^[A-Za-z0-9]{32}$/ })
    await clickConfirmed(page, 'Show passphrase', passphrase)
    const right = (await passphrase.textContent())!
    await takeFrom('carried', right, false)
    await page.getByText('Must be an absolute path').waitFor()
    await screen()
    await takeFrom('/mnt/carried/shelf', 'not the passphrase', true)
    await ended(page, 'Failed', 3)
    await page.getByText('cannot be decrypted with that passphrase').first().waitFor()
    await screen()
    await takeFrom('/mnt/carried/shelf', right, false)
    await ended(page, 'Succeeded', 10)
    expect((await visit()).filter((at) => at > carried)).toHaveLength(1)
    await screen()
    await page.getByText(`Restored to the data of ${cluster}, the latest state`).waitFor()
  },
  20 * minute,
)

test(
  'the page says how it stands, and fits a phone',
  async () => {
    await screen()
    await page.getByText('Restored to').first().waitFor()
    await page.setViewportSize({ width: desk.width, height: 1250 })
    await picture(page, 'backups')
    await page.setViewportSize(phone)
    await expect.poll(() => sidewaysOverflow(page), { timeout: 10_000 }).toBe(0)
    await page.setViewportSize(desk)
    expect(journey.faults).toEqual([])
  },
  3 * minute,
)

test(
  'Bramble itself is made anew from its backup on an empty folder, knows its people, and rules the same cluster',
  async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'bramble-house-'))
    const file = path.join(folder, 'shelf.bramble')
    const passphrase = path.join(folder, 'passphrase')
    await writeFile(passphrase, 'four words of a passphrase\n', { mode: 0o600 })
    const bramble = (...words: string[]) =>
      must([path.join(root, 'bramble'), ...words, '--passphrase-file', passphrase])
    await bramble('backup', file, '--data', journey.bramble.data)
    await journey.bramble.stop()
    const data = path.join(folder, 'data')
    process.stdout.write(await bramble('restore', file, '--data', data))
    const again = await startAgain(data)
    try {
      expect(await again.opened(minute)).toBe(true)
      const other = await openPage(journey.browser)
      await signIn(other, again.url)
      await other.goto(`${again.url}/clusters/${cluster}`)
      await other
        .getByTestId('headline')
        .getByText('is the primary')
        .waitFor({ timeout: 2 * minute })
      await other.getByRole('button', { name: 'Plan', exact: true }).click()
      await other
        .getByText('Nothing to do')
        .first()
        .waitFor({ timeout: 2 * minute })
      await other.goto(`${again.url}/clusters/${cluster}/backups`)
      await other.getByRole('button', { name: 'Back up now' }).click()
      await other.getByRole('menuitem').first().click()
      await other.getByRole('button', { name: 'Watch the run' }).click()
      await other.waitForURL(/\/runs\//)
      await ended(other, 'Succeeded', 5)
    } finally {
      await again.stop()
      await rm(folder, { recursive: true, force: true })
    }
  },
  12 * minute,
)
