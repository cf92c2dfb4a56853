/**
 * The whole cluster goes back to a moment: PostgreSQL stops everywhere, one node restores and becomes the leader of the
 * same cluster, the others follow it. Until that one has come up the others keep the newest state, for the way back.
 */
import {
  type NodeSpec,
  nodesWith,
  type PastRestore,
  type RepositoryState,
  type RunOutcome,
  restoreTarget,
} from '@bramble/cluster'
import { gather } from '../core/gather.ts'
import { type Step, Trouble } from '../core/types.ts'
import { fileState } from '../facts/file.ts'
import { patroniCluster } from '../facts/patroni.ts'
import { type NodeEnd, outcomeOf, type Rolling, workOn } from '../rolling.ts'
import { takePulse } from '../survey.ts'
import { nodeNamed, readRepository, refuseWithout } from './place.ts'
import {
  Begun,
  beginStep,
  begunMark,
  electSteps,
  followSteps,
  leadAgainSteps,
  leadSteps,
  progressOf,
  type RestoreInput,
  rejoinSteps,
  restoreSteps,
  saveStep,
  stopStep,
} from './restore-steps.ts'
import { takeBackup } from './take.ts'

export interface Restored {
  outcome: RunOutcome
  /** Null: the cluster is as it was. */
  past: (PastRestore & { node: string; label: string }) | null
}

/** Troubles before anything is stopped: `no-backups`, `no-backup`, `too-early`, `in-the-future`, `copy-away`, … */
export async function restoreCluster(input: RestoreInput): Promise<Restored> {
  const started = Date.now()
  const { spec, to } = input
  refuseWithout(spec)
  const copies = await reachableCopies(input)
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
  const past = { at: begun.token, to: to?.toISOString() ?? null, fromTimeline, node, label }
  const following = await Promise.all(others.map((one) => on(input, one, followSteps(input, one))))
  const done = outcomeOf([...ends, ...following], seconds(), restoredWords(input, begun))
  if (done.status !== 'succeeded') return { outcome: done, past }
  return { outcome: await backUp(input, done), past }
}

/** Every check says whether it is still to do, so all count as to do. */
function on(input: Rolling, node: NodeSpec, steps: readonly Step[]): Promise<NodeEnd> {
  return workOn(input, { node: node.name, steps, settled: new Set(), todo: steps })
}

/** A copy that Bramble does not reach but Patroni does would be elected the moment the others stop. */
async function reachableCopies(input: RestoreInput): Promise<NodeSpec[]> {
  const { spec, fleet, signal } = input
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
  const alive = new Set(asked.flatMap(({ cluster }) => [cluster?.leader ?? [], Object.keys(cluster?.lag ?? {})].flat()))
  const hidden = copies.find((node) => !there.includes(node) && alive.has(node.name))
  if (hidden)
    throw new Trouble(
      'copy-away',
      `${hidden.name} cannot be reached, but it still takes part in the cluster: it would go on with the old data.`,
      `Bring ${hidden.name} back, or switch it off; then ask again. Nothing was stopped.`,
    )
  return there
}

const noCopy = () =>
  new Trouble('no-copy', 'No node keeps a copy of the database.', 'Give the role postgres to a node.')

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

function jsonOf(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null')
  } catch {
    return null
  }
}

/** Looks whether it can be done, brings the newest state to safety, and notes on the node what will be done. */
async function begin(input: RestoreInput, copies: readonly NodeSpec[]): Promise<Begun> {
  const { spec, since, to } = input
  if (to && to > since)
    throw new Trouble('in-the-future', 'That moment has not come yet.', 'Choose an earlier one, or the newest state.')
  const { pulse } = await takePulse(input)
  const lead = copies.find((node) => node.name === pulse.primary) ?? copies[0]!
  const early = targetOf(await readRepository(input), input)
  if (pulse.primary === lead.name) await must(input, lead, [saveStep(spec, new Date())])
  const state = await readRepository(input)
  const timeline = Number.parseInt(state.walNewest?.slice(0, 8) ?? '', 16) || 1
  const begun: Begun = { token: since.toISOString(), node: lead.name, ...early, timeline, target: early.timeline }
  await must(input, lead, [beginStep(begun)])
  return begun
}

function targetOf(state: RepositoryState, { to, restores, spec }: RestoreInput): { label: string; timeline: string } {
  const target = restoreTarget(state.backups, restores, to)
  if (!('refused' in target)) return target
  const [oldest] = state.backups
  throw oldest
    ? new Trouble(
        'too-early',
        `The oldest backup of ${spec.name} was ready at ${oldest.endedAt}: nothing before that can be restored.`,
        'Choose a later moment.',
      )
    : new Trouble('no-backup', `There is no backup of ${spec.name} yet.`, 'Make one first.')
}

async function must(input: RestoreInput, node: NodeSpec, steps: readonly Step[]): Promise<void> {
  const end = await on(input, node, steps)
  if (end.outcome !== 'succeeded')
    throw new Trouble('not-begun', end.message, 'Nothing was stopped. Mend that, then ask again.')
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
    return { ...failed, message: `${failed.message} The data is restored: Retry goes on with it.` }
  const text = 'The restore did not come through: the cluster goes back to the state that it had.'
  emit({ type: 'log', node: null, step: null, stream: 'bramble', text })
  // A cancel stops the restore, not the way back.
  const ends = await goBack({ ...input, signal: AbortSignal.timeout(wayBackMs) }, progress, lead, others)
  const stuck = ends.filter(({ outcome }) => outcome !== 'succeeded')
  const after =
    stuck.length === 0
      ? 'The cluster is back in the state that it had before.'
      : `It did not come back by itself: ${stuck.map(({ node, message }) => `${node}: ${message}`).join(' ')}`
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

function restoredWords({ to }: RestoreInput, begun: Begun): string {
  const when = to ? `as it was at ${to.toISOString()}` : 'in the newest state that the archive held'
  return `The database is ${when}, from the backup ${begun.label}. What was written later is not lost for good: restore to ${begun.token} to have it back, as long as the backups from before are kept.`
}

/** A new branch of history needs a backup of its own. */
async function backUp(input: RestoreInput, done: RunOutcome): Promise<RunOutcome> {
  const backup = await takeBackup({ ...input, type: 'full', since: new Date() }).catch((error: Error) => ({
    status: 'failed' as const,
    message: error.message,
  }))
  if (backup.status === 'succeeded') return { ...done, message: `${done.message} A full backup was made of it.` }
  return { ...done, status: 'partial', message: `${done.message} But no backup of it could be made: ${backup.message}` }
}
