/** What a node needs for an app before its first release comes: the steps of the roles that are about apps. */
import type { RunEvent } from '@bramble/cluster'
import { type Step, Trouble } from '../../../engine/types.ts'
import { type NodeEnd, type NodeWork, oneByOne, type Rolling, together } from '../../../rollout/rollout.ts'
import { type Survey, survey } from '../../../rollout/survey.ts'

/** Where requests come in: changed one node after the other. */
const entrance = (id: string) => id.startsWith('balancer/')

/** The firewall lets balancers reach apps; the balancers know hosts and backends. Nothing else of a plan is done. */
const ofApps = (id: string) =>
  id.startsWith('apps/') ||
  ['base/firewall.nft', 'base/firewall.unit', 'base/firewall'].includes(id) ||
  [
    'balancer/hosts.map',
    'balancer/unknown-host',
    'balancer/maintenance',
    'balancer/haproxy.cfg',
    'balancer/haproxy',
  ].includes(id)

/**
 * Nodes that cannot be reached are left to the next plan. Trouble: not-provisioned, preflight, app-preparation; then the
 * nodes before the one that failed are prepared, and nothing that serves has changed.
 */
export async function prepareNodes(input: Rolling): Promise<number> {
  const found = await survey(input)
  refuse(found)
  const rest = await runRound(input, found, (id) => ofApps(id) && !entrance(id), together)
  const balancers = await runRound(
    input,
    found,
    (id) => ofApps(id) && entrance(id),
    (on, work) => oneByOne(on, found.pulse, work),
  )
  return rest + balancers
}

function refuse({ plan }: Survey): void {
  const errors = plan.findings.filter(({ level }) => level === 'error')
  if (errors.length > 0)
    throw new Trouble(
      'preflight',
      errors.map(({ message }) => message).join(' '),
      [...new Set(errors.map(({ cure }) => cure))].join(' '),
    )
  if (plan.rollout === 'together')
    throw new Trouble(
      'not-provisioned',
      'The cluster has no primary: it is not provisioned yet, or its nodes are offline.',
      'Provision it first ("apply"), or bring its nodes back online.',
    )
}

async function runRound(
  input: Rolling,
  { plan, steps }: Survey,
  chosen: (id: string) => boolean,
  carryOut: (input: Rolling, work: readonly NodeWork[]) => Promise<NodeEnd[]>,
): Promise<number> {
  const work = plan.order.flatMap((node): NodeWork[] => {
    const planned = plan.nodes.find((one) => one.node === node)?.steps ?? []
    const having = (verdict: string) => new Set(planned.filter((one) => one.verdict === verdict).map(({ id }) => id))
    const mine = (steps.get(node) ?? []).filter(({ id }) => chosen(id))
    const due = having('todo')
    const todo = mine.filter(({ id }: Step) => due.has(id))
    return todo.length > 0 ? [{ node, steps: mine, settled: having('settled'), todo }] : []
  })
  // A node is reported as ended when its release serves.
  const emit = (event: RunEvent) => {
    if (event.type !== 'node-ended' && event.type !== 'node-started') input.emit(event)
  }
  const ends = await carryOut({ ...input, emit }, work)
  const failed = ends.filter(({ outcome }) => outcome !== 'succeeded')
  input.signal.throwIfAborted()
  if (failed.length > 0)
    throw new Trouble(
      'app-preparation',
      failed.map(({ node, message }) => `${node} could not be prepared for the app: ${message}`).join(' '),
      'Fix this, then deploy again.',
    )
  return ends.reduce((sum, { changed }) => sum + changed, 0)
}
