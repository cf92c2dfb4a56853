/** Server switch: HAProxy on every balancer is told, and the run goes on while open sessions end. */
import { recordSighting } from '@bramble/db/clusters'
import type { RunEnd } from '@bramble/db/runs'
import { switchServer, Trouble } from '@bramble/provision'
import type { Site } from '../sites.ts'
import type { RunWork } from './run-work.ts'

export async function serverSwitchJob({ run, journal, signal, cancelled }: RunWork, site: Site): Promise<RunEnd> {
  const { serverSwitch: change } = run.request
  if (!change) throw new Trouble('switch-invalid', 'This run names no server.', 'Choose one on the HAProxy page.')
  const { spec } = run
  if (run.takenOver) journal.say('The previous worker stopped: checking again and continuing.')
  const emit = journal.emit.bind(journal)
  const outcome = await switchServer({ spec, fleet: site.fleet, change, signal, cancelled, emit })
  for (const { node, outcome: end, message } of outcome.nodes)
    if (end === 'unreachable')
      await recordSighting(run.clusterId, node, { trouble: { code: 'unreachable', message, cure: '' } })
  return { status: outcome.status, outcome, trouble: null }
}
