import { existsSync, writeFileSync } from 'node:fs'
import { test } from 'vitest'
import { adopt, ended, provision } from './dashboard.ts'
import { begin, openJourney, stackOf } from './journey.ts'

test(
  'x',
  async () => {
    const journey = await openJourney({ id: 130, nodes: 3, golden: true })
    await begin(journey)
    await adopt(journey.page, journey.bramble.url, stackOf(journey.lab, 'shelf'))
    await provision(journey.page, journey.bramble.url, 'shelf', false)
    await ended(journey.page, 'Succeeded', 12)
    writeFileSync('/tmp/h/day2-url', `${journey.bramble.url} ${journey.bramble.data}`)
    while (!existsSync('/tmp/h/day2-stop')) await new Promise((r) => setTimeout(r, 1000))
    await journey.browser.close()
    await journey.bramble.stop()
  },
  3 * 3600_000,
)
