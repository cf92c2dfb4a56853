/** Work on a node that may reboot under it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Trouble } from './types.ts'

/** Milliseconds that a node may be unreachable before the work gives up: it may be rebooting. */
const awayLimit = 120_000
/** A connection that is lost each time it was made is not made for ever. */
const mostLosses = 20

interface Limits {
  away?: number
  pause?: number
}

/**
 * Tries again while the connection breaks. What counts is how long the node is away at a stretch, not how long the work took
 * before. `again` is called each time. Trouble as of the attempt.
 */
export async function persistently<T>(
  signal: AbortSignal,
  again: (trouble: Trouble) => void,
  attempt: () => Promise<T>,
  { away = awayLimit, pause = 2_000 }: Limits = {},
): Promise<T> {
  let [since, losses] = [Date.now(), 0]
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      const isLost = error instanceof Trouble && error.code === 'connection-lost'
      const isAway = isLost || (error instanceof Trouble && error.code === 'unreachable')
      if (isLost && ++losses < mostLosses) since = Date.now()
      if (!isAway || signal.aborted || Date.now() - since > away) throw error
      again(error)
      await sleep(pause, undefined, { signal })
    }
  }
}
