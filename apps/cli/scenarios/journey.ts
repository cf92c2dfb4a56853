/** How every journey begins: a lab of virtual Pis, Bramble as it starts for the first time, a browser before it. */
import { readFileSync } from 'node:fs'
import { down, type LabStatus, type UpOptions, up } from '@bramble/lab'
import type { Browser, BrowserContextOptions, Page } from 'playwright'
import { openBrowser, openPage, type Stack, setUp } from './dashboard.ts'
import { type Started, startBramble } from './started.ts'

export interface Journey {
  /** As it was when the journey began. */
  readonly lab: LabStatus
  readonly bramble: Started
  readonly browser: Browser
  readonly page: Page
  /** Errors that the page threw, and what it said against its own rules. */
  readonly faults: readonly string[]
  close(): Promise<void>
}

/** A lab that stood under the number is taken down first. */
export async function openJourney(lab: UpOptions & { id: number }, as: BrowserContextOptions = {}): Promise<Journey> {
  const ends: (() => Promise<unknown>)[] = []
  const close = async () => {
    const failed: unknown[] = []
    // One that does not end well keeps none of the others.
    for (const end of ends.splice(0).reverse()) await end().catch((error: unknown) => failed.push(error))
    if (failed.length > 0) throw failed[0]
  }
  const { id } = lab
  await down({ id })
  try {
    ends.push(() => down({ id }))
    const stack = await up(lab)
    const bramble = await startBramble()
    ends.push(() => bramble.stop())
    const browser = await openBrowser()
    ends.push(() => browser.close())
    const page = await openPage(browser, as)
    const faults: string[] = []
    page.on('pageerror', (error) => faults.push(error.message))
    page.on('console', (message) => {
      if (/Content Security Policy|hydrat/i.test(message.text())) faults.push(message.text())
    })
    return { lab: stack, bramble, browser, page, faults, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The first admin is made, and Bramble listens where people get in. */
export async function begin({ page, bramble }: Journey): Promise<void> {
  await setUp(page, bramble.link)
  if (!(await bramble.opened(5 * 60_000))) throw new Error(`Bramble did not open after set-up:\n${bramble.said()}`)
}

export const passwordOf = (lab: LabStatus): string => readFileSync(lab.passwordFile, 'utf8').trim()

/** The first `nodes` Pis of a lab as a person adopts them. */
export function stackOf(lab: LabStatus, name: string, nodes: number = lab.nodes.length): Stack {
  return {
    name,
    vip: lab.vip,
    addresses: `198.18.${lab.id}.11-${10 + nodes}`,
    password: passwordOf(lab),
    fingerprints: lab.nodes.slice(0, nodes).map((node) => node.hostKey ?? 'no key'),
  }
}

/** Where the site on the virtual IP is published. */
export function siteOf(lab: LabStatus): string {
  const found = lab.published.find((entry) => entry.target.endsWith(':80'))
  if (!found) throw new Error('The lab does not publish the site')
  return `http://${found.local}`
}

/** The status that the site answers with; what went wrong when it does not. */
export const answerOf = (site: string): Promise<number | string> =>
  fetch(`${site}/`, { signal: AbortSignal.timeout(10_000) }).then(
    ({ status }) => status,
    (error: unknown) => String(error),
  )
