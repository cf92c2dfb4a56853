/** Taking a server of HAProxy out of service and back: asked for here, and remembered for balancers that come later. */
import {
  BackendName,
  type ClusterWatch,
  isLastUsable,
  lastServerWords,
  nodesWith,
  RunRequest,
  ServerSwitch,
  type SwitchState,
  serversOf,
  staleAfter,
} from '@bramble/cluster'
import { audited } from '../audit/audit.ts'
import { readWatch } from '../metrics/watch.ts'
import { enqueueRun, insertRun } from '../runs/requests.ts'
import { lockCluster } from '../store/active.ts'
import { prisma } from '../store/connection.ts'
import { Refusal } from '../store/refusal.ts'
import { type ClusterRow, specOf, withNodes } from '../store/specs.ts'

export interface AskedSwitch {
  backend: string
  server: string
  state: SwitchState
  /** Seconds that open sessions get to end by themselves. */
  wait: number
}

/**
 * Returns the run's id. `typed`: the server's name, when a person confirmed that it is the last one that is up.
 * Refusal `backend-unknown`, `server-unknown`, `last-server`, `run-active`, `cluster-unknown`, `switch-invalid`.
 */
export async function requestServerSwitch(input: {
  cluster: string
  change: AskedSwitch
  typed?: string | undefined
  by: string
}): Promise<string> {
  const { cluster: name, change, by } = input
  const target = `${name} ${change.backend}/${change.server}`.slice(0, 200)
  return audited({ who: by, what: 'run.server-switch', target, detail: change.state }, async () => {
    const watch = await readWatch(name)
    const id = await prisma().$transaction(async (tx) => {
      const { id: clusterId } = await lockCluster(tx, name)
      const cluster = await tx.cluster.findUniqueOrThrow({ where: { id: clusterId }, include: withNodes })
      const serverSwitch = checkedSwitch(cluster, change, input.typed)
      if (serverSwitch.state !== 'ready' && !serverSwitch.evenLast) refuseLast(serverSwitch, watch)
      const only = nodesWith(specOf(cluster), 'balancer').map((node) => node.name)
      const request = RunRequest.parse({ kind: 'server-switch', only, serverSwitch })
      return insertRun(tx, cluster, { request, by, approvedRunId: null, retryOfId: null })
    })
    await enqueueRun(id, 0)
    return id
  })
}

function checkedSwitch(cluster: ClusterRow, change: AskedSwitch, typed: string | undefined): ServerSwitch {
  const spec = specOf(cluster)
  const backend = BackendName.safeParse(change.backend)
  if (!backend.success)
    throw new Refusal(
      'backend-unknown',
      `HAProxy has no backend of that name here; it has ${BackendName.options.join(', ')}.`,
      'Reload the page.',
    )
  const servers = serversOf(spec, backend.data)
  if (!servers.includes(change.server))
    throw new Refusal(
      'server-unknown',
      `The backend ${backend.data} of ${spec.name} has no server of that name.`,
      servers.length > 0 ? `Its servers are ${servers.join(', ')}.` : 'It has no servers at all.',
    )
  if (nodesWith(spec, 'balancer').length === 0)
    throw new Refusal('no-balancer', `${spec.name} has no balancer.`, 'Assign the role balancer to two nodes.')
  const parsed = ServerSwitch.safeParse({ ...change, evenLast: typed === change.server })
  if (!parsed.success)
    throw new Refusal('switch-invalid', 'Invalid input.', 'Choose a state and a time of 60 min at most.')
  return parsed.data
}

/** As it was seen last: the worker asks the balancers themselves once more, before it changes anything. */
function refuseLast(asked: ServerSwitch, watch: ClusterWatch): void {
  const seen = watch.states.filter(({ at }) => Date.now() - Date.parse(at) < staleAfter * 1000)
  if (!seen.some(({ haproxy }) => haproxy !== null && isLastUsable(haproxy.servers, asked))) return
  const { message, cure } = lastServerWords(asked)
  throw new Refusal('last-server', message, cure)
}

/** What people last asked of each server that is not to be in service: the newest switch of each that came through. */
export async function standingSwitches(clusterId: string): Promise<ServerSwitch[]> {
  const runs = await prisma().run.findMany({
    where: { clusterId, kind: 'server-switch', status: { in: ['succeeded', 'partial'] } },
    select: { request: true },
    orderBy: { createdAt: 'desc' },
    take: 500,
  })
  const newest = new Map<string, ServerSwitch>()
  for (const { request } of runs) {
    const asked = RunRequest.safeParse(request).data?.serverSwitch
    const key = asked && `${asked.backend}/${asked.server}`
    if (asked && key && !newest.has(key)) newest.set(key, asked)
  }
  return [...newest.values()].filter(({ state }) => state !== 'ready')
}
