/** A person at the dashboard: a real browser, driven by what stands on the screen. */
import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright'
import { expect } from 'vitest'
import { root } from '../src/supervisor/checkout.ts'
import { until } from '../src/supervisor/processes.ts'
import { owns, type PictureName } from './pictures.ts'

export const account = { name: 'Ada', email: 'ada@example.test', password: 'a long enough pass phrase' }
export const desk = { width: 1280, height: 860 }
export const phone = { width: 390, height: 844 }
const seconds = 1000

export function chromiumPath(): string {
  const found = [
    process.env.CHROMIUM_PATH,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ].find((file) => file && existsSync(file))
  if (!found) throw new Error('No Chromium is installed: apt-get install chromium, or set CHROMIUM_PATH')
  return found
}

export async function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
    args: [
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

export async function openPage(browser: Browser, as: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: desk, reducedMotion: 'reduce', ...as })
  const page = await context.newPage()
  page.setDefaultTimeout(60 * seconds)
  return page
}

/** In the browser's own words; endless animations are not waited for. */
const atRest = `new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)))
  .then(() => Promise.allSettled(document.getAnimations()
  .filter((one) => Number.isFinite(one.effect.getComputedTiming().endTime))
  .map((one) => one.finished))).then(() => undefined)`

/** Ends when the colours have changed over. */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(atRest)
}

/** In the browser's own words: React has taken over what is in `main`, so a click or a choice is heard. */
const isHydrated = `[...document.querySelectorAll('main, main button, main input')]
  .every((one) => Object.keys(one).some((key) => key.startsWith('__reactFiber')))`

/** Opens a page and ends when it listens. */
export async function open(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await page.locator('main').first().waitFor()
  expect(await until(() => page.evaluate<boolean>(isHydrated), 60 * seconds)).toBe(true)
}

/** A picture for docs/pictures, light and dark; only in the test that owns it. */
export async function picture(page: Page, name: PictureName): Promise<void> {
  if (!owns(expect.getState().testPath, name)) return
  const folder = path.join(root, 'docs/pictures')
  mkdirSync(folder, { recursive: true })
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await settled(page)
    await page.screenshot({ path: path.join(folder, `${name}-${colorScheme}.png`) })
  }
}

/** Pixels by which the page is wider than the screen; 0 when nothing has to be scrolled sideways. */
export async function sidewaysOverflow(page: Page): Promise<number> {
  return Number(await page.evaluate('Math.max(0, document.documentElement.scrollWidth - window.innerWidth)'))
}

/** Follows the one-time link and signs in as the first admin. */
export async function setUp(page: Page, link: string): Promise<void> {
  await page.goto(link)
  await page.getByLabel('Name').fill(account.name)
  await page.getByLabel('Email').fill(account.email)
  await page.getByLabel('Password').fill(account.password)
  await picture(page, 'setup')
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.waitForURL((url) => !url.pathname.startsWith('/setup'))
}

export async function signIn(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/sign-in`)
  await page.getByLabel('Email').fill(account.email)
  await page.getByLabel('Password').fill(account.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL((now) => now.pathname === '/')
}

/** Types the password into the dialog that asks for it again. */
async function confirmIdentity(dialog: Locator, password: string): Promise<void> {
  await dialog.getByLabel('Password').fill(password)
  await dialog.getByRole('button', { name: 'Confirm' }).click()
  await dialog.waitFor({ state: 'detached' })
}

/** Clicks, and proves who one is when the sign-in was too long ago; returns when `then` shows. */
export async function clickConfirmed(page: Page, button: string, then: Locator, { password } = account): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Confirm your identity' })
  await page.getByRole('button', { name: button }).click()
  await dialog.or(then).first().waitFor()
  if (await dialog.isVisible()) await confirmIdentity(dialog, password)
  await then.waitFor()
}

/** Opens the command palette by its keys; what is typed then goes into it. */
export async function openPalette(page: Page): Promise<void> {
  const field = page.getByPlaceholder('Search pages and commands')
  // Until the page listens a key is lost; pressed twice it closes what it opened.
  const isOpen = async () => {
    if (!(await field.isVisible())) await page.keyboard.press('Control+k')
    return field.waitFor({ timeout: 10 * seconds }).then(
      () => true,
      () => false,
    )
  }
  expect(await until(isOpen, 120 * seconds)).toBe(true)
  await field.and(page.locator(':focus')).waitFor()
}

export interface Stack {
  name: string
  vip: string
  /** As a person types them: a range. */
  addresses: string
  password: string
  fingerprints: readonly string[]
}

/** The wizard: name, adopt by address and password, compare fingerprints, take the proposed roles, create. */
export async function adopt(page: Page, url: string, stack: Stack): Promise<void> {
  await page.goto(`${url}/clusters/new`)
  await page.getByLabel('Name', { exact: true }).fill(stack.name)
  await page.getByLabel('Virtual IP').fill(stack.vip)
  await page.getByText('Fast', { exact: true }).click()
  await page.getByRole('button', { name: 'Next' }).click()

  await page.getByLabel('Addresses').fill(stack.addresses)
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByRole('textbox', { name: 'Password', exact: true }).first().fill('not the password')
  await page.getByRole('button', { name: /^Test (all|connection)/ }).click()
  const shown = async () => {
    for (const fingerprint of stack.fingerprints)
      await page
        .getByText(fingerprint)
        .first()
        .waitFor({ timeout: 120 * seconds })
  }
  await shown()
  await picture(page, 'adopt')
  await page.getByRole('button', { name: /^Trust (all|the key)/ }).click()
  await page
    .getByText(/rejected the login/)
    .first()
    .waitFor({ timeout: 120 * seconds })
  await page.getByRole('textbox', { name: 'Password', exact: true }).first().fill(stack.password)
  // The keys are trusted already: the login goes to them at once.
  await page.getByRole('button', { name: /^Test (all|connection)/ }).click()
  await shown()
  await page.getByRole('button', { name: 'Next' }).click()

  await page.getByText('The cluster survives the loss of any one Pi.').waitFor()
  await picture(page, 'roles')
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByRole('button', { name: 'Create cluster' }).click()
  await page.waitForURL((now) => now.pathname.startsWith(`/clusters/${stack.name}`))
}

/** Presses Provision (or Reprovision), looks at the plan, approves it. Ends on the run's page; returns its id. */
export async function provision(page: Page, url: string, cluster: string, shots: boolean): Promise<string> {
  await page.goto(`${url}/clusters/${cluster}`)
  if (shots) await picture(page, 'cluster-new')
  await page.getByRole('button', { name: /^(Rep|P)rovision$/ }).click()
  return approve(page, shots)
}

/** On the way to a plan: waits for it and presses Provision. Ends on the run's page; returns its id. `lossy`: the
 * cluster whose name is typed first, where something is lost for good. */
export async function approve(page: Page, shots: boolean, lossy?: string): Promise<string> {
  await page.waitForURL(/\/plan\//)
  const go = page.locator('form').getByRole('button', { name: 'Provision', exact: true })
  await go.waitFor({ timeout: 180 * seconds })
  if (shots) await picture(page, 'plan')
  const confirmed = page.getByLabel(`Type ${lossy} to confirm`)
  if (lossy && (await confirmed.isVisible())) await confirmed.fill(lossy)
  await go.click()
  await page.waitForURL(/\/runs\/[0-9a-f-]{36}$/)
  return new URL(page.url()).pathname.split('/').at(-1) as string
}

/** Waits until the run page says how the run ended. */
export async function ended(
  page: Page,
  word: 'Succeeded' | 'Canceled' | 'Failed' | 'Partly done',
  minutes: number,
): Promise<void> {
  const ends = page.getByText(/^(Succeeded|Canceled|Failed|Partly done)$/).first()
  await ends.waitFor({ timeout: minutes * 60 * seconds })
  expect(await ends.textContent()).toBe(word)
}
