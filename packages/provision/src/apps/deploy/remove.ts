/** Removes an app: what serves ends, and its files, and its database when that was asked for. */
import type { AppSpec, ClusterSpec, RunOutcome } from '@bramble/cluster'
import type { Transport } from '../../engine/transport.ts'
import { Trouble } from '../../engine/types.ts'
import { outcomeOf, type Rolling } from '../../rollout/rollout.ts'
import { buildCaches } from '../../serving/paths.ts'
import { appsPrefix, keysOf, removedKey } from '../../serving/records.ts'
import { dropDatabase } from './database.ts'
import { appState, readState } from './etcd/state.ts'
import { openStore } from './etcd/store.ts'
import { removeFiles } from './node/files.ts'
import { prepareNodes } from './rollout/prepare.ts'
import { progressOf } from './rollout/progress.ts'
import { waitForEnd } from './rollout/waiting.ts'

export interface RemoveInput extends Rolling {
  app: Pick<AppSpec, 'name'>
  /** True: its database goes too, with all that is in it. */
  dropDatabase: boolean
  /** Holds the cluster while nodes are changed; absent: the caller holds it. */
  exclusively?: <T>(work: () => Promise<T>) => Promise<T>
  /** The spec as it is while the cluster is held: another app may have been added meanwhile. Absent: `spec`. */
  latest?: () => ClusterSpec
}

/** Running it again completes it. Trouble: app-busy, app-still-runs, etcd-unavailable, no-primary. */
export async function removeApp(input: RemoveInput): Promise<RunOutcome> {
  const started = Date.now()
  const { spec, fleet, app, signal, exclusively = (work) => work() } = input
  const progress = progressOf(input.emit)
  const store = openStore({ spec, fleet })
  const before = appState(await readState(store), app.name)
  if (before.claimed)
    throw new Trouble(
      'app-busy',
      `${app.name} is being deployed.`,
      'Wait until the deploy has finished, then remove it.',
    )
  const free = { key: keysOf(app.name).claim, absent: true } as const
  const gone = { put: removedKey(app.name), value: JSON.stringify({ at: new Date().toISOString() }) }
  if (!(await store.commit([free], [{ removePrefix: `${appsPrefix}${app.name}/` }, gone])))
    throw new Trouble(
      'app-busy',
      `${app.name} is being deployed.`,
      'Wait until the deploy has finished, then remove it.',
    )
  progress.log(null, 'The app no longer receives requests; the nodes stop it.')
  await waitForEnd({ store, app: app.name, signal })
  await exclusively(() => prepareNodes({ ...input, spec: withoutApp(input.latest?.() ?? spec, app.name) }))
  await Promise.all(
    spec.nodes.map(async (node) => {
      try {
        const transport = await fleet.connect(node, signal)
        await progress.step(node.name, { id: 'apps/remove', title: 'Remove the files of the app' }, () =>
          removeFrom(transport, app.name),
        )
        progress.end(node.name, 'succeeded', 'Removed.')
      } catch (error) {
        if (signal.aborted || !(error instanceof Trouble)) throw error
        const unreachable = error.code === 'unreachable'
        progress.end(node.name, unreachable ? 'unreachable' : 'failed', error.message)
      }
    }),
  )
  // A removal that failed on a node can be repeated; the data of the app is not given up before.
  const drop = input.dropDatabase && !progress.ends.some(({ outcome }) => outcome === 'failed')
  if (drop) await dropDatabase(input)
  const database = drop ? ' Its database is dropped.' : ''
  return outcomeOf([...progress.ends], (Date.now() - started) / 1000, `${app.name} is removed.${database}`)
}

async function removeFrom(transport: Transport, app: string): Promise<void> {
  await removeFiles(transport, { app })
  // What its builds keep on the node that builds.
  await transport.exec(['rm', '-rf', '--', `${buildCaches}/${app}`], { as: 'root', timeout: 300_000 })
}

const withoutApp = (spec: ClusterSpec, app: string): ClusterSpec => ({
  ...spec,
  apps: (spec.apps ?? []).filter(({ name }) => name !== app),
})
