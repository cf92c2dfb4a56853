/** Chooses the nodes of an app: what serves starts on them in the idle slot, and requests move there before other nodes stop it. */
import type { AppSpec, ClusterSpec, RunOutcome } from '@bramble/cluster'
import type { Secret } from '../../engine/types.ts'
import type { Rolling } from '../../rollout/rollout.ts'
import { appNodes } from '../../serving/nodes.ts'
import { commandMemory, notDeployed, withApp } from './deploy.ts'
import { isProvided } from './needs.ts'
import { prepareNodes } from './rollout/prepare.ts'
import { rollOut } from './rollout/rollout.ts'

export interface ScaleInput extends Rolling {
  /** With the nodes, or the count, that it is to have. */
  app: AppSpec
  /** Of what serves. Null: only nodes that have the release get it. */
  archive: string | null
  /** All values that what serves has, DATABASE_URL included. */
  environment: Readonly<Record<string, string>>
  databasePassword?: Secret
  keep: { releases: readonly string[]; environments: readonly string[] }
  /** Holds the cluster while nodes are prepared; absent: the caller holds it. */
  exclusively?: <T>(work: () => Promise<T>) => Promise<T>
  /** The spec as it is while the cluster is held. Absent: `spec`. */
  latest?: () => ClusterSpec
}

/** Nodes that cannot be reached are left out and named. Troubles: as of `deployApp`, and `app-not-deployed`. */
export function scaleApp(input: ScaleInput): Promise<RunOutcome> {
  const { app, archive, environment, exclusively = (work) => work() } = input
  const spec = withApp(input.spec, app)
  const nodes = appNodes(spec, app).map(({ name }) => name)
  return rollOut({
    ...input,
    ...{ spec, archive, environment },
    command: null,
    memory: commandMemory,
    done: `Runs on ${nodes.join(', ')}:`,
    draft({ serving }) {
      if (!serving) throw notDeployed(app.name)
      const { generation: _, slot: __, port: ___, environment: ____, ...draft } = serving
      return { ...draft, nodes }
    },
    provided: (transport) => isProvided(transport, app, input.signal),
    async prepare(needed) {
      if (needed) await exclusively(() => prepareNodes({ ...input, spec: withApp(input.latest?.() ?? spec, app) }))
    },
  })
}
