/**
 * The whole cluster goes back to a moment, or takes the data of another one in: PostgreSQL stops everywhere, one node
 * restores and becomes the leader of the same cluster, the others follow it. Until that one has come up the others keep
 * what they have, for the way back.
 */
import {
  type NodeSpec,
  nodesWith,
  type PastRestore,
  type RepositoryState,
  type RunOutcome,
  restoreTarget,
} from '@bramble/cluster'
import { fileState } from '../engine/file.ts'
import { gather } from '../engine/gather.ts'
import { type Step, Trouble } from '../engine/types.ts'
import { patroniCluster } from '../facts/patroni.ts'
import { postgresMajor, versionFacts } from '../facts/releases.ts'
import { handOver } from '../roles/postgres/handover.ts'
import { type NodeEnd, outcomeOf, type Rolling, workOn } from '../rollout/rollout.ts'
import { takePulse } from '../rollout/survey.ts'
import { clearStep, electSteps, followSteps, leadAgainSteps, rejoinSteps, stanzaStep } from './follow-steps.ts'
import { nodeNamed, readRepository, refuseWithout, runnerOf } from './place.ts'
import {
  Begun,
  beginStep,
  begunMark,
  jsonOf,
  leadSteps,
  progressOf,
  type RestoreInput,
  restoredSystem,
  restoreSteps,
  saveStep,
  stopStep,
} from './restore-steps.ts'
import { forgetSource, openSource, readerOf, refuseMixing, refuseUnfit, sourceFiles } from './source.ts'
import { takeBackup } from './take.ts'

export interface Restored {
  outcome: RunOutcome
  /** Null: the cluster is as it was. */
  past: (PastRestore & { node: string; label: string }) | null
}

/**
 * Troubles before anything is stopped: `no-backups`, `no-backup`, `too-early`, `in-the-future`, `copy-away`; of another
 * cluster's backups also `source-…`, `same-repository`, `passphrase-wrong`, `version-differs`, `no-room`.
 */
export async function restoreCluster(input: RestoreInput): Promise<Restored> {
  refuseWithout(input.spec)
  const copies = await reachableCopies(input)
  try {
    return await restoreOnto(input, copies)
  } finally {
    // Whoever takes over needs it.
    if (input.source && (!input.signal.aborted || input.cancelled()))
      await Promise.allSettled(copies.map(async (node) => forgetSource(await input.fleet.connect(node))))
  }
}

async function restoreOnto(input: RestoreInput, copies: readonly NodeSpec[]): Promise<Restored> {
  const started = Date.now()
  const { spec, to, source, fleet, signal } = input
  const begun = (await findBegun(input, copies)) ?? (await begin(input, copies))
  const lead = nodeNamed(spec, begun.node)
  const others = copies.filter((node) => node !== lead)
  const seconds = () => (Date.now() - started) / 1000

  const ends = await restoreOne(input, begun, lead, others)
  if (ends.some(({ outcome }) => outcome !== 'succeeded')) {
    const failed = outcomeOf(ends, seconds())
    return { outcome: await afterFailure(input, begun, lead, others, failed), past: null }
  }
  const { node, label, timeline: fromTimeline } = begun
  const base = { at: begun.token, to: to?.toISOString() ?? null, fromTimeline, node, label }
  const past = { ...base, source: source?.name ?? null }
  const transport = await fleet.connect(lead, signal)
  const system = await restoredSystem(transport)
  const majorOf = async () => postgresMajor({ spec }, await gather(transport, versionFacts, { signal }))
  const first = system === null ? [] : [clearStep(spec, await majorOf(), system)]
  const following = await Promise.all(others.map((one) => on(input, one, followSteps(input, one, first))))
  const done = outcomeOf([...ends, ...following], seconds(), restoredWords(input, begun))
  if (done.status !== 'succeeded') return { outcome: done, past }
  return { outcome: await backUp(input, done, system), past }
}

/** Every check says whether it is still to do, so all count as to do. */
function on(input: Rolling, node: NodeSpec, steps: readonly Step[]): Promise<NodeEnd> {
  return workOn(input, { node: node.name, steps, settled: new Set(), todo: steps })
}

/** A copy that Bramble does not reach but Patroni does would be elected the moment the others stop. */
async function reachableCopies(input: RestoreInput): Promise<NodeSpec[]> {
  const { spec, fleet, signal, source } = input
  const copies = nodesWith(spec, 'postgres')
  const asked = await Promise.all(
    copies.map(async (node) => {
      try {
        return {
          node,
          cluster: (await gather(await fleet.connect(node, signal), [patroniCluster], { signal })).of(patroniCluster),
        }
      } catch (error) {
        return { node, cluster: null, error: error as Error }
      }
    }),
  )
  const there = asked.filter((entry) => !('error' in entry)).map(({ node }) => node)
  if (there.length === 0) throw asked.find((entry) => entry.error)?.error ?? noCopy()
  const away = copies.find((node) => !there.includes(node))
  // Later it would come back with another database than that of the cluster.
  if (source && away)
    throw new Trouble(
      'copy-away',
      `${away.name} is unreachable, and a restore replaces the data on every replica.`,
      `Bring ${away.name} back online or remove it from the cluster, then restore again. No service was stopped.`,
    )
  const alive = new Set(asked.flatMap(({ cluster }) => [cluster?.leader ?? [], Object.keys(cluster?.lag ?? {})].flat()))
  const hidden = copies.find((node) => !there.includes(node) && alive.has(node.name))
  if (hidden)
    throw new Trouble(
      'copy-away',
      `${hidden.name} is unreachable from Bramble but still runs in the cluster: it would continue with the old data.`,
      `Bring ${hidden.name} back online or turn it off, then restore again. No service was stopped.`,
    )
  return there
}

const noCopy = () =>
  new Trouble('no-copy', 'No node has a replica of the database.', 'Assign the role postgres to a node.')

/** Another worker began it, or a run before this one. */
async function findBegun({ fleet, signal, since }: RestoreInput, copies: readonly NodeSpec[]): Promise<Begun | null> {
  const mark = fileState(begunMark, { content: true })
  for (const node of copies) {
    const facts = await gather(await fleet.connect(node, signal), [mark], { signal })
    const found = Begun.safeParse(jsonOf(facts.of(mark).content))
    if (found.success && found.data.token === since.toISOString()) return found.data
  }
  return null
}

/** Looks whether it can be done, brings the newest state to safety, and notes on the node what will be done. */
async function begin(input: RestoreInput, copies: readonly NodeSpec[]): Promise<Begun> {
  const { spec, since, to, source } = input
  if (to && to > since)
    throw new Trouble(
      'in-the-future',
      'The restore time is in the future.',
      'Choose an earlier time, or the latest state.',
    )
  const { pulse } = await takePulse(input)
  const primary = copies.find((node) => node.name === pulse.primary)
  const lead = (source && readerOf(spec, source)) ?? primary ?? copies[0]!
  const own = await readRepository(input)
  const early = targetOf(source ? await lookAtSource(input, lead, copies) : own, input)
  if (primary && primary !== lead) await leadWith(input, primary, lead)
  // What was never backed up cannot be had back: then there is nothing to bring to safety.
  if (primary && own.backups.length > 0) await must(input, lead, [saveStep(spec, new Date())])
  const state = await readRepository(input)
  const timeline = Number.parseInt(state.walNewest?.slice(0, 8) ?? '', 16) || 1
  const begun: Begun = { token: since.toISOString(), node: lead.name, ...early, timeline, target: early.timeline }
  await must(input, lead, [beginStep(begun)])
  return begun
}

/** What the other cluster's repository holds, if it can come in here. */
async function lookAtSource(
  input: RestoreInput,
  lead: NodeSpec,
  copies: readonly NodeSpec[],
): Promise<RepositoryState> {
  const { spec, secrets, fleet, signal, emit } = input
  const source = input.source!
  refuseMixing(spec, source)
  const text = `Reading the backups of ${source.name} from ${lead.name}`
  emit({ type: 'log', node: lead.name, step: null, stream: 'bramble', text })
  const transport = await fleet.connect(lead, signal)
  const major = postgresMajor({ spec }, await gather(transport, versionFacts, { signal }))
  const state = await openSource(source, sourceFiles(source, { spec, secrets, major }), transport, signal)
  const { label } = targetOf(state, input)
  const bytes = state.backups.find((backup) => backup.label === label)?.size ?? 0
  const all = await Promise.all(copies.map(async (node) => ({ node, transport: await fleet.connect(node, signal) })))
  await refuseUnfit(spec, source, state, bytes, all)
  return state
}

/** A clean stop would hand the primary over as well, but not to the one that can read the other cluster's backups. */
async function leadWith(input: RestoreInput, primary: NodeSpec, lead: NodeSpec): Promise<void> {
  const { spec, fleet, signal, emit } = input
  const text = `Switching the primary from ${primary.name} to ${lead.name}, which can read the backups`
  emit({ type: 'log', node: primary.name, step: null, stream: 'bramble', text })
  await handOver({ spec, node: primary, transport: await fleet.connect(primary, signal), signal, to: lead.name })
}

function targetOf(
  state: RepositoryState,
  { to, restores, spec, source }: RestoreInput,
): { label: string; timeline: string } {
  const target = restoreTarget(state.backups, restores, to)
  if (!('refused' in target)) return target
  const [oldest] = state.backups
  const whose = source?.name ?? spec.name
  throw oldest
    ? new Trouble(
        'too-early',
        `The oldest backup of ${whose} finished at ${oldest.endedAt}: no earlier time can be restored.`,
        'Choose a later time.',
      )
    : new Trouble('no-backup', `There is no backup of ${whose} yet.`, 'Make a backup first.')
}

async function must(input: RestoreInput, node: NodeSpec, steps: readonly Step[]): Promise<void> {
  const end = await on(input, node, steps)
  if (end.outcome !== 'succeeded')
    throw new Trouble('not-begun', end.message, 'No service was stopped. Fix this, then restore again.')
}

/** Stops all, restores on one and brings it up. The last end is that of the last thing done. */
async function restoreOne(
  input: RestoreInput,
  begun: Begun,
  lead: NodeSpec,
  others: readonly NodeSpec[],
): Promise<NodeEnd[]> {
  const stopped = await Promise.all(others.map((node) => on(input, node, [stopStep(begun)])))
  if (stopped.some(({ outcome }) => outcome !== 'succeeded')) return stopped
  const steps = [stopStep(begun), ...restoreSteps(input, begun), ...leadSteps(input, lead)]
  return [await on(input, lead, steps)]
}

/** Back to the state from before, unless the restored node only failed to come up, or another worker takes over. */
async function afterFailure(
  input: RestoreInput,
  begun: Begun,
  lead: NodeSpec,
  others: readonly NodeSpec[],
  failed: RunOutcome,
): Promise<RunOutcome> {
  const { fleet, signal, cancelled, emit } = input
  if (signal.aborted && !cancelled()) return failed
  const progress = await progressOf(await fleet.connect(lead), begun)
  if (progress === 'restored')
    return { ...failed, message: `${failed.message} The data is restored. Press Retry to continue from there.` }
  const text = 'The restore failed. Returning the cluster to its previous state.'
  emit({ type: 'log', node: null, step: null, stream: 'bramble', text })
  // A cancel stops the restore, not the way back.
  const ends = await goBack({ ...input, signal: AbortSignal.timeout(wayBackMs) }, progress, lead, others)
  const stuck = ends.filter(({ outcome }) => outcome !== 'succeeded')
  const after =
    stuck.length === 0
      ? 'The cluster is back in its previous state.'
      : `The cluster did not recover: ${stuck.map(({ node, message }) => `${node}: ${message}`).join(' ')}`
  return { ...failed, message: `${failed.message} ${after}` }
}

const wayBackMs = 30 * 60_000

/** A node whose files were not touched has every write and leads; else one of the others does, and it is cloned anew. */
async function goBack(
  input: RestoreInput,
  progress: 'untouched' | 'touched',
  lead: NodeSpec,
  others: readonly NodeSpec[],
): Promise<NodeEnd[]> {
  const { spec } = input
  if (progress === 'untouched' || others.length === 0) {
    const first = await on(input, lead, leadAgainSteps(spec, lead))
    return [first, ...(await Promise.all(others.map((node) => on(input, node, followSteps(input, node)))))]
  }
  const ends = await Promise.all(others.map((node) => on(input, node, electSteps(spec))))
  if (ends.some(({ outcome }) => outcome !== 'succeeded')) return ends
  return [...ends, await on(input, lead, rejoinSteps(spec, lead))]
}

function restoredWords({ to, source, spec }: RestoreInput, begun: Begun): string {
  const when = to ? `as it was at ${to.toISOString()}` : 'in the latest archived state'
  const back = `restore to ${begun.token} to bring it back, as long as the earlier backups are kept.`
  if (source)
    return `The database of ${source.name} is in ${spec.name}, ${when}, from backup ${begun.label}. If ${spec.name} had its own backups, its previous data can be recovered: ${back}`
  return `The database is ${when}, from backup ${begun.label}. Later writes can be recovered: ${back}`
}

/** A new branch of history, or another database, needs a backup of its own. */
async function backUp(input: RestoreInput, done: RunOutcome, system: string | null): Promise<RunOutcome> {
  const backup = await backUpAnew(input, system).catch((error: Error) => ({
    status: 'failed' as const,
    message: error.message,
  }))
  if (backup.status === 'succeeded') return { ...done, message: `${done.message} A full backup was made.` }
  return { ...done, status: 'partial', message: `${done.message} The backup after it failed: ${backup.message}` }
}

async function backUpAnew(input: RestoreInput, system: string | null): Promise<Pick<RunOutcome, 'status' | 'message'>> {
  if (system !== null) {
    const { pulse } = await takePulse(input)
    const runner = runnerOf(input.spec, pulse)
    const told = await on(input, runner, [stanzaStep(input.spec, system)])
    if (told.outcome !== 'succeeded') return { status: 'failed', message: told.message }
  }
  return takeBackup({ ...input, type: 'full', since: new Date() })
}
