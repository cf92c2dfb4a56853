/**
 * PostgreSQL's next major version: installed beside the old one while that serves; then everything stops, pg_upgrade copies
 * the data of the primary, the others are cloned. The old data stay as the way back until a person finishes the upgrade.
 */
import { backupNodes, type NodeSpec, nodesWith, type PostgresVersion, type RunOutcome, staying } from '@bramble/cluster'
import { followSteps } from '../backup/follow-steps.ts'
import { nodeNamed } from '../backup/place.ts'
import { leadSteps } from '../backup/restore-steps.ts'
import { gather } from '../engine/gather.ts'
import { Trouble } from '../engine/types.ts'
import { type NodeEnd, outcomeOf, type Rolling } from '../rollout/rollout.ts'
import { takePulse } from '../rollout/survey.ts'
import { type Begun, begunMark, begunOf, carriedOver } from './marks.ts'
import { begin, on, type Upgraded, type UpgradeInput, upgradedSpec, versionOnly } from './preflight.ts'
import { withBackup } from './repository.ts'
import { returnTo } from './restore-old-version.ts'
import { afterSteps, backupSteps, carryStep, ownSteps, stopStep } from './steps.ts'

export { finishUpgrade } from './finish.ts'
export type { Upgraded, UpgradeInput } from './preflight.ts'
export { goBack } from './rollback.ts'

/** Troubles before anything is stopped: those of `begin`. A later failure leads back to the old version by itself. */
export async function upgradePostgres(input: UpgradeInput, to: PostgresVersion): Promise<Upgraded> {
  const started = Date.now()
  const { spec } = input
  const begun = (await findBegun(input, to)) ?? (await begin(input, to))
  const next = { ...input, spec: upgradedSpec(spec, begun) }
  const lead = nodeNamed(spec, begun.node)
  const others = nodesWith(staying(spec), 'postgres').filter((node) => node !== lead)
  const seconds = () => (Date.now() - started) / 1000

  const ends = await carryOver(next, begun, lead, others)
  if (ends.some(({ outcome }) => outcome !== 'succeeded')) {
    const failed = outcomeOf(ends, seconds())
    return { outcome: await afterFailure(input, begun, lead, others, failed), postgres: null }
  }
  const postgres = next.spec.postgres ?? null
  const following = await Promise.all([
    on(next, lead, afterSteps(next.spec, begun)),
    ...others.map((node) => follow(next, node)),
    ...keepers(next).map((node) => on(next, node, backupSteps(next, node))),
  ])
  const done = outcomeOf(merged([...ends, ...following]), seconds(), upgradedWords(begun))
  if (done.status !== 'succeeded')
    return { outcome: { ...done, message: `${serves(begun)} ${done.message}` }, postgres }
  return { outcome: await withBackup(next, done), postgres }
}

/** Nodes that take part in backups and keep no copy. */
const keepers = ({ spec }: Rolling) => backupNodes(spec).filter(({ roles }) => !roles.includes('postgres'))

/** Another worker began it, or it is tried again after the new version had come up. */
async function findBegun({ spec, fleet, signal, since }: UpgradeInput, to: PostgresVersion): Promise<Begun | null> {
  const found = await Promise.all(
    nodesWith(staying(spec), 'postgres').map(async (node) => {
      try {
        const facts = await gather(await fleet.connect(node, signal), [begunMark], { signal })
        return begunOf(facts.of(begunMark).content)
      } catch (error) {
        if (error instanceof Trouble) return null
        throw error
      }
    }),
  )
  const tokens = [since.toISOString(), spec.postgres?.wayBack?.since]
  return found.find((begun) => begun?.to === to && tokens.includes(begun.token)) ?? null
}

/** Stops all, carries the data of the primary over and brings it up. Up to the stop of the primary clients write. */
async function carryOver(next: UpgradeInput, begun: Begun, lead: NodeSpec, others: readonly NodeSpec[]) {
  const { spec, fleet, signal } = next
  const facts = await gather(await fleet.connect(lead, signal), [carriedOver.fact], { signal })
  if (!carriedOver.holds(facts.of(carriedOver.fact).content, begun)) {
    const { pulse } = await takePulse(next)
    if (pulse.primary !== null && pulse.primary !== lead.name)
      return [moved(lead, `${pulse.primary} has become the primary in the meantime. Start the upgrade again.`)]
    const stopped = await Promise.all(others.map((node) => on(next, node, [stopStep(node)])))
    if (stopped.some(({ outcome }) => outcome !== 'succeeded')) return stopped
    const carried = await on(next, lead, [stopStep(lead), carryStep(spec, begun)])
    if (carried.outcome !== 'succeeded') return [carried]
  }
  // pgBackRest's files can wait until clients write again: what is archived meanwhile is tried again.
  const after = ['postgres/service', 'postgres/statements', 'backup/config', 'backup/server']
  return [
    await on(next, lead, [
      ...ownSteps(next, lead, ['postgres/config']),
      ...leadSteps(next, lead),
      ...ownSteps(next, lead, after),
    ]),
  ]
}

const moved = ({ name: node }: NodeSpec, message: string): NodeEnd => ({ node, outcome: 'failed', changed: 0, message })

/** Its folder of the new version is empty, so Patroni clones it. */
function follow(next: Rolling, node: NodeSpec): Promise<NodeEnd> {
  const files = ['backup/config', 'backup/server', 'postgres/config', 'postgres/service']
  return on(next, node, [...ownSteps(next, node, files), ...followSteps(next, node)])
}

/** One end a node: the first that did not succeed. */
function merged(ends: readonly NodeEnd[]): NodeEnd[] {
  const names = [...new Set(ends.map(({ node }) => node))]
  return names.map((name) => {
    const own = ends.filter(({ node }) => node === name)
    const changed = own.reduce((sum, end) => sum + end.changed, 0)
    return { ...(own.find(({ outcome }) => outcome !== 'succeeded') ?? own[0]!), changed }
  })
}

/** Back to the old data, unless another worker takes over. A cancel stops the upgrade, not the way back. */
async function afterFailure(
  input: UpgradeInput,
  { from, to }: Begun,
  lead: NodeSpec,
  others: readonly NodeSpec[],
  failed: RunOutcome,
): Promise<RunOutcome> {
  const { signal, cancelled, emit } = input
  if (signal.aborted && !cancelled()) return failed
  const text = `The upgrade failed. Returning the cluster to PostgreSQL ${from}.`
  emit({ type: 'log', node: null, step: null, stream: 'bramble', text })
  const before = { ...input, spec: { ...input.spec, postgres: versionOnly(input.spec, from) } }
  const ends = await returnTo({ ...before, signal: AbortSignal.timeout(wayBackMs) }, from, to, lead, others)
  const stuck = ends.filter(({ outcome }) => outcome !== 'succeeded')
  const after =
    stuck.length === 0
      ? `The cluster is back on PostgreSQL ${from}, with all data.`
      : `The cluster did not recover: ${stuck.map(({ node, message }) => `${node}: ${message}`).join(' ')}`
  return { ...failed, message: `${failed.message} ${after}` }
}

const wayBackMs = 60 * 60_000

const serves = ({ to }: Begun) => `PostgreSQL ${to} serves.`

const upgradedWords = ({ from, to }: Begun): string =>
  `PostgreSQL ${to} is online. The data of ${from} is kept for a rollback until you finish the upgrade.`
