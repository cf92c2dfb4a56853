/** What must hold before PostgreSQL is upgraded. Whatever is missing is named with its cure, and nothing was stopped. */
import {
  type ClusterSpec,
  type NodeSpec,
  nodesWith,
  PostgresSpec,
  PostgresVersion,
  type RunOutcome,
  sizeText,
  staying,
} from '@bramble/cluster'
import { takeBackup } from '../backup/take.ts'
import { command } from '../engine/command.ts'
import { gather } from '../engine/gather.ts'
import { type Fact, type Facts, type Step, Trouble } from '../engine/types.ts'
import { machine } from '../facts/os.ts'
import { patroniMember } from '../facts/patroni.ts'
import { dataFolder } from '../roles/postgres/patroni.yml.ts'
import { type NodeEnd, type Rolling, workOn } from '../rollout/rollout.ts'
import { type Survey, survey } from '../rollout/survey.ts'
import { type Begun, beginStep } from './marks.ts'
import { checkStep, extensionPackages, installSteps } from './steps.ts'

export interface UpgradeInput extends Rolling {
  /** When it was asked for. */
  since: Date
  /** The signal means that a person cancelled, not that another worker takes over. */
  cancelled: () => boolean
}

export interface Upgraded {
  outcome: RunOutcome
  /** What the spec is to say of PostgreSQL from now on; null: what it says already. */
  postgres: PostgresSpec | null
}

/** Bytes beside a second copy of the data: the write-ahead log of a busy hour. */
const spare = 512 * 1024 ** 2
/** Steps of these roles must be settled: the upgrade writes their files anew. */
const touched = ['postgres', 'backup']

/** Every check says whether it is still to do, so all count as to do. */
export function on(input: Rolling, node: NodeSpec, steps: readonly Step[]): Promise<NodeEnd> {
  return workOn(input, { node: node.name, steps, settled: new Set(), todo: steps })
}

/** The spec while both versions are there. */
export function upgradedSpec(spec: ClusterSpec, { from, to, token }: Begun): ClusterSpec {
  const wayBack = { version: from, since: token }
  return { ...spec, postgres: { ...PostgresSpec.parse({}), ...spec.postgres, version: to, wayBack } }
}

/** Trouble `no-upgrade` when there is nothing to finish or to go back from. */
export function openUpgrade({ postgres, name }: ClusterSpec): NonNullable<PostgresSpec['wayBack']> {
  if (postgres?.wayBack) return postgres.wayBack
  throw new Trouble('no-upgrade', `No upgrade of PostgreSQL is open on ${name}.`, 'Reload the page.')
}

/** Trouble `node-away` when one of the copies cannot be asked. */
export async function askCopies(
  { spec, fleet, signal }: UpgradeInput,
  facts: readonly Fact<unknown>[],
): Promise<{ name: string; facts: Facts }[]> {
  return Promise.all(
    nodesWith(staying(spec), 'postgres').map(async (node) => {
      try {
        return { name: node.name, facts: await gather(await fleet.connect(node, signal), facts, { signal }) }
      } catch (error) {
        if (!(error instanceof Trouble)) throw error
        throw new Trouble(
          'node-away',
          `${node.name} is unreachable: ${error.message}`,
          'Bring it back online or remove it from the cluster, then try again.',
        )
      }
    }),
  )
}

/** One version and no way back. Both may be installed, so the one that runs is named. */
export function versionOnly(spec: ClusterSpec, version: PostgresVersion): PostgresSpec {
  const { wayBack: _, ...rest } = spec.postgres ?? PostgresSpec.parse({})
  return { ...rest, version }
}

/**
 * Looks, makes a backup, installs the new version beside the old one, asks pg_upgrade, and notes what is begun.
 * Troubles: `upgrade-open`, `preflight`, `node-away`, `no-primary`, `not-newer`, `not-in-step`, `paused`, `plan-first`,
 * `no-room`, `backup-failed`, `not-begun`. The database serves all the while.
 */
export async function begin(input: UpgradeInput, to: PostgresVersion): Promise<Begun> {
  const { spec, since } = input
  refuseOpen(spec)
  const found = await survey(input)
  const { from, primary } = refuseUnready(spec, found, to)
  const copies = nodesWith(staying(spec), 'postgres')
  await refuseFull(input, copies, primary, from)
  const begun: Begun = { token: since.toISOString(), node: primary.name, from, to }
  if (spec.backup) await backUpFirst(input)
  const next = { ...input, spec: upgradedSpec(spec, begun) }
  await all(copies, async (node) => {
    const facts = await gather(await input.fleet.connect(node, input.signal), [extensionPackages(from)])
    return on(next, node, installSteps(next, node, begun, facts.of(extensionPackages(from))))
  })
  await all([primary], (node) => on(input, node, [checkStep(spec, begun)]))
  await all(copies, (node) => on(input, node, [beginStep(spec, begun, node.name)]))
  return begun
}

function refuseOpen({ postgres }: ClusterSpec): void {
  if (!postgres?.wayBack) return
  throw new Trouble(
    'upgrade-open',
    `The last upgrade is not finished: the data of PostgreSQL ${postgres.wayBack.version} is still kept.`,
    'Finish it or roll it back, then try again.',
  )
}

function refuseUnready(spec: ClusterSpec, { plan, pulse }: Survey, to: PostgresVersion) {
  const errors = plan.findings.filter(({ level }) => level === 'error')
  if (errors.length > 0)
    throw new Trouble(
      'preflight',
      errors.map(({ message }) => message).join(' '),
      errors.map(({ cure }) => cure).join(' '),
    )
  const away = plan.nodes.filter(({ trouble }) => trouble !== null).map(({ node }) => node)
  if (away.length > 0)
    throw new Trouble(
      'node-away',
      `${away.join(' and ')} is unreachable, and an upgrade needs every Pi.`,
      'Bring it back online or remove it from the cluster, then try again.',
    )
  const primary = spec.nodes.find(({ name }) => name === pulse.primary)
  const from = PostgresVersion.safeParse(pulse.postgresMajor)
  if (!primary || !from.success)
    throw new Trouble(
      'no-primary',
      'The cluster has no primary.',
      'Bring the Pis back online first; the Stack page shows what is wrong.',
    )
  if (to <= from.data)
    throw new Trouble(
      'not-newer',
      `The cluster already runs PostgreSQL ${from.data}.`,
      'Choose a newer version. A rollback to an older one is possible only until an upgrade is finished.',
    )
  const behind = nodesWith(staying(spec), 'postgres').filter(
    ({ name }) => name !== primary.name && !pulse.streaming.includes(name),
  )
  if (behind.length > 0)
    throw new Trouble(
      'not-in-step',
      `${behind.map(({ name }) => name).join(' and ')} is not replicating from the primary.`,
      'Wait until it has caught up, or reinitialize it. The Postgres page shows the replication lag.',
    )
  const todo = plan.nodes.find(({ steps }) =>
    steps?.some(({ role, verdict }) => verdict === 'todo' && touched.includes(role)),
  )
  if (todo)
    throw new Trouble(
      'plan-first',
      `Changed settings of PostgreSQL are not applied on ${todo.node} yet.`,
      'Press Reprovision and approve the plan, then upgrade.',
    )
  return { from: from.data, primary }
}

async function refuseFull(
  input: UpgradeInput,
  copies: readonly NodeSpec[],
  primary: NodeSpec,
  from: number,
): Promise<void> {
  const used = command(['du', '-sx', '--block-size=1', dataFolder(input.spec, from)], { timeout: 80 })
  const asked = await Promise.all(
    copies.map(async (node) => {
      const facts = await gather(await input.fleet.connect(node, input.signal), [machine, used, patroniMember])
      const { paused } = facts.of(patroniMember)
      return { node, free: facts.of(machine).diskFree, size: Number.parseInt(facts.of(used).stdout, 10), paused }
    }),
  )
  if (asked.some(({ paused }) => paused))
    throw new Trouble(
      'paused',
      'Patroni is paused, so no primary can be elected.',
      'Resume it first (Operate, Resume Patroni).',
    )
  const size = asked.find(({ node }) => node === primary)?.size
  if (!size) throw new Trouble('fault', `The size of the data on ${primary.name} could not be read.`, 'Try again.')
  const needed = Math.ceil(size * 1.1) + spare
  const full = asked.filter(({ free }) => free < needed)
  if (full.length > 0)
    throw new Trouble(
      'no-room',
      `There is not enough free space for a second copy of the data: ${full.map(({ node, free }) => `${node.name} has ${sizeText(free)} free`).join(', ')}, and ${sizeText(needed)} is needed.`,
      'Free some space there or use a larger card, then try again.',
    )
}

async function backUpFirst(input: UpgradeInput): Promise<void> {
  const { status, message } = await takeBackup({ ...input, type: 'incr' })
  if (status !== 'succeeded')
    throw new Trouble(
      'backup-failed',
      `The backup before the upgrade failed: ${message}`,
      'Fix the backups first (the Backups page shows more). The database was not changed.',
    )
}

/** Trouble `not-begun` when one of them did not come through; before anything was stopped. */
export async function all(nodes: readonly NodeSpec[], work: (node: NodeSpec) => Promise<NodeEnd>): Promise<void> {
  const ends = await Promise.all(nodes.map(work))
  const failed = ends.filter(({ outcome }) => outcome !== 'succeeded')
  if (failed.length > 0)
    throw new Trouble(
      'not-begun',
      failed.map(({ node, message }) => `${node}: ${message}`).join(' '),
      'The database was not changed and is online.',
    )
}
