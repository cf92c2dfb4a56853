/** Nodes that were off during a deploy do not have the release that serves: it is copied to them. */
import { type ClusterSpec, nodesWith, type RunEvent, staying } from '@bramble/cluster'
import type { Fleet } from '../../engine/transport.ts'
import { Trouble } from '../../engine/types.ts'
import { appNodes } from '../../serving/nodes.ts'
import { keysOf, type ServingRecord } from '../../serving/records.ts'
import { type AppsState, readReports, readState, slotOn } from './etcd/state.ts'
import { openStore, type Store } from './etcd/store.ts'
import { copyRelease, filesState, writeEnvironment } from './node/files.ts'

export interface KeptFiles {
  /** Path of the archive; null: it is not kept. */
  archive: string | null
  /** Content of the environment file; null: it is not kept. */
  environment: string | null
}

export interface CompleteInput {
  spec: ClusterSpec
  fleet: Fleet
  signal: AbortSignal
  emit: (event: RunEvent) => void
  /** What Bramble keeps of what serves. */
  kept: (record: ServingRecord) => Promise<KeptFiles>
}

export interface Completed {
  app: string
  node: string
  /** Null: it has the release now. */
  problem: string | null
}

/**
 * Copies what serves to every node that does not have it; the agent there starts it. Nodes that cannot be reached
 * are left for another time.
 */
export async function completeApps(input: CompleteInput): Promise<Completed[]> {
  const store = openStore(input)
  await moveNodes(input, store)
  const [{ apps }, reports] = [await readState(store), await readReports(store)]
  const lacking = Object.values(apps).flatMap(({ serving, availability }) =>
    serving && availability?.state !== 'stopped'
      ? serving.nodes
          .filter((node) => [undefined, 'missing'].includes(slotOn(reports[node], serving)?.state))
          .map((node) => ({ node, serving }))
      : [],
  )
  const done: Completed[] = []
  for (const { node, serving } of lacking) {
    const problem = await complete(input, node, serving)
    if (problem !== undefined) done.push({ app: serving.app, node, problem })
  }
  return done
}

/**
 * A web node that joined the cluster is to serve the apps that run on every node, and one that left serves none. Nothing restarts
 * where an app runs. A node that stays keeps an app until it is scaled: only that drains it first.
 */
async function moveNodes({ spec, emit }: CompleteInput, store: Store): Promise<void> {
  const members = nodesWith(staying(spec), 'web').map(({ name }) => name)
  for (const { app, serving, claimed, revisions } of Object.values((await readState(store)).apps)) {
    const nodes = serving && nodesAfter(spec, app, serving.nodes, members)
    if (!serving || !nodes || claimed || revisions.serving === null) continue
    const keys = keysOf(app)
    const moved = await store.commit(
      [
        { key: keys.claim, absent: true },
        { key: keys.serving, revision: revisions.serving },
      ],
      [{ put: keys.serving, value: JSON.stringify({ ...serving, nodes }) }],
    )
    const text = `${app} runs on ${nodes.join(', ')}.`
    if (moved) emit({ type: 'log', node: null, step: null, stream: 'bramble', text })
  }
}

/** Whether an app is to run on other nodes than it does, because nodes joined or left. */
export function haveMoved(spec: ClusterSpec, { apps }: Pick<AppsState, 'apps'>): boolean {
  const members = nodesWith(staying(spec), 'web').map(({ name }) => name)
  return Object.values(apps).some(({ app, serving }) => serving && nodesAfter(spec, app, serving.nodes, members))
}

/** Null: they stay as they are. Never none: something has to serve. */
export function nodesAfter(
  spec: ClusterSpec,
  name: string,
  present: readonly string[],
  members: readonly string[],
): string[] | null {
  const app = spec.apps?.find((one) => one.name === name)
  const wanted = app ? appNodes(spec, app).map((node) => node.name) : []
  const kept = present.filter((node) => members.includes(node))
  const after = [...kept, ...wanted.filter((node) => !kept.includes(node))]
  return after.length === 0 || (after.length === present.length && kept.length === present.length) ? null : after
}

/** Undefined: there is nothing to do, or the node cannot be reached. Null: it has the release now. Else why not. */
async function complete(
  { spec, fleet, signal, emit, kept }: CompleteInput,
  name: string,
  serving: ServingRecord,
): Promise<string | null | undefined> {
  const node = spec.nodes.find((one) => one.name === name)
  if (!node) return undefined
  const at = { app: serving.app }
  try {
    const transport = await fleet.connect(node, signal)
    const found = await filesState(transport, at, serving.release, { signal })
    if (!found.ready) return `It is not prepared for ${serving.app}: apply the cluster file, then try again.`
    const { archive, environment } = await kept(serving)
    if (environment === null || (archive === null && !found.release))
      return `Release ${serving.release.slice(0, 12)} is not kept here: deploy the app again.`
    const text = `Copy release ${serving.release.slice(0, 12)} of ${serving.app}`
    emit({ type: 'log', node: name, step: null, stream: 'bramble', text })
    await writeEnvironment(transport, at, { digest: serving.environment, content: environment }, { signal })
    if (archive !== null)
      await copyRelease(transport, {
        at,
        release: { digest: serving.release, path: archive, kind: serving.kind },
        signal,
      })
    return null
  } catch (error) {
    if (signal.aborted || !(error instanceof Trouble)) throw error
    return error.code === 'unreachable' ? undefined : error.message
  }
}
