/** The other commands about apps with `--to`. */
import { type AppLogLine, type AppPlaces, appApi } from '@bramble/cluster'
import { Trouble } from '@bramble/provision'
import { confirm } from '../../confirm.ts'
import { print, printJson, table } from '../output.ts'
import { followEvents } from './events.ts'
import { appPath, carryOut, type Dashboard, getApp } from './index.ts'
import { followRun } from './run-events.ts'

/** `release`: the beginning of its digest; absent: the newest one that served before the present one. */
export async function rollbackRemote(
  dashboard: Dashboard,
  app: string,
  { release, yes }: { release: string | undefined; yes: boolean },
): Promise<void> {
  const { releases } = await getApp(dashboard, app)
  const others = releases.filter(({ served, serves }) => served && !serves)
  const found = others.find(({ digest }) => release === undefined || digest.startsWith(release))
  if (!found)
    throw new Trouble(
      'no-release',
      release === undefined
        ? `No earlier release of ${app} is kept.`
        : `No earlier release of ${app} begins with ${release}.`,
      others.length > 0
        ? `Available: ${others.map(({ digest }) => digest.slice(0, 12)).join(', ')}.`
        : 'Deploy the release again.',
    )
  if (!dashboard.options.json)
    print(
      `Release ${found.digest.slice(0, 12)} of ${found.createdAt} is live again. Database migrations are not undone.`,
    )
  if (!yes) await confirm(app)
  await carryOut(dashboard, { app, body: { kind: 'rollback', release: found.id } })
}

export async function scaleRemote(dashboard: Dashboard, app: string, places: AppPlaces): Promise<void> {
  await carryOut(dashboard, { app, body: { kind: 'scale', ...(places === 'all' ? { all: true } : places) } })
}

/** Its database goes, too. */
export async function removeRemote(
  dashboard: Dashboard,
  name: string,
  { yes, dropDatabase }: { yes: string | undefined; dropDatabase: boolean },
): Promise<void> {
  const { database, domains } = await getApp(dashboard, name)
  if (database && !dropDatabase)
    throw new Trouble(
      'app-options',
      `A dashboard drops the database of ${name} with the app.`,
      'Say with --drop-database that all that is in it may be lost. Nothing was changed.',
    )
  const serves = domains.length > 0 ? ` (${domains.join(', ')})` : ''
  const warning = `${name} is taken offline${serves}. Its releases, its environment and all files that it wrote on the nodes are deleted${database ? ', and its database with all that is in it' : ''}.`
  if (yes === undefined) await confirm(name, warning)
  else if (yes !== name)
    throw new Trouble('not-confirmed', `--yes names ${yes}, and not ${name}.`, 'Nothing was changed.')
  await carryOut(dashboard, { app: name, body: { name }, removes: true })
}

export async function runRemote(
  dashboard: Dashboard,
  app: string,
  { command, node }: { command: string; node: string | undefined },
): Promise<void> {
  const { client, options, signal } = dashboard
  const body = { command, ...(node === undefined ? {} : { node }) }
  const { run } = await client.ask(appApi.Started, `${appPath(dashboard, app)}/commands`, { method: 'POST', body })
  const onLine = (text: string) => (options.json ? printJson({ line: text }) : print(text))
  const outcome = await dashboard.whenLeft(
    `The command continues in the dashboard: ${client.page(`/runs/${run}`)}`,
    () => followRun(client, run, { line: ({ text }) => onLine(text) }, signal),
  )
  const code = outcome.exitCode ?? (outcome.status === 'succeeded' ? 0 : 1)
  if (options.json) printJson({ code, message: outcome.message })
  else if (outcome.exitCode === undefined) process.stderr.write(`${outcome.message}\n`)
  process.exitCode = code
}

export async function listVariables(dashboard: Dashboard, app: string): Promise<void> {
  const { variables } = await dashboard.client.ask(appApi.Variables, `${appPath(dashboard, app)}/environment`)
  const rows = variables.map(({ name, secret }) => ({ name, from: secret ? 'env set' : 'settings' }))
  if (dashboard.options.json) printJson(rows)
  else print(rows.length === 0 ? 'None.' : table(rows.map(({ name, from }) => [name, from])))
}

export async function changeVariables(
  dashboard: Dashboard,
  app: string,
  change: { set?: Readonly<Record<string, string>>; unset?: readonly string[] },
): Promise<void> {
  await dashboard.client.ask(appApi.Variables, `${appPath(dashboard, app)}/environment`, {
    method: 'PATCH',
    body: change,
  })
  const { set = {}, unset = [] } = change
  const words = unset.length > 0 ? `Removed ${unset.join(', ')}.` : `Set ${Object.keys(set).join(', ')}.`
  if (dashboard.options.json) printJson({ set: Object.keys(set), unset })
  else print(`${words} This takes effect with the next deploy, or with "app restart ${app}".`)
}

export interface RemoteLogs {
  /** Of each node. */
  lines: number
  follow: boolean
  process: string | undefined
}

/** Of one answer. */
const mostLines = 200

export async function logsRemote(dashboard: Dashboard, app: string, asked: RemoteLogs): Promise<void> {
  const { client, options, signal } = dashboard
  if (asked.lines > mostLines)
    throw new Trouble('app-options', `--lines must be ${mostLines} at most with --to.`, 'Ask for fewer lines.')
  const path = `${appPath(dashboard, app)}/log`
  const onLine = (line: AppLogLine) => {
    if (options.json) printJson(line)
    else print(`${line.at}  ${line.node}  ${line.process}  ${line.text}`)
  }
  const query = new URLSearchParams({ lines: `${Math.max(1, asked.lines)}` })
  if (asked.process !== undefined) query.set('process', asked.process)
  const recent = await client.ask(appApi.RecentLog, `${path}/recent?${query}`)
  const seen = new Set(recent.lines.map(keyOf))
  if (asked.lines > 0) recent.lines.forEach(onLine)
  if (!recent.complete) process.stderr.write('Not all nodes have answered: lines may be missing.\n')
  if (!asked.follow) return
  // The stream begins with the newest lines, and brings them again after a lost connection.
  const newest = new Map(recent.lines.map(({ node, at }) => [node, at]))
  for await (const { event, data } of untilLeft(followEvents(client, path, signal), signal)) {
    if (event === 'trouble') {
      const { code, message, cure } = appApi.Problem.parse(data)
      throw new Trouble(code, message, cure)
    }
    if (event === 'gap') process.stderr.write('Some lines were left out.\n')
    if (event !== 'log') continue
    for (const line of appApi.LogLines.parse(data)) {
      if (asked.process !== undefined && line.process !== asked.process) continue
      if (seen.has(keyOf(line)) || line.at < (newest.get(line.node) ?? '')) continue
      seen.add(keyOf(line))
      for (const oldest of seen.size > 10_000 ? seen : []) {
        seen.delete(oldest)
        break
      }
      onLine(line)
    }
  }
}

const keyOf = ({ at, node, process, text }: AppLogLine): string => JSON.stringify([at, node, process, text])

/** Ctrl-C ends what was followed, and is no error. */
async function* untilLeft<T>(events: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  try {
    yield* events
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
