/** `app list` and `app show` with `--to`. */
import { type AppStatus, appApi, shortCommit } from '@bramble/cluster'
import { cronLines } from '../cron.ts'
import { print, printJson, stateWords, table } from '../output.ts'
import { type Dashboard, getApp } from './index.ts'

export async function listRemote({ client, base, options }: Dashboard): Promise<void> {
  const { apps } = await client.ask(appApi.Apps, `${base}/apps`)
  const rows = apps.map((app) => {
    const { name, domains, status } = app
    const nodes = status?.serving?.nodes.length ?? 0
    const release = releaseOf(app)
    return { name, release, availability: status?.availability ?? 'running', ready: readyNodes(status), nodes, domains }
  })
  if (options.json) return printJson(rows)
  const words = rows.map(({ name, release, availability, ready, nodes, domains }) => [
    ...[name, release?.slice(0, 12) ?? 'not deployed', stateWords(availability, ready, nodes), domains.join(', ')],
  ])
  print(words.length === 0 ? 'No apps.' : table(words))
}

const releaseOf = ({ status, release }: appApi.AppSummary): string | null =>
  status?.serving?.release ?? release?.digest ?? null

function readyNodes(status: AppStatus | null): number {
  const serving = status?.serving
  if (!status || !serving) return 0
  const isReady = (node: string) =>
    status.slots.some((slot) => slot.node === node && slot.slot === serving.slot && slot.state === 'ready')
  return serving.nodes.filter(isReady).length
}

export async function showRemote(dashboard: Dashboard, name: string): Promise<void> {
  const app = await getApp(dashboard, name)
  if (dashboard.options.json) return printJson(app)
  print(text(app))
}

function text(app: appApi.App): string {
  const { domains, status, releases } = app
  const serving = status?.serving ?? null
  const lines = [
    `Domains   ${domains.join(', ') || 'none'}`,
    `Serves    ${serving ? `${serving.release.slice(0, 12)}, slot ${serving.slot}, number ${serving.generation}` : 'nothing'}`,
  ]
  if (status && status.availability !== 'running')
    lines.push(`State     ${status.availability === 'stopped' ? 'stopped' : 'maintenance page'}; "app start" ends it`)
  const slots = (status?.slots ?? []).map(({ node, slot, release, state, restarts, message }) => [
    ...[node, `slot ${slot}`, `${state}${restarts > 0 ? `, restarted ${restarts} times` : ''}`],
    `${release.slice(0, 12)}${message ? `  ${message.split('\n')[0]}` : ''}`,
  ])
  const silent = (status?.silent ?? []).map((node) => [node, '', 'does not report', ''])
  lines.push('', table([...slots, ...silent]), '', ...cronLines(status?.cron ?? []))
  const unlimited = status?.unlimited ?? []
  if (unlimited.length > 0) lines.push(`Memory limits are not enforced on ${unlimited.join(', ')}.`, '')
  const rows = releases.map(({ digest, createdAt, serves, served, message, commit }) => [
    ...[digest.slice(0, 12), createdAt, serves ? 'serves' : served ? '' : 'did not serve'],
    ...[commit ? `${commit.branch} ${shortCommit(commit.commit)}` : '', message, commit ? `by ${commit.author}` : ''],
  ])
  lines.push(rows.length === 0 ? 'No releases are kept.' : 'Kept releases, newest first:', table(rows))
  return lines.join('\n').trimEnd()
}
