/** A small cluster in the database, made by the verbs that the dashboard calls. */
import { randomBytes } from 'node:crypto'
import type { Plan } from '@bramble/cluster'
import { createCluster } from '../src/clusters/index.ts'
import { claimRun, endRun, requestRun, writeJournal } from '../src/runs/index.ts'

let made = 0

/** Ready for `createCluster`; every call has a name and addresses of its own. */
export function newCluster() {
  const at = ++made
  const nodes = [11, 12, 13].map((last, i) => ({
    name: `pi-${i + 1}`,
    address: `10.9.${at}.${last}`,
    roles: ['etcd' as const, 'postgres' as const, ...(i < 2 ? ['balancer' as const] : []), 'web' as const],
    hostKey: `SHA256:${randomBytes(32).toString('base64').slice(0, 43)}`,
  }))
  return {
    spec: { name: `shelf-${at}`, vip: `10.9.${at}.100`, nodes },
    logins: Object.fromEntries(nodes.map((node) => [node.name, { password: `typed-${node.name}-${at}` }])),
    by: 'ada@example.org',
  }
}

export async function makeCluster(): Promise<string> {
  return (await createCluster(newCluster())).name
}

/** A plan as the engine hands it over; only its digest matters to the database. */
function somePlan(digest: string): Plan {
  return { digest, rollout: 'together', order: ['pi-1'], nodes: [], changes: 0, findings: [] }
}

/** A finished plan run whose plan has this digest. Returns its id. */
export async function planned(cluster: string, digest: string): Promise<string> {
  const id = await requestRun({ cluster, request: { kind: 'plan' }, by: 'ada@example.org' })
  const lease = await claimRun(id, 'planner')
  if (!lease) throw new Error('The plan run could not be claimed')
  await writeJournal(lease, { plan: somePlan(digest) })
  const outcome = { status: 'succeeded' as const, changed: 0, seconds: 1, message: 'Nothing to do.', nodes: [] }
  await endRun(lease, { status: 'succeeded', outcome, trouble: null })
  return id
}
