/** A person goes back to the version before. What was written since the upgrade is lost. */
import { nodesWith, staying } from '@bramble/cluster'
import { nodeNamed } from '../backup/place.ts'
import { fileState } from '../engine/file.ts'
import { gather } from '../engine/gather.ts'
import { Trouble } from '../engine/types.ts'
import { dataFolder } from '../roles/postgres/patroni.yml.ts'
import { type NodeEnd, outcomeOf } from '../rollout/rollout.ts'
import { type Begun, begunMark, begunOf } from './marks.ts'
import { all, askCopies, on, openUpgrade, type Upgraded, type UpgradeInput, versionOnly } from './preflight.ts'
import { withBackup } from './repository.ts'
import { returnTo } from './restore-old-version.ts'
import { ownSteps } from './steps.ts'

/** Troubles before anything is stopped: `no-upgrade`, `node-away`, `no-way-back`. */
export async function goBack(input: UpgradeInput): Promise<Upgraded> {
  const started = Date.now()
  const { spec } = input
  const { version, since } = openUpgrade(spec)
  const present = spec.postgres?.version ?? version
  const begun = await oldPrimary(input, since)
  const lead = nodeNamed(spec, begun.node)
  const others = nodesWith(staying(spec), 'postgres').filter((node) => node !== lead)
  const postgres = versionOnly(spec, version)
  const before = { ...input, spec: { ...spec, postgres } }
  await installOld(before)
  const ends = await returnTo(before, version, present, lead, others)
  const words = `PostgreSQL ${version} is online with its data from right before the upgrade of ${since}. Everything written after the upgrade was discarded.`
  const outcome = outcomeOf(ends, (Date.now() - started) / 1000, words)
  if (outcome.status !== 'succeeded') return { outcome, postgres: led(ends, lead.name) ? postgres : null }
  return { outcome: await withBackup(before, outcome), postgres }
}

/** A Pi that joined after the upgrade has the new version only. Trouble `not-begun`: nothing was stopped. */
function installOld(before: UpgradeInput): Promise<void> {
  return all(nodesWith(staying(before.spec), 'postgres'), (node) =>
    on(before, node, ownSteps(before, node, ['postgres/archive', 'postgres/packages'])),
  )
}

/** The first to come back leads; the stop before it is told without a change of the files. */
const led = (ends: readonly NodeEnd[], lead: string): boolean =>
  ends.length > 1 && ends[0]?.node === lead && ends[0].outcome === 'succeeded'

/** Who has every write from before the upgrade. */
async function oldPrimary(input: UpgradeInput, since: string): Promise<Begun> {
  const asked = await askCopies(input, [begunMark])
  const begun = asked.map(({ facts }) => begunOf(facts.of(begunMark).content)).find((found) => found?.token === since)
  const lead = input.spec.nodes.find(({ name }) => name === begun?.node)
  if (begun && lead) {
    const data = fileState(`${dataFolder(input.spec, begun.from)}/PG_VERSION`)
    const facts = await gather(await input.fleet.connect(lead, input.signal), [data], { signal: input.signal })
    if (facts.of(data).kind !== 'absent') return begun
  }
  throw new Trouble(
    'no-way-back',
    'The data from before the upgrade is no longer on the Pi that was the primary then.',
    'Finish the upgrade. A backup from before the upgrade has that data.',
  )
}
