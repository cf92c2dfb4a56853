/** Following flashes, stations and images. */
import { setTimeout as sleep } from 'node:timers/promises'
import { isEnded } from '../runs/requests.ts'
import { type Changing, changes, listChanges, viewPauseMs } from '../store/changes.ts'
import { sharedView } from '../store/shared-view.ts'
import { type FlashView, getFlash } from './flashes.ts'
import { type ImageView, listImages } from './images.ts'
import { listStations, type StationView } from './stations.ts'

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

/** As `followRun`, but continues until every written card is online: its Pi boots after the run has ended. */
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
