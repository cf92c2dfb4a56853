/** What a command about apps is for: the cluster of a cluster file, or one of a dashboard. */
import { Trouble } from '@bramble/provision'
import type { Command } from 'commander'
import type { Dashboard } from './dashboard/index.ts'
import type { AppOptions, Opened } from './open.ts'

export interface TargetOptions extends Omit<AppOptions, 'cluster'> {
  cluster?: string
  to?: string
  tokenFile?: string
  /** Of the cluster, in a dashboard with several. */
  name?: string
}

/** Options of every command that works on both. */
export const withTarget = (command: Command): Command =>
  command
    .option('--cluster <file>', 'cluster file, see docs/cluster-file.md')
    .option('--to <url>', 'instead of a cluster file: the address of a dashboard, such as http://192.168.1.5:3000')
    .option('--token-file <file>', 'with --to: file with an API token of the dashboard, readable by you only')
    .option('--name <cluster>', 'with --to: name of the cluster, if the dashboard has several')
    .option(
      '--data <folder>',
      'with --cluster: data directory with the secrets of the cluster (default: $XDG_DATA_HOME/bramble)',
    )
    .option('--json', 'print JSON')

interface Work<O> {
  file: (opened: Opened, options: O & AppOptions) => Promise<void>
  dashboard: (dashboard: Dashboard, options: O) => Promise<void>
}

/** Trouble `app-options`: the options do not say which of the two; then those of either. */
export async function onTarget<O extends TargetOptions>(options: O, work: Work<O>): Promise<void> {
  const { cluster, to, tokenFile, name, data } = options
  if (to === undefined) {
    if (cluster === undefined)
      throw wrong('It is not said which cluster.', 'Give --cluster FILE, or --to URL and --token-file FILE.')
    if (tokenFile !== undefined || name !== undefined)
      throw wrong('--token-file and --name belong to --to.', 'Leave them out, or give --to URL.')
    const { withApps } = await import('./open.ts')
    const chosen = { ...options, cluster }
    return withApps(chosen, (opened) => work.file(opened, chosen))
  }
  if (cluster !== undefined || data !== undefined)
    throw wrong('--cluster and --data are not for --to.', 'Give a cluster file, or the address of a dashboard.')
  if (tokenFile === undefined) throw wrong('--to needs --token-file.', 'Give the file that holds an API token.')
  const { withDashboard } = await import('./dashboard/index.ts')
  return withDashboard({ ...options, to, tokenFile }, (dashboard) => work.dashboard(dashboard, options))
}

/** Options that a dashboard has no use for. Trouble `app-options`. */
export function refuseForDashboard(given: Readonly<Record<string, [value: unknown, cure: string]>>): void {
  for (const [option, [value, cure]] of Object.entries(given))
    if (value !== undefined && value !== false) throw wrong(`${option} is not for --to.`, cure)
}

const wrong = (message: string, cure: string) => new Trouble('app-options', message, cure)
