/** Deploys, rolls back and restarts an app: three ways to make a release serve. */
import { type AppSpec, type ClusterSpec, healthTimeout, type RunOutcome } from '@bramble/cluster'
import { type Secret, Trouble } from '../../engine/types.ts'
import type { Rolling } from '../../rollout/rollout.ts'
import { appNodes } from '../../serving/nodes.ts'
import type { ResolvedApp } from '../detect/index.ts'
import { createDatabase, databaseUrl } from './database.ts'
import { commonPackages, differs, isProvided } from './needs.ts'
import { prepareNodes } from './rollout/prepare.ts'
import { type RolloutInput, rollOut } from './rollout/rollout.ts'

/** How a release is run: what was resolved when it was uploaded or built. */
export type RunnableApp = Pick<ResolvedApp, 'kind' | 'processes' | 'release' | 'health' | 'folder'> &
  Partial<Pick<ResolvedApp, 'packages' | 'build' | 'timeout' | 'memory' | 'cron'>>

export interface DeployableRelease {
  /** SHA-256 of the archive, in hex. */
  digest: string
  /** The archive: a tar as of `readSource` or `buildRelease`. Null: only nodes that have the release get it. */
  path: string | null
  resolved: RunnableApp
}

export interface DeployInput extends Rolling {
  /** As the spec has it. */
  app: AppSpec
  release: DeployableRelease
  /** All values that its processes get, secret ones included; without DATABASE_URL. */
  environment: Readonly<Record<string, string>>
  /** Of the app's role; needed with `database: true`. */
  databasePassword?: Secret
  /** What a person said when an earlier attempt's release command had begun and its end is not known. */
  releaseCommand?: 'run' | 'skip'
  /** Kept releases and environments: they stay on the nodes. */
  keep?: { releases: readonly string[]; environments: readonly string[] }
  /** Holds the cluster while nodes are prepared; absent: the caller holds it. */
  exclusively?: <T>(work: () => Promise<T>) => Promise<T>
  /** The spec as it is while the cluster is held: another app may have been added meanwhile. Absent: `spec`. */
  latest?: () => ClusterSpec
}

/** MB, where neither the app nor the node says more: for commands. */
export const commandMemory = 512

/**
 * Troubles before anything is changed: node-away, preflight, not-provisioned, app-busy, app-ports, etcd-unavailable,
 * no-primary. What fails later is in the outcome, and then the release that served keeps serving.
 */
export function deployApp(input: DeployInput): Promise<RunOutcome> {
  return rollOut({ ...rolloutOf(input), command: input.release.resolved.release, done: 'Deployed' })
}

/** The same with a release that was deployed before, and its environment. Its release command does not run: migrations stay. */
export function rollbackApp(input: DeployInput): Promise<RunOutcome> {
  return rollOut({ ...rolloutOf(input), command: null, done: 'Rolled back to' })
}

export interface RestartInput extends Rolling {
  app: AppSpec
  /** Other values than those that serve; absent: the same ones. */
  environment?: Readonly<Record<string, string>>
  databasePassword?: Secret
}

/** Starts the release that serves once more in the idle slot, and switches: no request fails. Trouble `app-not-deployed`. */
export function restartApp(input: RestartInput): Promise<RunOutcome> {
  const { app, environment } = input
  return rollOut({
    ...input,
    archive: null,
    command: null,
    environment: environment ? appEnvironment({ ...input, environment }) : null,
    memory: commandMemory,
    keep: null,
    provided: async () => true,
    prepare: async () => undefined,
    done: 'Restarted',
    draft({ serving, availability }) {
      if (!serving) throw notDeployed(app.name)
      if (availability?.state === 'stopped')
        throw new Trouble('app-stopped', `${app.name} is stopped.`, `Start it with "app start ${app.name}".`)
      const { generation: _, slot: __, port: ___, ...draft } = serving
      return { ...draft, cron: app.cron ?? draft.cron }
    },
  })
}

export const notDeployed = (app: string) =>
  new Trouble('app-not-deployed', `${app} is not deployed.`, 'Deploy it first.')

/** The app as the roles have to know it: with the kind and the packages of the release. */
function appAsDeployed(app: AppSpec, { kind, packages }: RunnableApp): AppSpec {
  const all = [...new Set([...(app.packages ?? []), ...(packages ? commonPackages(packages) : [])])]
  return { ...app, kind, ...(all.length > 0 ? { packages: all } : {}) }
}

function rolloutOf(input: DeployInput): Omit<RolloutInput, 'command' | 'done'> {
  const { release, keep = { releases: [], environments: [] }, exclusively = (work) => work() } = input
  const { resolved } = release
  const app = appAsDeployed(input.app, resolved)
  const spec = withApp(input.spec, app)
  const nodes = appNodes(spec, app).map(({ name }) => name)
  const memory = app.memory ?? resolved.memory ?? null
  if (app.database && !input.databasePassword) throw new Error('An app with a database needs its password')
  return {
    ...input,
    ...{ spec, app, keep },
    archive: release.path,
    commandAnswer: input.releaseCommand,
    environment: appEnvironment(input),
    memory: memory ?? commandMemory,
    draft: () => ({
      ...{ app: app.name, release: release.digest, kind: resolved.kind, processes: resolved.processes },
      ...{ folder: resolved.folder, domains: app.domains, nodes, memory },
      cron: app.cron ?? resolved.cron ?? [],
      health: { path: resolved.health, timeout: app.health.timeout ?? resolved.timeout ?? healthTimeout },
    }),
    provided: (transport) => isProvided(transport, app, input.signal),
    async prepare(needed, present) {
      if (needed || differs(app, nodes, resolved.health, present))
        await exclusively(() => prepareNodes({ ...input, spec: withApp(input.latest?.() ?? spec, app) }))
      if (app.database) await createDatabase({ ...input, spec, app, password: input.databasePassword! })
    },
  }
}

/** All that its processes get but PORT: `environment`, and DATABASE_URL for an app with a database. */
export function appEnvironment({
  spec,
  app,
  environment,
  databasePassword,
}: Pick<DeployInput, 'spec' | 'app' | 'environment' | 'databasePassword'>): Record<string, string> {
  return app.database && databasePassword
    ? { ...environment, DATABASE_URL: databaseUrl(spec, app, databasePassword) }
    : { ...environment }
}

export const withApp = (spec: ClusterSpec, app: AppSpec): ClusterSpec => ({
  ...spec,
  apps: [...(spec.apps ?? []).filter(({ name }) => name !== app.name), app],
})
