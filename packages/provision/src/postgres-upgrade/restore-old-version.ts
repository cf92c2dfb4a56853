/** Back to the data of the version before: stop all, point to the old folders, start; the new data are thrown away then. */
import { backupNodes, type NodeSpec, type PostgresVersion } from '@bramble/cluster'
import { followSteps } from '../backup/follow-steps.ts'
import { leadSteps } from '../backup/restore-steps.ts'
import type { NodeEnd, Rolling } from '../rollout/rollout.ts'
import { takePulse } from '../rollout/survey.ts'
import { forgetStep } from './marks.ts'
import { on } from './preflight.ts'
import { backupSteps, clearStep, ownSteps, stopStep } from './steps.ts'

/**
 * `input.spec` is that of the old version; `lead` was the primary when the upgrade began, and has every write of then.
 * The ends of the first step that did not succeed, else one a copy.
 */
export async function returnTo(
  input: Rolling,
  from: PostgresVersion,
  left: PostgresVersion,
  lead: NodeSpec,
  others: readonly NodeSpec[],
): Promise<NodeEnd[]> {
  const { pulse } = await takePulse(input)
  // It came back already, or was never stopped.
  const leads = pulse.primary === lead.name && pulse.postgresMajor === from
  if (!leads) {
    // The old primary last: until then nobody else may take over from it.
    const stopped = await Promise.all(others.map((node) => on(input, node, [stopStep(node)])))
    if (bad(stopped)) return stopped
    const last = await on(input, lead, [stopStep(lead)])
    if (bad([last])) return [last]
  }
  const first = await on(input, lead, [
    ...ownSteps(input, lead, ['postgres/config']),
    ...leadSteps(input, lead),
    // pgBackRest's files can wait until clients write again.
    ...ownSteps(input, lead, ['postgres/service', 'backup/config', 'backup/server']),
    clearStep(input.spec, left),
    forgetStep(),
  ])
  if (bad([first])) return [first]
  const keepers = backupNodes(input.spec).filter(({ roles }) => !roles.includes('postgres'))
  const following = await Promise.all([
    ...others.map((node) =>
      on(input, node, [
        ...ownSteps(input, node, ['backup/config', 'backup/server', 'postgres/config', 'postgres/service']),
        ...followSteps(input, node),
        clearStep(input.spec, left),
        forgetStep(),
      ]),
    ),
    ...keepers.map((node) => on(input, node, backupSteps(input, node))),
  ])
  return [first, ...following]
}

const bad = (ends: readonly NodeEnd[]): boolean => ends.some(({ outcome }) => outcome !== 'succeeded')
