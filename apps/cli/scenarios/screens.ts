/** Looking at a screen as a person with any screen would: phone, desk and wall, light and dark, and with axe. */
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright'
import { expect } from 'vitest'
import { settled } from './dashboard.ts'

const widths = {
  phone: { width: 390, height: 844 },
  desk: { width: 1280, height: 860 },
  wall: { width: 2560, height: 1440 },
}
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Violation {
  id: string
  nodes: { target: string[]; failureSummary: string }[]
}

/** What axe finds on the page as it is now, a line each. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const found = (await page.evaluate(
    'axe.run(document, { resultTypes: ["violations"] }).then((r) => r.violations)',
  )) as Violation[]
  return found.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ target, failureSummary }) => `${id} ${target.join(' ')}: ${failureSummary.split('\n').slice(1).join(' ')}`,
    ),
  )
}

/** What axe finds and finds again: on a busy machine colours may still be changing over at the first look. */
async function lasting(page: Page): Promise<string[]> {
  let found = await violations(page)
  for (let look = 0; look < 5 && found.length > 0; look++) {
    await sleep(500)
    found = await violations(page)
  }
  return found
}

/** What makes the page wider than the screen, innermost first; empty when nothing has to be scrolled sideways. */
async function tooWide(page: Page): Promise<string[]> {
  return (await page.evaluate(`(() => {
    const width = window.innerWidth
    if (document.documentElement.scrollWidth <= width) return []
    return [...document.querySelectorAll('main *')]
      .filter((one) => one.getBoundingClientRect().right > width + 0.5)
      .reverse()
      .slice(0, 5)
      .map((one) => one.tagName + '.' + one.getAttribute('class') + ' ' + (one.textContent ?? '').slice(0, 40))
  })()`)) as string[]
}

/** Folder for a picture at each size; BRAMBLE_LOOKS=folder keeps them, for eyes. */
const looks = process.env.BRAMBLE_LOOKS

/** Looks at the page at every size, light and dark: nothing to scroll sideways, nothing that axe finds. */
export async function look(page: Page, name: string): Promise<void> {
  const faults: string[] = []
  for (const [size, viewport] of Object.entries(widths)) {
    await page.setViewportSize(viewport)
    await expect.poll(() => tooWide(page), { message: `${name}, ${size}`, timeout: 10_000 }).toEqual([])
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await settled(page)
      if (size !== 'wall')
        faults.push(...(await lasting(page)).map((words) => `${name}, ${size}, ${colorScheme}: ${words}`))
      if (!looks) continue
      mkdirSync(looks, { recursive: true })
      await page.screenshot({ path: path.join(looks, `${name}-${size}-${colorScheme}.png`), fullPage: size !== 'wall' })
    }
  }
  await page.setViewportSize(widths.desk)
  await page.emulateMedia({ colorScheme: null })
  expect(faults).toEqual([])
}
