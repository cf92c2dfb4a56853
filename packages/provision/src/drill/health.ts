/** Is the cluster whole: every node, copy, voter, balancer and web node at work? Asked before a drill and after it. */
import { type ClusterSpec, type NodeSpec, nodesWith } from '@bramble/cluster'
import { gather } from '../engine/gather.ts'
import type { Pulse } from '../engine/pulse.ts'
import { type Fact, type Facts, Trouble } from '../engine/types.ts'
import { haproxyStats } from '../facts/haproxy.ts'
import { http } from '../facts/http.ts'
import { machine } from '../facts/os.ts'
import { patroniCluster, patroniMember } from '../facts/patroni.ts'
import { unitState } from '../facts/unit.ts'
import { pulseFacts, pulseOf } from '../rollout/pulse.ts'
import { unhealthy } from '../rollout/rules.ts'
import type { PlanInput } from '../rollout/survey.ts'
import { appNodes } from '../serving/nodes.ts'
import { FaultState, statePath } from './fault.ts'

const site = http('http://127.0.0.1:8000/health')
const keepalived = unitState('keepalived.service')
const fault: Fact<FaultState> = {
  key: `file+ ${statePath}`,
  query: { kind: 'file', path: statePath, content: true },
  read(answer) {
    const { content } = answer as { content: string | null }
    return content ? FaultState.parse(JSON.parse(content)) : null
  },
}

export interface Health {
  pulse: Pulse
  /** What was answered, by node; one that is missing could not be asked. */
  known: ReadonlyMap<string, Facts>
  /** The balancer that carries the virtual IP. */
  holder: string | null
  /** Which drill a node was begun with, by node; null: none since it booted. */
  faults: ReadonlyMap<string, FaultState>
}

export async function takeHealth(input: PlanInput): Promise<Health> {
  const { spec, signal } = input
  const answers = await Promise.all(
    spec.nodes.map(async (node) => {
      try {
        const transport = await input.fleet.connect(node, signal)
        return [node.name, await gather(transport, factsOf(node), signal ? { signal } : {})] as const
      } catch (error) {
        signal?.throwIfAborted()
        if (!(error instanceof Trouble)) throw error
        return null
      }
    }),
  )
  const known = new Map(answers.filter((answer) => answer !== null))
  const holders = nodesWith(spec, 'balancer').filter(({ name }) => carries(known.get(name), spec.vip))
  return {
    pulse: pulseOf(spec, known),
    known,
    holder: holders.length === 1 ? holders[0]!.name : null,
    faults: new Map([...known].map(([name, facts]) => [name, facts.of(fault)])),
  }

  function factsOf(node: NodeSpec): readonly Fact<unknown>[] {
    const { roles } = node
    return [
      machine,
      fault,
      ...pulseFacts,
      ...(roles.includes('balancer') ? [haproxyStats, keepalived] : []),
      ...(roles.includes('web') ? [site] : []),
    ]
  }
}

const carries = (facts: Facts | undefined, address: string) =>
  facts?.of(machine).addresses.some((entry) => entry.address === address) ?? false

/** What it lacks, one sentence each; empty: it is whole. */
export function lacks(spec: ClusterSpec, { pulse, known, holder, faults }: Health): string[] {
  const found: string[] = []
  const silent = spec.nodes.filter(({ name }) => !known.has(name)).map(({ name }) => name)
  if (silent.length > 0) found.push(`${silent.join(', ')} is unreachable`)
  const sick = unhealthy(spec, pulse, new Set(known.keys()))
  if (sick) found.push(sick)
  const primary = pulse.primary === null ? undefined : known.get(pulse.primary)
  if (primary?.of(patroniMember).paused) found.push('Patroni is paused, so no replica would be promoted')
  const awaited = primary?.of(patroniCluster)?.synchronous ?? []
  if (spec.synchronous && primary && nodesWith(spec, 'postgres').length > 1 && awaited.length === 0)
    found.push('no replica is synchronous yet')
  const standing = [...faults].filter(([, state]) => state && state.phase !== 'undone').map(([name]) => name)
  if (standing.length > 0) found.push(`a drill is still active on ${standing.join(', ')}`)
  found.push(...balancersLack(spec, known, holder), ...sitesLack(spec, known))
  return found
}

function balancersLack(spec: ClusterSpec, known: ReadonlyMap<string, Facts>, holder: string | null): string[] {
  const found: string[] = []
  for (const { name } of nodesWith(spec, 'balancer')) {
    const facts = known.get(name)
    if (!facts) continue
    const { servers, silent } = facts.of(haproxyStats)
    const rows = (backend: string) => servers.filter((entry) => entry.backend === backend)
    const up = (backend: string) => rows(backend).filter(({ status }) => status === 'up').length
    const sites = nodesWith(spec, 'web').length
    if (silent.includes('web')) found.push(`HAProxy is not responding on ${name}`)
    else if (up('web') < sites) found.push(`HAProxy on ${name} reports ${up('web')} of ${sites} web nodes as up`)
    if (rows('postgres-primary').length === 0) found.push(`HAProxy for PostgreSQL is not responding on ${name}`)
    else if (up('postgres-primary') !== 1) found.push(`HAProxy on ${name} reports no primary`)
    found.push(...appsLack(spec, name, rows))
    if (facts.of(keepalived).active !== 'active') found.push(`keepalived is not running on ${name}`)
  }
  if (holder === null) found.push(`not exactly one load balancer holds ${spec.vip}`)
  return found
}

/** Nodes where an app does not answer that answers elsewhere. One that works nowhere is no matter of the cluster. */
function appsLack(
  spec: ClusterSpec,
  balancer: string,
  rows: (backend: string) => { server: string; status: string }[],
) {
  return (spec.apps ?? []).flatMap((app) => {
    const servers = rows(`app-${app.name}`)
    const on = (node: string, status: string) =>
      servers.some((one) => one.status === status && [`${node}-a`, `${node}-b`].includes(one.server))
    const nodes = appNodes(spec, app).map(({ name }) => name)
    if (!nodes.some((node) => on(node, 'up'))) return []
    return nodes
      .filter((node) => on(node, 'down') && !on(node, 'up'))
      .map((node) => `HAProxy on ${balancer} reports ${app.name} as down on ${node}`)
  })
}

function sitesLack(spec: ClusterSpec, known: ReadonlyMap<string, Facts>): string[] {
  return nodesWith(spec, 'web')
    .filter(({ name }) => known.has(name) && known.get(name)?.of(site).status !== 200)
    .map(({ name }) => `the site is not responding on ${name}`)
}
