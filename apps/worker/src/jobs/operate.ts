/** Switchover, restart, reinit, pause, update, shutdown: carried out while clients write and read through the virtual IP, so that the outage is known. */
import type { RunOutcome } from '@bramble/cluster'
import type { RunEnd } from '@bramble/db'
import { operate, Trouble } from '@bramble/provision'
import { sightWords, startWitness, type Witness } from '@bramble/provision/checker'
import type { Site } from '../sites.ts'
import type { RunWork } from './run-work.ts'

/** Seconds that the cluster gets to take a write again after the last move. */
const recovery = 60

export async function operateJob(work: RunWork, site: Site): Promise<RunEnd> {
  const { run, journal, signal } = work
  const { operation } = run.request
  if (!operation) throw new Trouble('no-operation', 'This run does not say what to do.', 'Ask for it again.')
  if (run.takenOver) journal.say('Another worker began this and is gone: going on where it stopped.')
  // Of a shutdown the outage is the purpose.
  const witness = operation.kind === 'shutdown' ? null : await watchOutage(work, site)
  try {
    const outcome = await operate({
      spec: run.spec,
      secrets: site.secrets,
      fleet: site.fleet,
      operation,
      since: run.since,
      signal,
      emit: journal.emit.bind(journal),
    })
    if (operation.kind === 'shutdown') return { status: outcome.status, outcome, trouble: null }
    const words = witness
      ? sightWords(await witness.finish(recovery))
      : 'The outage was not measured: nothing answered on the virtual IP before.'
    journal.say(words)
    return { status: outcome.status, outcome: withWords(outcome, words), trouble: null }
  } finally {
    await witness?.end()
  }
}

const withWords = (outcome: RunOutcome, words: string): RunOutcome => ({
  ...outcome,
  message: `${outcome.message} ${words}`,
})

/** Null: the cluster takes no connection now, so there is nothing to measure. */
async function watchOutage({ run, journal }: RunWork, site: Site): Promise<Witness | null> {
  try {
    return await startWitness(run.spec, site.secrets, { patience: 10 })
  } catch (error) {
    journal.say(`No client could write through ${run.spec.vip} before it began: ${(error as Error).message}`)
    return null
  }
}
