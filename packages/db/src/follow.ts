/** Following what changes: a run's log from any offset, and the views of runs, flashes, stations and images. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type AlertView, listAlerts } from './alerts.ts'
import { prisma } from './connection.ts'
import { type FlashView, getFlash } from './flashes.ts'
import { type ImageView, listImages } from './images.ts'
import { type Channel, listen } from './listen.ts'
import { type LogLine, readLog } from './log.ts'
import { isEnded } from './requests.ts'
import { getRun, isId, type RunView } from './runs.ts'
import { sharedView } from './shared-view.ts'
import { listStations, type StationView } from './stations.ts'

/** Looks again even when no notification came: a lease that runs out tells nobody. */
const lookAgainMs = 5_000
const viewPauseMs = 100
/** Lists cost more, and their rows change with every few bytes of every card. */
const listPauseMs = 250

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

/** The stations as they are, then again after each change; ends when `signal` aborts. */
export function followStations(input: { signal: AbortSignal }): AsyncGenerator<StationView[]> {
  const subjects: Changing[] = [
    ['bramble_station', null],
    ['bramble_card', null],
  ]
  return sharedView('stations', (stop) => listChanges(subjects, listStations, stop), input.signal)
}

/** The images as they are, then again after each change; ends when `signal` aborts. */
export function followImages(input: { signal: AbortSignal }): AsyncGenerator<ImageView[]> {
  const subjects: Changing[] = [
    ['bramble_image', null],
    ['bramble_station', null],
  ]
  return sharedView('images', (stop) => listChanges(subjects, listImages, stop), input.signal)
}

/** The open alerts of one cluster (its name) or of all as they are, then again after each change. */
export function followAlerts(input: {
  cluster?: string | undefined
  signal: AbortSignal
}): AsyncGenerator<AlertView[]> {
  const list = async () => (await listAlerts({ cluster: input.cluster, open: true })).alerts
  const subject = `alerts ${input.cluster ?? ''}`
  return sharedView(subject, (stop) => listChanges([['bramble_alert', null]], list, stop), input.signal)
}

/** As `followRun`, but goes on until every written card is online: its Pi boots after the run has ended. */
export function followFlash(input: { run: string; signal?: AbortSignal | undefined }): AsyncGenerator<FlashView> {
  return sharedView(`flash ${input.run}`, (stop) => flashChanges(input.run, stop), input.signal)
}

async function* flashChanges(run: string, signal: AbortSignal): AsyncGenerator<FlashView> {
  let told = ''
  for await (const _ of changes([['bramble_run', run]], signal)) {
    const view = await getFlash(run)
    if (!view) return
    const text = JSON.stringify({ ...view, run: { ...view.run, lines: 0 } })
    if (text !== told) yield view
    told = text
    if (isEnded(view.run.status) && view.cards.every(({ phase }) => phase !== 'written' && phase !== 'booting')) return
    await sleep(viewPauseMs)
  }
}

async function* listChanges<T>(subjects: readonly Changing[], list: () => Promise<T>, signal: AbortSignal) {
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
