/** The run that renews certificates: they were issued when the site was opened, and each node that can be reached gets its own. */
import type { RunEnd } from '@bramble/db/runs'
import { renewCertificates } from '@bramble/provision'
import type { Site } from '../sites.ts'
import type { RunWork } from './run-work.ts'

export async function certificateJob({ run, journal, signal }: RunWork, { secrets, fleet }: Site): Promise<RunEnd> {
  const emit = journal.emit.bind(journal)
  const outcome = await renewCertificates({ spec: run.spec, secrets, fleet, signal, emit })
  return { status: outcome.status, outcome, trouble: null }
}
