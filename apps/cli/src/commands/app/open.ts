/** What the commands about apps share: the cluster, what is kept of its apps on this machine, and how events are told. */
import { join } from 'node:path'
import type { AppSpec, ClusterSpec, RunEvent } from '@bramble/cluster'
import { cancelled, ReleaseStore, Trouble } from '@bramble/provision'
import type { Command } from 'commander'
import { tell } from '../apply.ts'
import { type HeadlessOptions, openShared, readSpec, type Shared } from '../headless.ts'
import { printJson } from './output.ts'
import { AppValues } from './values.ts'

export interface AppOptions extends HeadlessOptions {
  cluster: string
  json?: boolean
  verbose?: boolean
}

/** Options that every command about apps has. */
export const withCluster = (command: Command): Command =>
  command
    .requiredOption('--cluster <file>', 'cluster file, see docs/cluster-file.md')
    .option('--data <folder>', 'data directory with the secrets of the cluster (default: $XDG_DATA_HOME/bramble)')
    .option('--json', 'print JSON')

export interface Opened extends Shared {
  releases: ReleaseStore
  values: AppValues
  /** The cluster file as it is now. */
  latest: () => ClusterSpec
  signal: AbortSignal
  emit: (event: RunEvent) => void
}

/** Opens the cluster, and ends what runs there with Ctrl-C. */
export async function withApps<T>(options: AppOptions, work: (opened: Opened) => Promise<T>): Promise<T> {
  const shared = await openShared(options.cluster, options)
  const cancel = new AbortController()
  const onSignal = (name: NodeJS.Signals) => cancel.abort(name === 'SIGINT' ? cancelled() : undefined)
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  const emit = options.json ? (event: RunEvent) => printJson({ event }) : tell(options.verbose ?? false)
  try {
    return await work({
      ...shared,
      ...{ signal: cancel.signal, emit, latest: () => readSpec(options.cluster) },
      releases: new ReleaseStore(join(shared.folder, 'releases')),
      values: new AppValues(shared.folder),
    })
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
    await shared.close()
  }
}

/** The entry of the cluster file. Trouble `app-unknown`. */
export function appOf({ spec }: Pick<Shared, 'spec'>, name: string): AppSpec {
  const apps = spec.apps ?? []
  const app = apps.find((entry) => entry.name === name)
  if (app) return app
  throw new Trouble(
    'app-unknown',
    `The cluster file has no app named ${name}.`,
    apps.length > 0 ? `It has ${apps.map((entry) => entry.name).join(', ')}.` : 'Deploy it first.',
  )
}
