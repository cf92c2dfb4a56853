/** Following a run: its log from any offset, and its view. */
import { setTimeout as sleep } from 'node:timers/promises'
import { changes, viewPauseMs } from '../store/changes.ts'
import { prisma } from '../store/connection.ts'
import { isId } from '../store/ids.ts'
import { sharedView } from '../store/shared-view.ts'
import { type LogLine, readLog } from './log.ts'
import { isEnded } from './requests.ts'
import { getRun, type RunView } from './runs.ts'

/** How far a run is: read once for all who follow its log. */
interface LogHead {
  lastSeq: number
  ended: boolean
}

async function* followHead(run: string, signal: AbortSignal): AsyncGenerator<LogHead> {
  let told = -1
  for await (const _ of changes([['bramble_run', run]], signal)) {
    // In one look: what is over at this line writes no more.
    const row = await prisma().run.findUnique({ where: { id: run }, select: { status: true, lastSeq: true } })
    const ended = !row || isEnded(row.status)
    const lastSeq = row?.lastSeq ?? 0
    if (lastSeq !== told || ended) yield { lastSeq, ended }
    told = lastSeq
    if (ended) return
  }
}

const reading = new Map<string, Promise<LogLine[]>>()

/** Those who wait at the same line are given one answer. */
function readTogether(run: string, from: number): Promise<LogLine[]> {
  const key = `${run} ${from}`
  const page = reading.get(key) ?? readLog({ run, from }).finally(() => reading.delete(key))
  reading.set(key, page)
  return page
}

/**
 * Every line after `from`, in order, none missed, in batches of 500 at most. Ends when the run is over and all was
 * given, when `signal` aborts, or when the caller breaks out.
 */
export async function* followLog(input: {
  run: string
  from?: number | undefined
  signal?: AbortSignal | undefined
}): AsyncGenerator<LogLine[]> {
  const { run, signal } = input
  if (!isId(run)) return
  let from = Math.max(0, Math.floor(input.from ?? 0))
  for await (const head of sharedView(`log ${run}`, (stop) => followHead(run, stop), signal)) {
    // A page that was asked for before the newest line was written may lack it.
    while (from < head.lastSeq) {
      if (signal?.aborted) return
      const lines = await readTogether(run, from)
      if (lines.length === 0) break
      yield lines
      from = lines.at(-1)?.seq ?? from
    }
    if (head.ended) return
  }
}

/** The view as it is, then again after each change, ten times a second at most; the last one is that of the end. */
export function followRun(input: { run: string; signal?: AbortSignal | undefined }): AsyncGenerator<RunView> {
  return sharedView(`run ${input.run}`, (stop) => runChanges(input.run, stop), input.signal)
}

async function* runChanges(run: string, signal: AbortSignal): AsyncGenerator<RunView> {
  let told = ''
  for await (const _ of changes([['bramble_run', run]], signal)) {
    const view = await getRun(run)
    if (!view) return
    const text = JSON.stringify({ ...view, lines: 0 })
    if (text !== told) yield view
    told = text
    if (isEnded(view.status)) return
    await sleep(viewPauseMs)
  }
}
