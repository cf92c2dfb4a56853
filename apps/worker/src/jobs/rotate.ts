/** Rotation of secrets: what is replaced is stored before the nodes get it, and the run continues with what is stored. */
import type { Operation, RunOutcome } from '@bramble/cluster'
import { rotateSecrets } from '@bramble/provision'
import type { Site } from '../sites.ts'
import type { RunWork } from './run-work.ts'

export function rotate(
  { run, journal, signal }: RunWork,
  site: Site,
  { application, sftp }: Extract<Operation, { kind: 'rotate-secrets' }>,
): Promise<RunOutcome> {
  return rotateSecrets({
    spec: run.spec,
    secrets: site.secrets,
    fleet: site.fleet,
    choice: { application, sftp },
    // A retry continues what the run before it has begun.
    asked: run.since.toISOString(),
    async keep(change) {
      const kept = await site.keep(change)
      journal.redactWith(site.redact)
      return kept
    },
    signal,
    emit: (event) => journal.emit(event),
  })
}
