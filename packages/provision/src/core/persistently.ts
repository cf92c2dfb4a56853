/** Work on a node that may reboot under it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Trouble } from './types.ts'

/** Milliseconds that a node may be unreachable before the work gives up: it may be rebooting. */
const awayLimit = 120_000

/** Tries again while the connection breaks. `again` is called each time. Trouble as of the attempt. */
export async function persistently<T>(
  signal: AbortSignal,
  again: (trouble: Trouble) => void,
  attempt: () => Promise<T>,
): Promise<T> {
  const until = Date.now() + awayLimit
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      const away = error instanceof Trouble && (error.code === 'connection-lost' || error.code === 'unreachable')
      if (!away || signal.aborted || Date.now() > until) throw error
      again(error)
      await sleep(2_000, undefined, { signal })
    }
  }
}
