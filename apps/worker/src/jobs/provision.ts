/** Provision and reprovision: what was approved is done, and what is done is written down. */
import { forgetLeft, recordSighting, standingSwitches } from '@bramble/db/clusters'
import type { RunEnd } from '@bramble/db/runs'
import { forgetLogins } from '@bramble/db/secrets'
import { apply, approvedSteps, keepSwitches, Trouble } from '@bramble/provision'
import type { Site } from '../sites.ts'
import type { RunWork } from './run-work.ts'

export async function provisionJob({ run, journal, signal }: RunWork, site: Site): Promise<RunEnd> {
  const { spec, request, approvedPlan } = run
  if (!approvedPlan || !request.approved)
    throw new Trouble(
      'not-approved',
      'No plan was approved for this run.',
      'Press Plan, review the plan, and approve it.',
    )
  if (run.takenOver) journal.say('The previous worker stopped: planning again and continuing where it left off.')
  else if (run.retry) journal.say('Retrying: finished steps are not repeated.')
  // The world is as it was approved, or, when part of the work is done already, nothing beyond the approved steps.
  const approved = run.takenOver || run.retry ? approvedSteps(approvedPlan) : request.approved
  const { only, replace } = request
  const { secrets, fleet } = site
  const emit = journal.emit.bind(journal)
  const outcome = await apply({
    spec,
    secrets,
    fleet,
    approved,
    changedBefore: run.changedBefore,
    signal,
    emit,
    ...(only ? { only } : {}),
    ...(replace ? { replace } : {}),
  })

  for (const { node, outcome: end, message } of outcome.nodes)
    if (end === 'unreachable')
      await recordSighting(run.clusterId, node, { trouble: { code: 'unreachable', message, cure: '' } })
    else if (end === 'succeeded') await recordSighting(run.clusterId, node, {})
  const done = outcome.nodes.filter((node) => node.outcome === 'succeeded').map((node) => node.node)
  if (!signal.aborted)
    await keepSwitches({ spec, fleet, standing: await standingSwitches(run.clusterId), only: done, signal, emit })
  if (outcome.status === 'succeeded') await forgetLogins(run.clusterId, done)
  const left = spec.nodes.filter(({ leaving }) => leaving).map(({ name }) => name)
  // One that could not be reached was shut out all the same: it is gone for the others.
  if (outcome.status === 'succeeded' && !only) await forgetLeft(run.clusterId, left)
  return { status: outcome.status, outcome, trouble: null }
}
