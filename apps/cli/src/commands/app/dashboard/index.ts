/** One cluster of a dashboard, as the commands about apps ask it. */
import { appApi, printable, type RunEvent, type RunOutcome } from '@bramble/cluster'
import { Trouble } from '@bramble/provision'
import { tell } from '../../apply.ts'
import { printJson, printOutcome } from '../output.ts'
import { DashboardClient } from './client.ts'
import { followRun } from './run-events.ts'
import { readTokenFile } from './token-file.ts'

export interface DashboardOptions {
  to: string
  tokenFile: string
  /** Of the cluster. */
  name?: string
  json?: boolean
  verbose?: boolean
}

/** Milliseconds between two looks at a deploy that waits. */
const pollMs = 1_000

export interface Dashboard {
  client: DashboardClient
  cluster: string
  /** `/api/clusters/NAME`. */
  base: string
  signal: AbortSignal
  emit: (event: RunEvent) => void
  options: DashboardOptions
  /** What Ctrl-C says while `work` runs: `left` is what happens without this command. */
  whenLeft<T>(left: string, work: () => Promise<T>): Promise<T>
}

/** Ctrl-C ends the command and says what continues in the dashboard. Troubles `token-file`, `dashboard-address`, `cluster-unknown`. */
export async function withDashboard<T>(
  options: DashboardOptions,
  work: (dashboard: Dashboard) => Promise<T>,
): Promise<T> {
  const cancel = new AbortController()
  let left = 'Nothing was changed.'
  const onSignal = () => cancel.abort(new Trouble('interrupted', 'Interrupted.', left))
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  const { signal } = cancel
  try {
    const client = new DashboardClient(options.to, readTokenFile(options.tokenFile), signal)
    const cluster = await clusterOf(client, options.name)
    const emit = options.json ? (event: RunEvent) => printJson({ event }) : tell(options.verbose ?? false)
    return await work({
      ...{ client, cluster, signal, emit, options, base: `/api/clusters/${encodeURIComponent(cluster)}` },
      async whenLeft(words, during) {
        const before = left
        left = words
        return during().finally(() => {
          left = before
        })
      },
    })
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
  }
}

async function clusterOf(client: DashboardClient, wanted: string | undefined): Promise<string> {
  const names = (await client.ask(appApi.Clusters, '/api/clusters')).clusters.map(({ name }) => name)
  const [only] = names
  if (wanted === undefined && only !== undefined && names.length === 1) return only
  if (wanted !== undefined && names.includes(wanted)) return wanted
  throw new Trouble(
    'cluster-unknown',
    wanted === undefined
      ? `${client.url.host} has ${names.length === 0 ? 'no cluster' : 'several clusters'}.`
      : `${client.url.host} has no cluster ${printable(wanted)}.`,
    names.length === 0 ? 'Create one in the dashboard first.' : `Choose one of ${names.join(', ')} with --name.`,
  )
}

export const appPath = ({ base }: Pick<Dashboard, 'base'>, app: string): string =>
  `${base}/apps/${encodeURIComponent(app)}`

/** Trouble `app-unknown`. */
export const getApp = (dashboard: Dashboard, app: string): Promise<appApi.App> =>
  dashboard.client.ask(appApi.App, appPath(dashboard, app))

/** Asks for a deploy, a restart or the like, follows it to its end and prints how it ended. */
export async function carryOut(
  dashboard: Dashboard,
  asked: { app: string; body: object; removes?: boolean },
): Promise<RunOutcome> {
  const { client, base, options } = dashboard
  const { app, body, removes = false } = asked
  const path = appPath(dashboard, app)
  const page = client.page(`/clusters/${dashboard.cluster}/apps/${app}`)
  const begun = await dashboard.whenLeft(`The dashboard may have started it: ${page}`, () =>
    removes
      ? client.ask(appApi.Asked, path, { method: 'DELETE', body })
      : client.ask(appApi.Asked, `${path}/deploys`, { method: 'POST', body }),
  )
  const goesOn = begun.run ? client.page(`/runs/${begun.run}`) : page
  const outcome = await dashboard.whenLeft(`It continues in the dashboard: ${goesOn}`, async () => {
    const run = begun.run ?? (await whenStarted(dashboard, `${base}/deploys/${begun.deploy}`))
    return followRun(client, run, { event: dashboard.emit }, dashboard.signal)
  })
  printOutcome(outcome, options)
  return outcome
}

/** Waits while another run of the cluster is in progress. Trouble: it was cancelled, or a newer one took its place. */
async function whenStarted({ client, emit, signal }: Dashboard, path: string): Promise<string> {
  const text = 'Waiting: another run of the cluster is in progress.'
  emit({ type: 'log', node: null, step: null, stream: 'bramble', text })
  for (;;) {
    const { run, state, outcome } = await client.ask(appApi.Deploy, path)
    if (run !== null) return run
    if (state !== 'waiting')
      throw new Trouble(`deploy-${state}`, outcome ?? `The deploy ended as ${state}.`, 'Request it again if needed.')
    await pause(pollMs, signal)
  }
}

export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', end)
      resolve()
    }, ms)
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
  })
}
