/** `./bramble app list` and `show`: what serves, where, and how it is. */
import { type AppImage, shortCommit } from '@bramble/cluster'
import { type AppsState, appNodes, cronRuns, type KeptRelease, readApps } from '@bramble/provision'
import { Command } from 'commander'
import { cronLines } from './cron.ts'
import { listRemote, showRemote } from './dashboard/show.ts'
import { appOf } from './open.ts'
import { print, printJson, stateWords, table } from './output.ts'
import { onTarget, type TargetOptions, withTarget } from './target.ts'

export function listCommand(): Command {
  return withTarget(new Command('list'))
    .description('show all apps')
    .action((options: TargetOptions) =>
      onTarget(options, {
        dashboard: listRemote,
        file: async (opened) => {
          const state = await readApps(opened)
          const names = [...new Set([...(opened.spec.apps ?? []).map(({ name }) => name), ...Object.keys(state.apps)])]
          const rows = names.map((name) => {
            const availability = state.apps[name]?.availability?.state ?? 'running'
            const app = opened.spec.apps?.find((one) => one.name === name)
            const wanted = app ? appNodes(opened.spec, app).length : 0
            const serving = state.apps[name]?.serving ?? null
            const ready = readyNodes(state, name).length
            const domains = app?.domains ?? serving?.domains ?? []
            const inClusterFile = Boolean(app)
            return {
              name,
              release: serving?.release ?? null,
              availability,
              ready,
              nodes: wanted,
              domains,
              inClusterFile,
            }
          })
          if (options.json) return printJson(rows)
          const words = rows.map(({ name, release, availability, ready, nodes, domains, inClusterFile }) => [
            name,
            release?.slice(0, 12) ?? 'not deployed',
            inClusterFile ? stateWords(availability, ready, nodes) : 'not in the cluster file',
            domains.join(', '),
          ])
          print(words.length === 0 ? 'No apps.' : table(words))
        },
      }),
    )
}

const readyNodes = ({ apps, reports }: AppsState, name: string): string[] => {
  const serving = apps[name]?.serving
  return serving
    ? serving.nodes.filter((node) => reports[node]?.slots[`${name}/${serving.slot}`]?.state === 'ready')
    : []
}

export function showCommand(): Command {
  return withTarget(new Command('show'))
    .description('show one app with its releases and nodes')
    .argument('<name>', 'name of the app')
    .action((name: string, options: TargetOptions) =>
      onTarget(options, {
        dashboard: (dashboard) => showRemote(dashboard, name),
        file: async (opened) => {
          const app = appOf(opened, name)
          const state = await readApps(opened)
          const releases = await opened.releases.list(name)
          if (options.json) {
            const {
              serving = null,
              availability = null,
              next = null,
              claimed = false,
              cron = {},
              commands = {},
            } = state.apps[name] ?? {}
            const nodes = Object.fromEntries(
              appNodes(opened.spec, app).map((node) => [node.name, slotsOf(state, name, node.name)]),
            )
            return printJson({ app, serving, availability, next, claimed, commands, cron, nodes, releases })
          }
          print(
            showText(
              state,
              name,
              appNodes(opened.spec, app).map((node) => node.name),
              app.domains,
              releases,
            ),
          )
        },
      }),
    )
}

const slotsOf = ({ reports }: AppsState, name: string, node: string) => {
  const report = reports[node]
  if (!report) return null
  const entries = Object.entries(report.slots).filter(([key]) => key.startsWith(`${name}/`))
  return Object.fromEntries(entries.map(([key, slot]) => [key.slice(name.length + 1), slot]))
}

function showText(
  state: AppsState,
  name: string,
  nodes: readonly string[],
  domains: readonly string[],
  releases: readonly KeptRelease[],
): string {
  const { serving = null, availability = null, next = null, claimed = false } = state.apps[name] ?? {}
  const lines = [
    `Domains   ${domains.join(', ') || 'none'}`,
    `Serves    ${serving ? `${serving.release.slice(0, 12)}, slot ${serving.slot}, number ${serving.generation}` : 'nothing'}`,
    ...(availability
      ? [
          `State     ${availability.state === 'stopped' ? 'stopped' : 'maintenance page'}, since ${availability.since}; "app start" ends it`,
        ]
      : []),
    ...(next
      ? [
          `Deploy    ${next.release.slice(0, 12)}: ${claimed ? next.phase : 'abandoned; deploy again'}, since ${next.since}`,
        ]
      : []),
    '',
  ]
  const rows = nodes.flatMap((node) => {
    const slots = slotsOf(state, name, node)
    if (!slots) return [[node, '', 'does not report', '']]
    const each = Object.entries(slots).map(([slot, { release, state: word, restarts, message }]) => [
      ...[node, `slot ${slot}`, `${word}${restarts > 0 ? `, restarted ${restarts} times` : ''}`],
      `${release.slice(0, 12)}${message ? `  ${message.split('\n')[0]}` : ''}`,
    ])
    return each.length > 0 ? each : [[node, '', 'runs nothing of it', '']]
  })
  lines.push(table(rows), '', ...cronLines(cronRuns(state.apps[name])))
  const unlimited = nodes.filter((node) => state.reports[node]?.memoryEnforced === false)
  if (unlimited.length > 0)
    lines.push(
      `Memory limits are not enforced on ${unlimited.join(', ')}: the kernel has no memory controller. On a Pi, apply turns it on.`,
      '',
    )
  lines.push(
    releases.length === 0 ? 'No releases are kept here.' : 'Kept releases, newest first:',
    table(
      releases.map(({ digest, at, served, message, commit, resolved: { image } }) => [
        ...[
          digest.slice(0, 12),
          at,
          digest === serving?.release ? 'serves' : served ? '' : 'did not serve',
          commit ? `${commit.branch} ${shortCommit(commit.commit)}` : image ? imageWords(image) : '',
          message ?? '',
          commit ? `by ${commit.author}` : '',
        ],
      ]),
    ),
  )
  return lines.join('\n').trimEnd()
}

/** With the digest that its tag had when it was pulled. */
const imageWords = ({ reference, digest, id }: AppImage): string =>
  `${reference ?? 'image'} ${(digest ?? id ?? '').slice(0, 19)}`
