/**
 * Day 2 in a browser: Pis are added up to seven, the primary is switched over, a part restarted, a dead primary replaced,
 * all Pis updated under load, four removed again, everything shut down. An eighth Pi of the lab carries the clients.
 */
import { readFile } from 'node:fs/promises'
import { disconnect } from '@bramble/db'
import { getRun } from '@bramble/db/runs'
import { type LabStatus, powerOff, powerOn, reflash, sshCommand, status } from '@bramble/lab'
import { must } from '@bramble/process'
import { databaseDoor, startWriter } from '@bramble/provision/availability'
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { adopt, approve, desk, ended, phone, picture, provision, sidewaysOverflow } from './dashboard.ts'
import { insideOf, lookInside, targetOf } from './inside.ts'
import { begin, type Journey, openJourney, passwordOf, stackOf } from './journey.ts'
import { startLoad } from './load.ts'

const lab = 95
const minute = 60_000
const cluster = 'shelf'
let journey: Journey
let url: string
let stack: LabStatus
let page: Page

beforeAll(async () => {
  journey = await openJourney({ id: lab, nodes: 8, golden: true })
  page = journey.page
  url = journey.bramble.url
  stack = journey.lab
  await begin(journey)
  await adopt(page, url, stackOf(stack, cluster, 3))
  await provision(page, url, cluster, false)
  await ended(page, 'Succeeded', 10)
}, 25 * minute)

afterAll(async () => {
  await disconnect()
  await journey?.close()
}, 3 * minute)

/** Packages whose services stop for a moment when they are updated. */
const outdated = ['etcd-server', 'haproxy', 'keepalived', 'patroni', 'postgresql-17']

const told = (what: string, words: string) => void process.stdout.write(`${what}: ${words}\n`)
/** The sentence that a run ends with. */
async function outcome(): Promise<string> {
  lookInside(journey.bramble)
  return (await getRun(new URL(page.url()).pathname.split('/').at(-1) ?? ''))?.outcome?.message ?? 'no outcome'
}

/** Fills in the login of a Pi that runs, tests it and waits for the key that the lab knows. */
async function tested(node: string) {
  const { address, hostKey } = stack.nodes.find(({ name }) => name === node)!
  await page.getByLabel('Address', { exact: true }).fill(address)
  await page.getByRole('textbox', { name: 'Password', exact: true }).first().fill(passwordOf(stack))
  await page.getByRole('button', { name: /^Test/ }).click()
  await page.getByText(hostKey!).waitFor()
  await page.getByRole('button', { name: 'Trust key and sign in' }).click()
  await page.getByText('This key is pinned').waitFor()
}

const operate = async (item: string) => {
  await page.getByRole('button', { name: 'Operate', exact: true }).first().click()
  await page.getByRole('menuitem', { name: item }).click()
}

const primary = async () =>
  /(pi-\d) is the primary/.exec((await page.getByTestId('headline').textContent({ timeout: minute })) ?? '')?.[1] ?? ''

/** Through the form: login, fingerprint, plan, run. */
async function add(node: string, look: () => Promise<void> = async () => undefined): Promise<void> {
  await page.goto(`${url}/clusters/${cluster}`)
  await operate('Add a Pi…')
  await page.getByRole('heading', { name: 'Add a Pi' }).waitFor()
  const go = page.getByRole('button', { name: 'Add and review plan' })
  expect(await go.isDisabled()).toBe(true)
  await tested(node)
  await look()
  await go.click()
  await approve(page, false)
  await page.getByText('etcd members online').waitFor()
  await ended(page, 'Succeeded', 10)
  told(`${node} added`, await outcome())
}

async function remove(node: string): Promise<void> {
  await page.goto(`${url}/clusters/${cluster}/nodes/${node}`)
  await page.getByRole('button', { name: `Operate ${node}` }).click()
  await page.getByRole('menuitem', { name: 'Remove from the cluster…' }).click()
  const go = page.getByRole('button', { name: 'Remove and review plan' })
  expect(await go.isDisabled()).toBe(true)
  await page.getByLabel(`Type ${node} to confirm`).fill(node)
  await go.click()
  await approve(page, false, cluster)
  await ended(page, 'Succeeded', 10)
  told(`${node} removed`, await outcome())
}

/** Up to the run, which has begun then. */
async function replace(node: string): Promise<void> {
  await page.goto(`${url}/clusters/${cluster}/nodes/${node}`)
  await page.getByRole('button', { name: `Operate ${node}` }).click()
  await page.getByRole('menuitem', { name: 'Replace this Pi…' }).click()
  await page.getByRole('heading', { name: `Replace ${node}` }).waitFor()
  await tested(node)
  const go = page.getByRole('button', { name: 'Replace and review plan' })
  expect(await go.isDisabled()).toBe(true)
  await page.getByLabel(`Type ${node} to confirm`).fill(node)
  await go.click()
  await approve(page, false)
}

const pis = (count: number) => page.getByText(`${count} Pis behind ${stack.vip}`).waitFor()

test(
  'a fourth Pi is added with its login and its fingerprint, and provisioned while the cluster serves',
  async () => {
    await add('pi-4', async () => {
      await page.setViewportSize(phone)
      await expect.poll(() => sidewaysOverflow(page), { message: 'the form on a phone', timeout: 10_000 }).toBe(0)
      await page.setViewportSize(desk)
    })
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
    await page.getByRole('button', { name: 'Switch primary…' }).click()
    await page.getByRole('dialog').getByText('Patroni chooses').waitFor({ timeout: minute })
    await page.getByRole('dialog').getByRole('button', { name: 'Switch primary' }).click()
    await page.waitForURL(/\/runs\//)
    await ended(page, 'Succeeded', 5)
    await page
      .getByText(/The longest write outage was [\d.]+ s; none of \d+ acknowledged writes were lost/)
      .first()
      .waitFor()
    told('switched over', await outcome())
    await page.goto(`${url}/clusters/${cluster}`)
    await expect.poll(primary, { timeout: minute }).not.toBe(before)
  },
  8 * minute,
)

test(
  'HAProxy is restarted on the balancers from the Operate menu',
  async () => {
    await page.goto(`${url}/clusters/${cluster}`)
    await operate('Restart a service…')
    await page.getByRole('combobox', { name: 'Service' }).click()
    await page.getByRole('option', { name: 'HAProxy' }).click()
    await picture(page, 'operate')
    await page.getByRole('button', { name: 'Restart', exact: true }).click()
    await page.waitForURL(/\/runs\//)
    await ended(page, 'Succeeded', 5)
  },
  6 * minute,
)

test(
  'the primary dies with its card, and is replaced under its name by one with a new card',
  async () => {
    await page.goto(`${url}/clusters/${cluster}`)
    const lost = await primary()
    const { spec, secrets } = await insideOf(journey.bramble, cluster)
    const writer = await startWriter(databaseDoor(spec, secrets))
    const struck = Date.now()
    await powerOff({ id: lab, node: lost })
    await expect.poll(async () => ['', lost].includes(await primary()), { timeout: 2 * minute }).toBe(false)
    stack = await reflash({ id: lab, node: lost })
    await replace(lost)
    await ended(page, 'Succeeded', 10)
    await page.goto(`${url}/clusters/${cluster}`)
    await page.getByText('The cluster survives the loss of any one Pi.').waitFor({ timeout: 2 * minute })
    const whole = (Date.now() - struck) / 1000
    await writer.stop()
    const missing = await writer.missing()
    told(
      `primary ${lost} died`,
      `writes away ${writer.outage().toFixed(1)} s, whole again after ${whole.toFixed(0)} s, ${missing.length} of ${writer.acknowledged()} lost`,
    )
    expect(missing).toEqual([])
    await writer.forget()
  },
  15 * minute,
)

test(
  'three more are added: seven Pis',
  async () => {
    for (const node of ['pi-5', 'pi-6', 'pi-7']) await add(node)
    await page.goto(`${url}/clusters/${cluster}`)
    await pis(7)
  },
  40 * minute,
)

test(
  'the packages of all Pis are brought up to date, one Pi after the other, while clients write and visit',
  async () => {
    const nodes = stack.nodes.slice(0, 7).map(({ name }) => name)
    const script = await readFile(new URL('outdate.sh', import.meta.url), 'utf8')
    for (const node of nodes) {
      const ssh = [...(await sshCommand({ id: lab, node })), 'sudo']
      await must([...ssh, 'tee', '/root/outdate.sh'], { stdin: script })
      await must([...ssh, 'bash', '/root/outdate.sh', ...outdated], { timeout: 10 * minute })
      await must([...ssh, 'touch', '/run/reboot-required'])
    }
    await page.goto(`${url}/clusters/${cluster}`)
    await page
      .getByText('keeps serving')
      .first()
      .waitFor({ timeout: 3 * minute })
    const load = await startLoad(stack, 'pi-8', await targetOf(journey.bramble, cluster))
    await operate('Update packages…')
    await page.getByRole('checkbox', { name: /^pi-1/ }).waitFor()
    await page.getByRole('button', { name: 'Update', exact: true }).click()
    await page.waitForURL(/\/runs\//)
    await page.getByText('etcd members online').waitFor()
    await picture(page, 'operate-run')
    const begun = Date.now()
    await ended(page, 'Succeeded', 30)
    const seconds = (Date.now() - begun) / 1000
    const met = await load.stop()
    await page
      .getByText(/Up to date: pi-\d/)
      .first()
      .waitFor()
    told(`all seven updated in ${seconds.toFixed(0)} s`, `${await outcome()} ${JSON.stringify(met)}`)
    for (const node of nodes) {
      const ssh = [...(await sshCommand({ id: lab, node })), 'sudo']
      expect(await must([...ssh, 'dpkg-query', '--show', ...outdated]), node).not.toContain('0~older')
    }
    expect(met.missing).toBe(0)
    expect(met.transactions).toBeGreaterThan(100)
    expect(met.requests).toBeGreaterThan(1000)
    // HAProxy tries a request again elsewhere, so that next to none fails; an address that moves breaks connections.
    expect(met.failedRequests).toBeLessThan(met.requests / 100)
  },
  60 * minute,
)

test(
  'four Pis are removed again by typing their names: three',
  async () => {
    for (const node of ['pi-7', 'pi-6', 'pi-5', 'pi-4']) await remove(node)
    await page.goto(`${url}/clusters/${cluster}`)
    await pis(3)
    await page.getByText('The cluster survives the loss of any one Pi.').waitFor({ timeout: 2 * minute })
  },
  40 * minute,
)

test(
  'two of three die with their cards: the third goes on without them, and both are replaced',
  async () => {
    await page.goto(`${url}/clusters/${cluster}`)
    await page.getByTestId('headline').getByText('is the primary').waitFor({ timeout: minute })
    const before = await primary()
    const { spec, secrets } = await insideOf(journey.bramble, cluster)
    const writer = await startWriter(databaseDoor(spec, secrets))
    await writer.next(60)
    await writer.stop()
    const lost = [before, ...spec.nodes.map(({ name }) => name).filter((name) => name !== before)].slice(0, 2)
    const left = spec.nodes.map(({ name }) => name).find((name) => !lost.includes(name))!
    const struck = Date.now()
    await Promise.all(lost.map((node) => powerOff({ id: lab, node })))
    await page.getByText('no primary can be elected').waitFor({ timeout: 3 * minute })
    await operate('Recover etcd quorum…')
    const go = page.getByRole('button', { name: 'Recover quorum' })
    expect(await go.isDisabled()).toBe(true)
    await picture(page, 'recover-quorum')
    await page.getByLabel(`Type ${cluster} to confirm`).fill(cluster)
    await go.click()
    await page.waitForURL(/\/runs\//)
    await ended(page, 'Succeeded', 10)
    told(`two of three died, ${((Date.now() - struck) / 1000).toFixed(0)} s`, await outcome())
    await page.goto(`${url}/clusters/${cluster}`)
    await page
      .getByText(`${left} is the primary`)
      .first()
      .waitFor({ timeout: 2 * minute })
    await page.getByText('continues without the others').waitFor({ timeout: minute })
    for (const node of lost) stack = await reflash({ id: lab, node })
    await replace(lost[0]!)
    // The other one still has a card that nobody knows.
    await ended(page, 'Partly done', 10)
    await replace(lost[1]!)
    await ended(page, 'Succeeded', 10)
    await page.goto(`${url}/clusters/${cluster}`)
    await page.getByText('The cluster survives the loss of any one Pi.').waitFor({ timeout: 3 * minute })
    told('whole again', `${((Date.now() - struck) / 1000).toFixed(0)} s after two of three died`)
    expect(await writer.missing()).toEqual([])
    await writer.forget()
  },
  25 * minute,
)

test(
  'all Pis are turned off when the name of the cluster was typed, and serve again when they get power',
  async () => {
    await page.goto(`${url}/clusters/${cluster}`)
    await operate('Shut down cluster…')
    const off = page.getByRole('button', { name: 'Shut down' })
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
    await page.getByText('The cluster survives the loss of any one Pi.').waitFor({ timeout: 4 * minute })
    expect(journey.faults).toEqual([])
  },
  10 * minute,
)
