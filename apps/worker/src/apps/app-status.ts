/** What etcd says of apps, as pages show it. Pure. */
import { type AppStatus, type ClusterSpec, nodesWith, staying } from '@bramble/cluster'
import { type AppsState, cronRuns } from '@bramble/provision'

/** By name; every app of the spec has one. */
export function appStatuses(spec: ClusterSpec, { apps, reports }: AppsState): Map<string, AppStatus> {
  return new Map((spec.apps ?? []).map(({ name }) => [name, statusOf(spec, name, { apps, reports })]))
}

function statusOf(spec: ClusterSpec, name: string, { apps, reports }: Pick<AppsState, 'apps' | 'reports'>): AppStatus {
  const record = apps[name]?.serving ?? null
  const availability = apps[name]?.availability?.state ?? 'running'
  const present = staying(spec)
  const slots = present.nodes.flatMap(({ name: node }) =>
    Object.entries(reports[node]?.slots ?? {}).flatMap(([key, slot]) => {
      const [app, letter] = key.split('/')
      if (app !== name || (letter !== 'a' && letter !== 'b')) return []
      const { release, state, message, restarts } = slot
      return [{ node, slot: letter as 'a' | 'b', release, state, message, restarts }]
    }),
  )
  if (!record) return { serving: null, availability, cron: [], slots, silent: [], behind: [], unlimited: [] }
  const { generation, release, slot, nodes } = record
  const balancers = nodesWith(present, 'balancer').map((node) => node.name)
  return {
    serving: { generation, release, slot, nodes },
    availability,
    cron: cronRuns(apps[name]),
    slots,
    silent: nodes.filter((node) => reports[node] === undefined),
    behind: balancers.filter((node) => {
      const sent = reports[node]?.balancer
      return sent !== undefined && sent !== null && sent[name] !== generation
    }),
    unlimited: nodes.filter((node) => reports[node]?.memoryEnforced === false),
  }
}
