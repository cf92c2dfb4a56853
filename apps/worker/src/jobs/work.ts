/** One run from claim to end: held by a lease, told to a journal, ended, given back or left to another worker. */
import { type ClaimedRun, claimRun, endRun, enqueueRun, LeaseLost, type RunEnd, releaseRun } from '@bramble/db/runs'
import { attachAll, Trouble, troubleWords } from '@bramble/provision'
import type { AppPlaces } from '../apps/places.ts'
import { Journal } from '../journal.ts'
import { Hold, type StopReason } from '../lease.ts'
import { openSite, type Site } from '../sites.ts'
import { appJob } from './app.ts'
import { appCommandJob } from './app-command.ts'
import { backupJob } from './backup.ts'
import { certificateJob } from './certificates.ts'
import { drillJob } from './drill.ts'
import { operateJob } from './operate.ts'
import { planJob } from './plan.ts'
import { provisionJob } from './provision.ts'
import type { RunWork } from './run-work.ts'
import { serverSwitchJob } from './server-switch.ts'

/** Milliseconds that an ending worker waits for the work to let go before it gives the run back all the same. */
const letGoMs = 4_000

/** Any run but a flash, which is its station's: see `station/flash-run.ts`. */
export async function workOnRun(id: string, owner: string, holds: Map<string, Hold>, apps: AppPlaces): Promise<void> {
  const run = await claimRun(id, owner)
  if (!run) return
  const hold = new Hold(run)
  holds.set(id, hold)
  const journal = new Journal(run, () => hold.stop('lost'))
  try {
    // A cancel between the claim and this line was heard by nobody.
    await hold.beat()
    const end = await Promise.race([
      carryOut({ run, journal, signal: hold.signal, cancelled: () => hold.reason === 'cancelled' }, apps),
      handedOver(hold),
    ])
    await journal.flush()
    // Read through a function: the field changes while this one waits.
    await settle(run, journal, end, reasonOf(hold))
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error
  } finally {
    hold.end()
    journal.lose()
    // A lease that was lost and claimed again by this same process has a hold of its own there.
    if (holds.get(id) === hold) holds.delete(id)
  }
}

const reasonOf = (hold: Hold): StopReason | undefined => hold.reason

async function settle(run: ClaimedRun, journal: Journal, end: RunEnd | null, reason: StopReason | undefined) {
  if (reason === 'lost') return
  if (reason === 'handover' || end === null) {
    journal.say('This worker is stopping: the run returns to the queue, and another worker continues it.')
    await journal.flush()
    await releaseRun(run)
    await enqueueRun(run.run, run.fence)
    return
  }
  // A deploy that is partly done serves: the cancel came after its switch.
  const serves = run.request.app && end.status === 'partial'
  await endRun(run, reason === undefined || serves ? end : cancelled(end))
}

/** Never throws: what goes wrong is how the run ends. */
async function carryOut(work: RunWork, apps: AppPlaces): Promise<RunEnd> {
  const started = performance.now()
  let site: Site | undefined
  try {
    site = await openSite(work.run)
    work.journal.redactWith(site.redact)
    const { kind } = work.run.request
    if (kind !== 'plan' && (work.run.takenOver || work.run.retry)) await attach(work, site)
    if (work.run.request.backup) return await backupJob(work, site)
    if (work.run.request.app) return await appJob(work, site, apps)
    if (kind === 'app-command') return await appCommandJob(work, site)
    if (work.run.request.operation) return await operateJob(work, site)
    if (kind === 'certificate-renewal') return await certificateJob(work, site)
    if (kind === 'drill') return await drillJob(work, site)
    if (kind === 'server-switch') return await serverSwitchJob(work, site)
    return await (kind === 'plan' ? planJob(work, site) : provisionJob(work, site))
  } catch (error) {
    const trouble = troubleWords(
      error,
      'Internal error of Bramble',
      'Press Retry. If the error persists, report it with this message.',
    )
    const changed = work.run.changedBefore.length
    if (work.signal.aborted) return failed({ ...trouble, message: 'Stopped.', cure: '' }, started, changed)
    if (!(error instanceof Trouble)) console.error(`run ${work.run.run}:`, error)
    const redact = site?.redact ?? (() => 'A fault before the secrets were open.')
    const told = error instanceof Trouble ? trouble : { ...trouble, message: redact(trouble.message) }
    work.journal.say(`${told.message} ${told.cure}`)
    return failed(told, started, changed)
  } finally {
    await site?.fleet.close()
  }
}

/** What an earlier worker began runs on the nodes without it: nothing is decided before it has ended. */
function attach({ run, signal, journal }: RunWork, { fleet }: Site): Promise<void> {
  return attachAll({ spec: run.spec, fleet, signal, emit: (event) => journal.emit(event) })
}

function failed(trouble: { code: string; message: string; cure: string }, started: number, changed: number): RunEnd {
  const message = `${trouble.message} ${trouble.cure}`.trim()
  const seconds = (performance.now() - started) / 1000
  return { status: 'failed', outcome: { status: 'failed', changed, seconds, message, nodes: [] }, trouble }
}

function cancelled(end: RunEnd): RunEnd {
  if (end.status === 'succeeded') return end
  const outcome = end.outcome ?? { changed: 0, seconds: 0, nodes: [] }
  const message =
    end.outcome?.status === 'cancelled' ? end.outcome.message : 'Canceled. Retry continues where it stopped.'
  return { status: 'cancelled', outcome: { ...outcome, status: 'cancelled', message }, trouble: null }
}

/** Null once this worker is to end and the work had its time to let go; otherwise never. */
function handedOver(hold: Hold): Promise<null> {
  return new Promise((resolve) => {
    hold.signal.addEventListener('abort', () => {
      if (hold.reason === 'handover') setTimeout(() => resolve(null), letGoMs).unref()
    })
  })
}
