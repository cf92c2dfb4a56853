/** A first visit of a screen, as a browser sees it that has nothing of it yet. */
import type { Browser, Cookie } from 'playwright'
import { desk } from '../scenarios/dashboard.ts'

/** Until the largest part of it is painted; in the browser's own words. */
const largestPaint = `new Promise((resolve) => {
  let at = 0
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) at = entry.startTime })
    .observe({ type: 'largest-contentful-paint', buffered: true })
  setTimeout(() => resolve(at), 1500)
})`

export interface ScreenFigures {
  /** Bytes of script as they came over the wire, of the first visit. */
  script: number
  /** Milliseconds to the largest paint, one a visit. */
  paints: number[]
}

export async function measureScreen(
  browser: Browser,
  cookies: readonly Cookie[],
  url: string,
  visits: number,
): Promise<ScreenFigures> {
  const paints: number[] = []
  let script = 0
  for (let visit = 0; visit < visits; visit++) {
    const context = await browser.newContext({ viewport: desk })
    await context.addCookies([...cookies])
    const page = await context.newPage()
    const protocol = await context.newCDPSession(page)
    await protocol.send('Network.enable')
    const scripts = new Set<string>()
    let bytes = 0
    protocol.on('Network.responseReceived', ({ requestId, type }) => {
      if (type === 'Script') scripts.add(requestId)
    })
    protocol.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      if (scripts.has(requestId)) bytes += encodedDataLength
    })
    await page.goto(url, { waitUntil: 'load' })
    paints.push(Number(await page.evaluate(largestPaint)))
    if (visit === 0) script = bytes
    await context.close()
  }
  return { script, paints }
}
