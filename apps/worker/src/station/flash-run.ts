/** One flash from claim to end: held by a lease, told to a journal. Never handed over: who comes later cannot know the reader. */
import { LeaseLost, type RunEnd } from '@bramble/db/runs'
import { blanker, Trouble, troubleWords } from '@bramble/provision'
import { Journal } from '../journal.ts'
import { Hold } from '../lease.ts'
import { type FlashPlace, flashJob } from './flash-job.ts'
import type { ClaimedFlash, FlashServer } from './server.ts'

const cutShort = {
  code: 'cancelled',
  message: 'The run ended before this card was started.',
  cure: 'Press Flash again.',
}

/** `holds`: where a cancel finds it. */
export async function workOnFlash(
  id: string,
  server: FlashServer,
  holds: Map<string, Hold>,
  place: FlashPlace,
): Promise<void> {
  const flash = await server.claim(id)
  if (!flash) return
  const { leaseSeconds: seconds } = server
  const hold = new Hold(flash, { handsOver: false, seconds, renew: (lease) => server.renew(lease) })
  holds.set(id, hold)
  const journal = new Journal(
    flash,
    () => hold.stop('lost'),
    (lease, batch) => server.journal(lease, batch),
  )
  if (flash.kit.wifi) journal.redactWith(blanker([flash.kit.wifi.password], 8))
  try {
    // A cancel between the claim and this line was heard by nobody.
    await hold.beat()
    const end = await carryOut(flash, server, journal, hold, place)
    await journal.flush()
    const { reason } = hold
    if (reason === 'lost') return
    const rest = { trouble: end.trouble ?? cutShort, cancelled: reason !== undefined }
    await server.end(flash, reason === undefined || end.status === 'succeeded' ? end : cancelled(end), rest)
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error
  } finally {
    hold.end()
    journal.lose()
    if (holds.get(id) === hold) holds.delete(id)
  }
}

/** Never throws: what goes wrong is how the flash ends. */
async function carryOut(
  flash: ClaimedFlash,
  server: FlashServer,
  journal: Journal,
  { signal }: Hold,
  place: FlashPlace,
): Promise<RunEnd> {
  const started = performance.now()
  try {
    return await flashJob({ flash, server, journal, signal }, place)
  } catch (error) {
    const remedy = 'Press Flash again. If the error persists, report it with this message.'
    const trouble = troubleWords(error, 'Internal error of Bramble', remedy)
    if (signal.aborted) return failed({ ...trouble, message: 'Stopped.', cure: '' }, started)
    if (!(error instanceof Trouble)) console.error(`flash ${flash.run}:`, error)
    journal.say(`${trouble.message} ${trouble.cure}`)
    return failed(trouble, started)
  }
}

function failed(trouble: { code: string; message: string; cure: string }, started: number): RunEnd {
  const message = `${trouble.message} ${trouble.cure}`.trim()
  const seconds = (performance.now() - started) / 1000
  return { status: 'failed', outcome: { status: 'failed', changed: 0, seconds, message, nodes: [] }, trouble }
}

function cancelled(end: RunEnd): RunEnd {
  const outcome = end.outcome ?? { changed: 0, seconds: 0, nodes: [] }
  const message = end.outcome?.status === 'cancelled' ? end.outcome.message : 'Canceled. Press Flash to start again.'
  return { status: 'cancelled', outcome: { ...outcome, status: 'cancelled', message }, trouble: null }
}
