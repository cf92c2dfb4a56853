/** Following a run while it goes: its log from any offset, and its view after each change. */
import { setTimeout as sleep } from 'node:timers/promises'
import { prisma } from './connection.ts'
import { listen } from './listen.ts'
import { type LogLine, logPage, readLog } from './log.ts'
import { isEnded } from './requests.ts'
import { getRun, isId, type RunView } from './runs.ts'

/** Looks again even when no notification came: a lease that runs out tells nobody. */
const lookAgainMs = 5_000
const viewPauseMs = 100

/**
 * Every line after `from`, in order, none missed, in batches of 500 at most. Ends when the run is over and all was
 * given, when `signal` aborts, or when the caller breaks out.
 */
export async function* followLog(input: {
  run: string
  from?: number | undefined
  signal?: AbortSignal | undefined
}): AsyncGenerator<LogLine[]> {
  if (!isId(input.run)) return
  let from = input.from ?? 0
  for await (const _ of changes(input.run, input.signal)) {
    // Asked before the lines are read: what is over now writes no more lines.
    const run = await prisma().run.findUnique({ where: { id: input.run }, select: { status: true } })
    for (;;) {
      if (input.signal?.aborted) return
      const lines = await readLog({ run: input.run, from })
      if (lines.length > 0) yield lines
      from = lines.at(-1)?.seq ?? from
      if (lines.length < logPage) break
    }
    if (!run || isEnded(run.status)) return
  }
}

/** The view as it is, then again after each change, ten times a second at most; the last one is that of the end. */
export async function* followRun(input: { run: string; signal?: AbortSignal | undefined }): AsyncGenerator<RunView> {
  let told = ''
  for await (const _ of changes(input.run, input.signal)) {
    const view = await getRun(input.run)
    if (!view) return
    const text = JSON.stringify({ ...view, lines: 0 })
    if (text !== told) yield view
    told = text
    if (isEnded(view.status)) return
    await sleep(viewPauseMs)
  }
}

/** Yields once at the start and after every notification about the run; those that come meanwhile count as one. */
async function* changes(run: string, signal: AbortSignal | undefined): AsyncGenerator<void> {
  let changed = true
  let wake: () => void = () => undefined
  const tell = () => {
    changed = true
    wake()
  }
  const stop = await listen('bramble_run', (payload) => {
    if (payload === null || payload === run) tell()
  })
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
    stop()
    signal?.removeEventListener('abort', tell)
    wake()
  }
}
