/**
 * Makes a release serve: files to all nodes, the release command, the idle slot, the switch. Until the record `serving` is
 * written, whatever fails leaves the present release serving; from then on nothing needs Bramble.
 */
import { createHash } from 'node:crypto'
import { type AppSpec, type NodeSpec, nodesWith, type RunOutcome, staying } from '@bramble/cluster'
import { cancelled } from '../../../engine/cancel.ts'
import { blanker, redactor } from '../../../engine/redact.ts'
import type { Transport } from '../../../engine/transport.ts'
import { type Secret, Trouble } from '../../../engine/types.ts'
import { cleaned, outcomeOf, type Rolling } from '../../../rollout/rollout.ts'
import { environmentFile } from '../../../serving/environment-file.ts'
import { appNodes } from '../../../serving/nodes.ts'
import type { ServingRecord } from '../../../serving/records.ts'
import { type Claimed, claimApp, type Draft } from '../etcd/claim.ts'
import type { AppState } from '../etcd/state.ts'
import { openStore, type Store } from '../etcd/store.ts'
import { copyRelease, filesState, pruneFiles, writeEnvironment } from '../node/files.ts'
import { cleanOutcome, failure } from './outcome.ts'
import { type Progress, progressOf } from './progress.ts'
import { releaseCommand } from './release-command.ts'
import { waitForStart, waitForSwitch } from './waiting.ts'

export interface RolloutInput extends Rolling {
  app: AppSpec
  /** What is to serve, given what serves. */
  draft: (present: AppState) => Omit<Draft, 'environment'> & { environment?: string }
  /** Archive of the release; null: only nodes that have it already get it. */
  archive: string | null
  /** Values of the environment; null: the one that serves. */
  environment: Readonly<Record<string, string>> | null
  /** Nothing that is told has it. */
  databasePassword?: Secret
  /** Runs once before it serves; null: none. */
  command: string | null
  commandAnswer?: 'run' | 'skip' | undefined
  /** MB of a process where the record says nothing. */
  memory: number
  /** Whether a node has what the app needs beside its files, such as packages. */
  provided: (transport: Transport) => Promise<boolean>
  /** Before anything is copied, such as preparing nodes that are not ready for the app. */
  prepare: (needed: boolean, present: AppState) => Promise<void>
  /** What stays on the nodes beside what serves and what served before. Null: everything stays. */
  keep: { releases: readonly string[]; environments: readonly string[] } | null
  /** Of the outcome: "Deployed". */
  done: string
}

interface Reached {
  node: NodeSpec
  ready: boolean
}

export async function rollOut(input: RolloutInput): Promise<RunOutcome> {
  const started = Date.now()
  const password = input.databasePassword ? [input.databasePassword.reveal()] : []
  const blank = blanker([...Object.values(input.environment ?? {}), ...password], 8)
  const redact = redactor(input.secrets)
  const clean = (text: string) => blank(redact(text))
  const emit = cleaned(input.emit, clean)
  const progress = progressOf(emit)
  const own = { ...input, emit }
  const seconds = () => (Date.now() - started) / 1000
  let claimed: Claimed | null = null
  let serves = false
  try {
    const file = input.environment === null ? null : environmentOf(input.environment)
    const nodes = appNodes(input.spec, input.app)
    const { reached, away } = await reach(own, nodes)
    const balancers = nodesWith(staying(input.spec), 'balancer').map(({ name }) => name)
    const store = openStore({ ...input, first: reached.map(({ node }) => node.name) })
    claimed = await claimApp({
      ...{ store, app: input.app.name, signal: input.signal },
      draft: (present) => draftOf(input, file, present),
      waiting: (words) => progress.log(null, words),
    })
    const signal = AbortSignal.any([input.signal, claimed.lost])
    await input.prepare(
      reached.some(({ ready }) => !ready),
      claimed.before,
    )
    // First what failed deploys left, which may be all that the card has no space for.
    await prune(own, claimed, reached)
    await copyAll({ ...own, signal }, claimed.record, reached, file, progress)
    await commandOnce({ ...own, signal }, claimed, reached, progress)
    const lost = await startAll({ ...own, signal }, store, claimed, reached, progress)
    await claimed.serve()
    serves = true
    tellAway([...away, ...lost], progress)
    const late = await switchAll({ ...own, signal }, store, claimed.record, balancers, progress)
    tellEnds(claimed.record, reached, progress)
    await claimed.release().catch(() => undefined)
    const { generation, slot, release } = claimed.record
    const words = `${input.done} ${release.slice(0, 12)} (slot ${slot}, number ${generation}).`
    const rest = `${late.length > 0 ? ` ${late.join(' and ')} did not confirm the switch.` : ''}${closedWords(claimed)}`
    const outcome = outcomeOf([...progress.ends], seconds(), `${words}${rest}`)
    const all = outcome.status === 'partial' ? `${words}${rest} ${awayWords(progress)}` : outcome.message
    return cleanOutcome({ ...outcome, message: all }, clean)
  } catch (error) {
    if (!claimed) throw error
    // What served before goes on without Bramble; after the switch the new release does.
    await claimed.release().catch(() => undefined)
    if (!(error instanceof Trouble) && !input.signal.aborted) throw error
    return cleanOutcome(failure(input, { claimed, serves, error, progress, seconds: seconds() }), clean)
  }
}

const closedWords = ({ before: { app, availability } }: Claimed): string => {
  if (!availability) return ''
  const how = availability.state === 'stopped' ? 'is stopped' : 'shows its maintenance page'
  return ` ${app} ${how}: "app start" starts it.`
}

const awayWords = ({ ends }: Progress) =>
  ends.flatMap(({ node, outcome, message }) => (outcome === 'unreachable' ? [`${node}: ${message}`] : [])).join(' ')

function environmentOf(environment: Readonly<Record<string, string>>): { digest: string; content: string } {
  const content = environmentFile(environment)
  return { content, digest: createHash('sha256').update(content).digest('hex') }
}

function draftOf({ draft }: RolloutInput, file: { digest: string } | null, present: AppState): Draft {
  const drafted = draft(present)
  const environment = file?.digest ?? drafted.environment ?? present.serving?.environment
  if (environment === undefined) throw new Error('A first deploy has an environment')
  return { ...drafted, environment }
}

/** Asked at once, with what they have of the release. Nodes that do not answer are left out. */
async function reach(input: RolloutInput, nodes: readonly NodeSpec[]) {
  const away: { node: string; message: string }[] = []
  const asked = await Promise.all(
    nodes.map(async (node): Promise<Reached[]> => {
      try {
        const transport = await input.fleet.connect(node, input.signal)
        const [{ ready }, provided] = await Promise.all([
          filesState(transport, { app: input.app.name }, 'none', { signal: input.signal }),
          input.provided(transport),
        ])
        return [{ node, ready: ready && provided }]
      } catch (error) {
        if (input.signal.aborted) throw cancelled()
        if (!(error instanceof Trouble)) throw error
        away.push({ node: node.name, message: error.message })
        return []
      }
    }),
  )
  const reached = asked.flat()
  if (reached.length > 0) return { reached, away }
  throw new Trouble(
    'node-away',
    `None of the nodes of ${input.app.name} can be reached: ${away.map(({ node }) => node).join(', ')}.`,
    'Bring one back online, then try again.',
  )
}

async function copyAll(
  input: RolloutInput,
  record: ServingRecord,
  reached: readonly Reached[],
  file: { digest: string; content: string } | null,
  progress: Progress,
): Promise<void> {
  const { fleet, archive, signal } = input
  const at = { app: record.app }
  const title = `Copy release ${record.release.slice(0, 12)}`
  await allOrFirst(reached, ({ node }) =>
    progress.step(node.name, { id: 'apps/copy', title }, async (waiting) => {
      const transport = await fleet.connect(node, signal)
      if (file) await writeEnvironment(transport, at, file, { signal })
      if (archive === null) return
      const release = { digest: record.release, path: archive, kind: record.kind }
      const told = (there: number, all: number) => waiting(`${Math.floor((there / all) * 10) * 10} % copied`)
      await copyRelease(transport, { at, release, signal, progress: told })
    }),
  )
}

/** When one fails, its error is the one to tell; the others are waited for, so that nothing goes on behind it. */
async function allOrFirst<T>(list: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
  const ends = await Promise.allSettled(list.map(work))
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed) throw failed.reason
}

async function commandOnce(
  input: RolloutInput,
  claimed: Claimed,
  reached: readonly Reached[],
  progress: Progress,
): Promise<void> {
  const { command, fleet, memory, signal, commandAnswer: answer } = input
  if (command === null) return
  await claimed.phase('release-command')
  const nodes = reached.map(({ node }) => node)
  await progress.step(nodes[0]!.name, { id: 'apps/release-command', title: 'Run the release command' }, () =>
    releaseCommand({
      ...{ claimed, command, nodes, answer, signal },
      memory: claimed.record.memory ?? memory,
      connect: (node) => fleet.connect(node, signal.aborted ? undefined : signal),
      log: (node, text) => progress.log(node, text),
    }),
  )
}

/** The nodes that were lost on the way, when others answer. */
async function startAll(
  { signal }: RolloutInput,
  store: Store,
  claimed: Claimed,
  reached: readonly Reached[],
  progress: Progress,
) {
  const { record } = claimed
  await claimed.phase('starting')
  const names = reached.map(({ node }) => node.name)
  const told = new Map<string, (words: string) => void>()
  const waiting = (node: string, words: string) => told.get(node)?.(words)
  const ends = waitForStart({ store, record, nodes: names, waiting, signal })
  const results = await Promise.allSettled(
    names.map((node) =>
      progress.step(node, { id: 'apps/start', title: `Start slot ${record.slot}` }, async (wait) => {
        told.set(node, wait)
        const end = (await ends).get(node)
        if (end?.kind === 'failed')
          throw new Trouble(
            'app-unhealthy',
            `It does not start on ${node}: ${end.message}`,
            'Correct it and deploy again.',
          )
        if (end?.kind === 'lost')
          throw new Trouble('node-away', `${node} stopped reporting when the app was started.`, 'Check this node.')
      }),
    ),
  )
  const reasons = results.flatMap((end) => (end.status === 'rejected' ? [end.reason as Error] : []))
  const lost = [...(await ends)].flatMap(([node, { kind }]) => (kind === 'lost' ? [node] : []))
  const worst = reasons.find((error) => !(error instanceof Trouble) || error.code !== 'node-away') ?? reasons[0]
  if (worst && (reasons.length > lost.length || lost.length === names.length)) throw worst
  return lost.map((node) => ({ node, message: 'It stopped reporting.' }))
}

async function switchAll(
  { signal }: RolloutInput,
  store: Store,
  record: ServingRecord,
  balancers: readonly string[],
  progress: Progress,
): Promise<string[]> {
  const began = Date.now()
  const onSwitched = (node: string) =>
    progress.log(node, `Sends to slot ${record.slot} after ${((Date.now() - began) / 1000).toFixed(1)} s.`)
  return waitForSwitch({ store, record, balancers, onSwitched, signal })
}

function tellAway(away: readonly { node: string; message: string }[], progress: Progress): void {
  for (const { node, message } of away)
    progress.end(node, 'unreachable', `${message} It does not serve this app until it has the release.`)
}

function tellEnds({ slot, release }: ServingRecord, reached: readonly Reached[], progress: Progress): void {
  for (const { node } of reached)
    progress.end(node.name, 'succeeded', `Serves ${release.slice(0, 12)} in slot ${slot}.`)
}

/**
 * Under the claim, and before anything is copied: the files of the next deploy of the app are not there yet. A node that cannot do
 * it says so when the release is copied.
 */
async function prune({ fleet, keep }: RolloutInput, { before, record }: Claimed, reached: readonly Reached[]) {
  if (keep === null) return
  const of = (name: 'release' | 'environment') => [record[name], ...(before.serving ? [before.serving[name]] : [])]
  const kept = {
    releases: [...new Set([...of('release'), ...keep.releases])],
    environments: [...new Set([...of('environment'), ...keep.environments])],
  }
  await Promise.allSettled(
    reached.map(async ({ node }) => pruneFiles(await fleet.connect(node), { app: record.app }, kept)),
  )
}
