/**
 * What the dashboard costs and how fast it is, on a virtual stack under watch with a month of made-up history:
 * JavaScript and largest paint of each screen, charts over a month, Lighthouse, the way of a line from a Pi to the screen, memory.
 * `pnpm --filter @bramble/cli dashboard-bench`; BENCH_MINUTES is how long the memory is watched (default 60).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { must } from '@bramble/process'
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { adopt, ended, provision } from '../scenarios/dashboard.ts'
import { begin, type Journey, openJourney, stackOf } from '../scenarios/journey.ts'
import { databaseUrlOf, type Started } from '../scenarios/started.ts'
import { root } from '../src/supervisor/checkout.ts'
import { print, shares } from './figures.ts'
import { lighthouse } from './lighthouse.ts'
import { residentMegabytes } from './memory.ts'
import { onNode } from './on-node.ts'
import { measureScreen } from './screen.ts'

const minute = 60_000
const cluster = 'shelf'
const watchedMinutes = Number(process.env.BENCH_MINUTES ?? 60)
let journey: Journey
let bramble: Started
let page: Page

beforeAll(async () => {
  journey = await openJourney({ id: 47, nodes: 4, golden: true })
  ;({ bramble, page } = journey)
  await begin(journey)
  await adopt(page, bramble.url, stackOf(journey.lab, cluster))
  await provision(page, bramble.url, cluster, false)
  await ended(page, 'Succeeded', 15)
  await must(['pnpm', '--filter', '@bramble/db', 'history-bench', '--into', cluster, '--days', '30'], {
    cwd: root,
    env: { ...process.env, DATABASE_URL: databaseUrlOf(bramble.data) },
    timeout: 20 * minute,
  })
}, 60 * minute)

afterAll(() => journey?.close(), 5 * minute)

const screens = {
  overview: '/',
  stack: `/clusters/${cluster}`,
  Postgres: `/clusters/${cluster}/postgres`,
  HAProxy: `/clusters/${cluster}/haproxy`,
  nodes: `/clusters/${cluster}/nodes`,
  node: `/clusters/${cluster}/nodes/pi-2`,
  compare: `/clusters/${cluster}/compare`,
  timeline: `/clusters/${cluster}/timeline`,
  alerts: '/alerts',
  runs: '/runs',
  flash: '/flash',
  images: '/images',
  'new cluster': '/clusters/new',
  audit: '/audit',
  settings: '/settings/account',
}

test(
  'JavaScript and largest paint of each screen, first visit',
  async () => {
    const rows: string[][] = []
    const cookies = await page.context().cookies()
    for (const [name, where] of Object.entries(screens)) {
      const { script, paints } = await measureScreen(journey.browser, cookies, `${bramble.url}${where}`, 5)
      expect(script).toBeGreaterThan(0)
      rows.push([name, `${(script / 1000).toFixed(0)} kB`, ...shares(paints, 'ms')])
    }
    print('screen', ['script (gz)', 'LCP p50', 'LCP p95'], rows)
  },
  20 * minute,
)

test(
  'charts over a month',
  async () => {
    const asked = new Set<string>()
    const note = (request: { url(): string }) => {
      if (request.url().includes('/series?')) asked.add(request.url())
    }
    page.on('request', note)
    for (const name of ['Postgres', 'HAProxy', 'node'] as const) {
      const answered = page.waitForResponse((answer) => answer.url().includes('/series?'))
      await page.goto(`${bramble.url}${screens[name]}?range=30d`)
      await answered
      await expect.poll(() => page.locator('main [aria-busy=true]').count(), { timeout: minute }).toBe(0)
    }
    page.off('request', note)
    expect(asked.size).toBeGreaterThan(0)
    const took = (await page.evaluate(
      `(async (urls) => {
        const took = []
        for (let round = 0; round < 10; round++)
          for (const url of urls) {
            const begun = performance.now()
            const answer = await fetch(url)
            await answer.arrayBuffer()
            if (!answer.ok) throw new Error(url + ': ' + answer.status)
            took.push(performance.now() - begun)
          }
        return took
      })(${JSON.stringify([...asked])})`,
    )) as number[]
    print(
      'charts over 30 days',
      ['requests', 'p50', 'p95'],
      [['to the browser', String(took.length), ...shares(took, 'ms')]],
    )
  },
  10 * minute,
)

test(
  'Lighthouse',
  async () => {
    const cookie = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
    const rows: string[][] = []
    for (const name of ['overview', 'stack', 'Postgres', 'HAProxy', 'timeline', 'runs', 'flash'] as const)
      for (const form of ['desktop', 'phone'] as const) {
        const scores = await lighthouse(`${bramble.url}${screens[name]}`, cookie, form)
        rows.push([`${name}, ${form}`, ...scores.map(String)])
      }
    print('Lighthouse 12.8', ['performance', 'accessibility', 'best practices'], rows)
  },
  60 * minute,
)

test(
  'the way of a line from a Pi to the screen',
  async () => {
    await using pi = await onNode(journey.lab, 'pi-1')
    await pi.printMoments({ lines: 600, everyMs: 100 })
    await provision(page, bramble.url, cluster, false)
    await page.evaluate(`(() => {
      window.arrived = new Map()
      const look = () => {
        for (const [, at] of document.body.innerText.matchAll(/moment (\\d{13})/g))
          if (!window.arrived.has(at)) window.arrived.set(at, Date.now() - Number(at))
      }
      new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true })
    })()`)
    await ended(page, 'Succeeded', 10)
    const late = (await page.evaluate('[...window.arrived.values()]')) as number[]
    expect(late.length).toBeGreaterThan(100)
    // The first ones were printed before the page was there to see them.
    print('a line', ['lines', 'p50', 'p95'], [['Pi to screen', String(late.length), ...shares(late.slice(50), 'ms')]])
  },
  15 * minute,
)

test(
  'memory while it watches and a browser looks on',
  async () => {
    await page.goto(`${bramble.url}/clusters/${cluster}/postgres`)
    const rows: string[][] = []
    const note = async (after: number) => {
      const parts = ['dashboard', 'worker', 'database'] as const
      const sizes = await Promise.all(
        parts.map(async (name) => residentMegabytes((await bramble.part(name).catch(() => null))?.pid ?? null)),
      )
      rows.push([`${after} min`, ...sizes])
    }
    await note(0)
    for (let passed = 10; passed <= watchedMinutes; passed += 10) {
      await sleep(10 * minute)
      await note(passed)
    }
    print('resident memory', ['dashboard', 'worker', 'database'], rows)
  },
  (watchedMinutes + 10) * minute,
)
