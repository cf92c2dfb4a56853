/** The official images are asked for at the start and once a day, for the page to choose from. */
import { setTimeout as sleep } from 'node:timers/promises'
import { storeCatalogue } from '@bramble/db/flash'
import { imageCatalogue } from '@bramble/provision/flash'

const dayMs = 24 * 3_600_000

/** Until the signal aborts. */
export async function keepCatalogue(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await imageCatalogue({ signal })
      .then(storeCatalogue)
      .catch((error: Error) => {
        if (!signal.aborted) console.error(`catalogue: ${error.message}`)
      })
    await sleep(dayMs, undefined, { signal }).catch(() => undefined)
  }
}
