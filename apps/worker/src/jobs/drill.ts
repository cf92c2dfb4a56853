/** Drill: something is broken on purpose, watched, undone, and what clients noticed is kept. */
import { endDrill, type RunEnd } from '@bramble/db/runs'
import { runDrill, Trouble } from '@bramble/provision'
import type { Site } from '../sites.ts'
import type { RunWork } from './run-work.ts'

export async function drillJob({ run, journal, signal }: RunWork, site: Site): Promise<RunEnd> {
  const { drill } = run.request
  if (!drill) throw new Trouble('no-drill', 'This run names no drill.', 'Start one on the Drills page.')
  if (run.takenOver) journal.say('The previous worker stopped: checking whether a fault is still active.')
  const { outcome, result } = await runDrill({
    spec: run.spec,
    secrets: site.secrets,
    fleet: site.fleet,
    drill,
    id: run.run,
    signal,
    emit: journal.emit.bind(journal),
  })
  if (result) await endDrill(run, result)
  return { status: outcome.status, outcome, trouble: null }
}
