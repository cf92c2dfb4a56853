/** Following what changes: a run's log from any offset, and the views of runs, flashes, stations and images. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type AlertView, listAlerts } from './alerts.ts'
import { prisma } from './connection.ts'
import { type FlashView, getFlash } from './flashes.ts'
import { type ImageView, listImages } from './images.ts'
import { type Channel, listen } from './listen.ts'
import { type LogLine, logPage, readLog } from './log.ts'
import { isEnded } from './requests.ts'
import { getRun, isId, type RunView } from './runs.ts'
import { listStations, type StationView } from './stations.ts'

/** Looks again even when no notification came: a lease that runs out tells nobody. */
const lookAgainMs = 5_000
const viewPauseMs = 100
/** Lists cost more, and their rows change with every few bytes of every card. */
const listPauseMs = 250

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
  for await (const _ of changes([['bramble_run', input.run]], input.signal)) {
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
  for await (const _ of changes([['bramble_run', input.run]], input.signal)) {
    const view = await getRun(input.run)
    if (!view) return
    const text = JSON.stringify({ ...view, lines: 0 })
    if (text !== told) yield view
    told = text
    if (isEnded(view.status)) return
    await sleep(viewPauseMs)
  }
}

/** The stations as they are, then again after each change; ends when `signal` aborts. */
export function followStations(input: { signal: AbortSignal }): AsyncGenerator<StationView[]> {
  const { signal } = input
  return followList(
    [
      ['bramble_station', null],
      ['bramble_card', null],
    ],
    listStations,
    signal,
  )
}

/** The images as they are, then again after each change; ends when `signal` aborts. */
export function followImages(input: { signal: AbortSignal }): AsyncGenerator<ImageView[]> {
  return followList(
    [
      ['bramble_image', null],
      ['bramble_station', null],
    ],
    listImages,
    input.signal,
  )
}

/** The open alerts of one cluster (its name) or of all as they are, then again after each change. */
export function followAlerts(input: {
  cluster?: string | undefined
  signal: AbortSignal
}): AsyncGenerator<AlertView[]> {
  const list = async () => (await listAlerts({ cluster: input.cluster, open: true })).alerts
  return followList([['bramble_alert', null]], list, input.signal)
}

/** As `followRun`, but goes on until every written card is online: its Pi boots after the run has ended. */
export async function* followFlash(input: {
  run: string
  signal?: AbortSignal | undefined
}): AsyncGenerator<FlashView> {
  let told = ''
  for await (const _ of changes([['bramble_run', input.run]], input.signal)) {
    const view = await getFlash(input.run)
    if (!view) return
    const text = JSON.stringify({ ...view, run: { ...view.run, lines: 0 } })
    if (text !== told) yield view
    told = text
    if (isEnded(view.run.status) && view.cards.every(({ phase }) => phase !== 'written' && phase !== 'booting')) return
    await sleep(viewPauseMs)
  }
}

async function* followList<T>(subjects: readonly Changing[], list: () => Promise<T>, signal: AbortSignal) {
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

/** A channel and whose notifications on it count; null: everybody's. */
type Changing = readonly [Channel, string | null]

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
