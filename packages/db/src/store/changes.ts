/** Waiting for what changes: one pass for each notification that counts, and one every few seconds without any. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Channel, listen } from './listen.ts'

/** Checked again even without a notification: a lease that expires sends none. */
const lookAgainMs = 5_000
/** Least pause between two values of a view. */
export const viewPauseMs = 100
/** Lists cost more, and their rows change with every few bytes of every card. */
const listPauseMs = 250

/** A channel and whose notifications on it count; null: everybody's. */
export type Changing = readonly [Channel, string | null]

/** Yields once at the start and after every notification that counts; those that come meanwhile count as one. */
export async function* changes(subjects: readonly Changing[], signal: AbortSignal | undefined): AsyncGenerator<void> {
  let changed = true
  let wake: () => void = () => undefined
  const tell = () => {
    changed = true
    wake()
  }
  const stops: (() => void)[] = []
  for (const [channel, whose] of subjects)
    stops.push(
      await listen(channel, (payload) => {
        if (payload === null || whose === null || payload === whose) tell()
      }),
    )
  signal?.addEventListener('abort', tell)
  try {
    for (;;) {
      if (signal?.aborted) return
      if (changed) {
        changed = false
        yield
        continue
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(tell, lookAgainMs)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  } finally {
    for (const stop of stops) stop()
    signal?.removeEventListener('abort', tell)
    wake()
  }
}

/** A list as it is, then again after each change. */
export async function* listChanges<T>(subjects: readonly Changing[], list: () => Promise<T>, signal: AbortSignal) {
  let told = ''
  for await (const _ of changes(subjects, signal)) {
    const listed = await list()
    // When a station spoke last changes all the time and tells nobody anything.
    const text = JSON.stringify(listed, (key, value: unknown) => (key === 'seenAt' ? null : value))
    if (text !== told) yield listed
    told = text
    await sleep(listPauseMs)
  }
}
