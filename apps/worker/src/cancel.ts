/** Cancel requests reach the worker as notifications: the run that is meant looks at its row at once. */
import { listen } from '@bramble/db'
import type { Hold } from './lease.ts'

/** Returns how to stop listening. */
export function watchCancels(holds: ReadonlyMap<string, Hold>): Promise<() => void> {
  return listen('bramble_cancel', (run) => {
    for (const [id, hold] of holds) if (run === null || run === id) void hold.beat()
  })
}
