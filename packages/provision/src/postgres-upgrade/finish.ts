/** The way back is given up: the old data and the packages of the old version are removed. Nothing stops. */
import { nodesWith, staying } from '@bramble/cluster'
import { outcomeOf } from '../rollout/rollout.ts'
import { forgetStep } from './marks.ts'
import { askCopies, on, openUpgrade, type Upgraded, type UpgradeInput, versionOnly } from './preflight.ts'
import { clearStep, extensionPackages, ownSteps, removePackagesStep } from './steps.ts'

/** Troubles before anything is removed: `no-upgrade`, `node-away`. */
export async function finishUpgrade(input: UpgradeInput): Promise<Upgraded> {
  const started = Date.now()
  const { spec } = input
  const { version } = openUpgrade(spec)
  const postgres = versionOnly(spec, spec.postgres?.version ?? version)
  const after = { ...input, spec: { ...spec, postgres } }
  const extensions = extensionPackages(version)
  const asked = await askCopies(input, [extensions])
  const ends = await Promise.all(
    nodesWith(staying(spec), 'postgres').map((node) => {
      const own = asked.find(({ name }) => name === node.name)?.facts.of(extensions) ?? []
      return on(after, node, [
        clearStep(spec, version),
        removePackagesStep(version, own),
        ...ownSteps(after, node, ['postgres/archive']),
        forgetStep(),
      ])
    }),
  )
  const words = `The upgrade is finished: the data and the packages of PostgreSQL ${version} were deleted.`
  const outcome = outcomeOf(ends, (Date.now() - started) / 1000, words)
  // Half removed is no way back any more.
  return { outcome, postgres: outcome.status === 'succeeded' ? postgres : null }
}
