/** Pages of a dashboard whose Pis are nowhere, as somebody with a role sees them. */
import { claimRun, endRun, requestRun, writeJournal } from '@bramble/db/runs'
import type { Browser, Page } from 'playwright'
import { desk } from './dashboard.ts'
import type { Dashboard, Role } from './security/dashboard.ts'

const minute = 60_000

/** As after its first provisioning. */
export async function markBuilt(cluster: string): Promise<void> {
  const by = 'ada@people.test'
  const [digest, at] = ['d'.repeat(64), { changed: 0, seconds: 1, message: 'Done.', nodes: [] }]
  for (const request of [{ kind: 'plan' }, { kind: 'provision', approved: digest }] as const) {
    const lease = await claimRun(await requestRun({ cluster, request, by }), 'the tests')
    if (!lease) throw new Error('The run could not be claimed')
    if (request.kind === 'plan')
      await writeJournal(lease, {
        plan: { digest, rollout: 'together', order: ['pi-1'], nodes: [], changes: 0, findings: [] },
      })
    await endRun(lease, { status: 'succeeded', outcome: { status: 'succeeded', ...at }, trouble: null })
  }
}

/** A browser of its own, signed in. */
export async function openAs(browser: Browser, dashboard: Dashboard, role: Role, address: string): Promise<Page> {
  const context = await browser.newContext({ viewport: desk, reducedMotion: 'reduce' })
  context.setDefaultTimeout(minute)
  const pairs = (await dashboard.session(role)).split('; ').map((pair) => pair.split(/=(.*)/s))
  await context.addCookies(pairs.map(([name = '', value = '']) => ({ name, value, url: dashboard.url })))
  const page = await context.newPage()
  await page.goto(`${dashboard.url}${address}`)
  return page
}
