/** A cluster of a stage as the database knows one that was built, with the dashboard's own watcher on it. */
import type { ClusterWatch, NodeState } from '@bramble/cluster'
import { createCluster } from '@bramble/db/clusters'
import { listTimeline, listWatchable, readSeries, readWatch } from '@bramble/db/metrics'
import { claimRun, endRun, requestRun } from '@bramble/db/runs'
import { storeIssuedSecrets } from '@bramble/db/secrets'
import { planned } from '@bramble/db/test/clusters'
import { watchClusters } from '@bramble/worker/watch'
import type { Stage } from './stage.ts'

const by = 'ada@example.org'

export interface Watched {
  /** Begins to watch as a worker of that name. */
  begin(owner: string): void
  /** As a worker that ends. */
  end(): Promise<void>
  seen(): Promise<ClusterWatch>
  node(name: string): Promise<NodeState>
  /** `kind node` of what was told, oldest first. */
  told(): Promise<string[]>
  /** Averages of a node's figures over the last minutes. */
  average(node: string, metric: string): Promise<number>
}

export async function watchStage(stage: Stage): Promise<Watched> {
  const { spec } = stage
  const cluster = spec.name
  const logins = Object.fromEntries(spec.nodes.map(({ name }) => [name, { password: 'forgotten' }]))
  await createCluster({ spec, logins, by })
  await recordBuilt(cluster)
  const [known] = await listWatchable()
  await storeIssuedSecrets(known!.id, stage.stored)

  let ending = new AbortController()
  let watching: Promise<void> = Promise.resolve()
  const began = new Date()
  const recent = () => ({ from: began, to: new Date(Date.now() + 5_000) })
  const seen = () => readWatch(cluster)
  return {
    seen,
    begin(owner) {
      ending = new AbortController()
      watching = watchClusters(owner, ending.signal, { received: '/nonexistent', releases: '/nonexistent' })
    },
    async end() {
      ending.abort()
      await watching
    },
    async node(name) {
      const state = (await seen()).states.find(({ node }) => node === name)
      if (!state) throw new Error(`${name} was not looked at yet`)
      return state
    },
    async told() {
      const events = await listTimeline({ cluster, ...recent() })
      return events.filter(({ kind }) => kind !== 'run').map(({ kind, node }) => `${kind} ${node ?? ''}`.trim())
    },
    async average(node, metric) {
      const answer = await readSeries({ cluster, series: [{ kind: 'node', node, name: '', metric }], ...recent() })
      const values = answer.series[0]!.average.filter((value) => value !== null)
      return values.reduce((sum, value) => sum + value, 0) / values.length
    },
  }
}

/** The stage was built by the engine itself: the database hears of it as of a run that has ended. */
async function recordBuilt(cluster: string): Promise<void> {
  const digest = 'd'.repeat(64)
  await planned(cluster, digest)
  const id = await requestRun({ cluster, request: { kind: 'provision', approved: digest }, by })
  const lease = await claimRun(id, 'builder')
  const outcome = { status: 'succeeded' as const, changed: 1, seconds: 1, message: 'Built.', nodes: [] }
  await endRun(lease!, { status: 'succeeded', outcome, trouble: null })
}
