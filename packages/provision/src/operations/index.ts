/** Carries an operation out on a cluster that serves: what it cannot spare is refused, the primary is handed over first. */
import {
  type NodeSpec,
  nodesOfPart,
  nodesWith,
  type Operation,
  type RunOutcome,
  type Upgrading,
} from '@bramble/cluster'
import type { Pulse } from '../engine/pulse.ts'
import { type Step, Trouble } from '../engine/types.ts'
import { databaseStep } from '../roles/postgres/database.ts'
import { handOver } from '../roles/postgres/handover.ts'
import { type NodeEnd, type NodeWork, oneByOne, outcomeOf, type Rolling } from '../rollout/rollout.ts'
import { orderOf } from '../rollout/rules.ts'
import { takePulse } from '../rollout/survey.ts'
import { deleteKeptOf, pauseOf, reinitOf } from './copies.ts'
import { recoverQuorum } from './recover-quorum.ts'
import { shutDown } from './shutdown.ts'
import { restartOf } from './steps.ts'
import { updateOf } from './update.ts'

/** Upgrades and the rotation of secrets have fronts of their own. */
type Operable = Exclude<Operation, Upgrading | { kind: 'rotate-secrets' }>

export interface OperateInput extends Rolling {
  operation: Operable
  /** When it was asked for: what happened since then is not done again. */
  since: Date
}

/**
 * Troubles before anything is changed: `no-primary`, `unknown-node`, `node-away`, `not-a-replica`, `last-copy`, `wrong-part`,
 * and those of `recoverQuorum`.
 */
export async function operate(input: OperateInput): Promise<RunOutcome> {
  const started = Date.now()
  const { operation } = input
  const { pulse, reachable } = await takePulse(input)
  const ends =
    operation.kind === 'switchover'
      ? [await switchOver(input, pulse, operation.to)]
      : operation.kind === 'shutdown'
        ? await shutDown(input, pulse, reachable)
        : operation.kind === 'recover-quorum'
          ? await recoverQuorum(input, reachable)
          : await oneByOne(input, pulse, workFor(input, pulse, reachable))
  return outcomeOf(ends, (Date.now() - started) / 1000, doneWords(operation, ends))
}

function workFor(input: OperateInput, pulse: Pulse, reachable: ReadonlySet<string>): NodeWork[] {
  const { spec, since, operation } = input
  switch (operation.kind) {
    case 'restart': {
      const able = nodesOfPart(spec, operation.part)
      const strange = operation.nodes.find((name) => !able.includes(name))
      if (strange)
        throw new Trouble(
          'wrong-part',
          `${strange} does not run ${operation.part}.`,
          `Nodes that do: ${able.join(', ') || 'none'}.`,
        )
      return orderOf(spec, pulse)
        .filter((name) => operation.nodes.includes(name))
        .map((name) => workOf(name, [restartOf(operation.part, { spec, since, node: nodeOf(input, name) })]))
    }
    case 'reinit': {
      const node = nodeOf(input, operation.node)
      refuseReinit(input, pulse, node)
      return [workOf(node.name, [reinitOf({ spec, since, node })])]
    }
    case 'delete-kept-data': {
      const node = nodeOf(input, operation.node)
      return [workOf(node.name, [deleteKeptOf({ spec, node })])]
    }
    case 'update': {
      const { nodes, packages } = operation
      for (const name of nodes) nodeOf(input, name)
      refuseAway(input, reachable)
      return orderOf(spec, pulse)
        .filter((name) => nodes.includes(name))
        .map((name) => workOf(name, updateOf({ spec, since, node: nodeOf(input, name) }, packages, input.secrets)))
    }
    case 'reset-password': {
      if (!pulse.primary) throw noPrimary()
      return [workOf(pulse.primary, [databaseStep(input, { password: 'set' })])]
    }
    case 'pause':
    case 'resume': {
      const witness = pulse.primary ?? nodesWith(spec, 'postgres').find(({ name }) => reachable.has(name))?.name
      if (!witness) throw noPrimary()
      return [workOf(witness, [pauseOf(operation.kind === 'pause', { spec })])]
    }
    default:
      throw new Error(`No work for ${operation.kind}`)
  }
}

/** The check of each step says whether it is still to do, so all but the gates count as to do. */
const workOf = (node: string, steps: readonly Step[]): NodeWork => ({
  node,
  steps,
  settled: new Set(),
  todo: steps.filter(({ apply }) => apply),
})

/** One Pi at a time is away for an update; another that is away already would be one too many. */
function refuseAway({ spec }: Rolling, reachable: ReadonlySet<string>): void {
  const away = spec.nodes.filter(({ name }) => !reachable.has(name)).map(({ name }) => name)
  if (away.length > 0)
    throw new Trouble(
      'node-away',
      `${away.join(' and ')} is unreachable, and an update takes one Pi after the other out of service.`,
      'Bring it back online or remove it from the cluster, then update.',
    )
}

function nodeOf({ spec }: Rolling, name: string): NodeSpec {
  const node = spec.nodes.find((entry) => entry.name === name)
  if (node) return node
  throw new Trouble(
    'unknown-node',
    `No node of ${spec.name} is named ${name}.`,
    `Its nodes are ${spec.nodes.map((entry) => entry.name).join(', ')}.`,
  )
}

const noPrimary = () =>
  new Trouble(
    'no-primary',
    'The cluster has no primary.',
    'Bring the Pis back online first; the Stack page shows what is wrong.',
  )

function refuseReinit({ spec }: Rolling, pulse: Pulse, node: NodeSpec): void {
  if (!node.roles.includes('postgres'))
    throw new Trouble(
      'wrong-part',
      `${node.name} has no replica of the database.`,
      'Choose a node with the role postgres.',
    )
  if (pulse.primary === null) throw noPrimary()
  if (pulse.primary === node.name)
    throw new Trouble(
      'not-a-replica',
      `${node.name} is the primary, which the replicas are cloned from.`,
      'Switch the primary to another node first, then reinitialize the replica.',
    )
  const others = pulse.streaming.filter((name) => name !== node.name).length + 1
  if (pulse.streaming.includes(node.name) && others === 1 && nodesWith(spec, 'postgres').length > 2)
    throw new Trouble(
      'last-copy',
      `${node.name} is the only healthy replica.`,
      'Bring another replica back online first.',
    )
}

async function switchOver(input: OperateInput, pulse: Pulse, to: string | undefined): Promise<NodeEnd> {
  const { spec, signal, emit } = input
  if (to !== undefined && !nodeOf(input, to).roles.includes('postgres'))
    throw new Trouble('wrong-part', `${to} has no replica of the database.`, 'Choose a node with the role postgres.')
  if (pulse.primary === null) throw noPrimary()
  const from = nodeOf(input, pulse.primary)
  if (to === from.name) {
    emit({ type: 'node-ended', node: from.name, outcome: 'succeeded', changed: 0, message: 'Already the primary.' })
    return { node: from.name, outcome: 'succeeded', changed: 0, message: 'Already the primary.' }
  }
  if (to !== undefined ? !pulse.streaming.includes(to) : pulse.streaming.length === 0)
    throw new Trouble(
      'not-in-step',
      to === undefined ? 'No replica is in sync with the primary.' : `${to} is not in sync with the primary.`,
      'Wait until it has caught up; the Postgres page shows its lag.',
    )
  const step = 'postgres/switchover'
  const title = `Switch the primary from ${from.name}${to ? ` to ${to}` : ''}`
  const begun = Date.now()
  emit({ type: 'node-started', node: from.name })
  emit({ type: 'step-started', node: from.name, step, title, because: 'requested' })
  const transport = await input.fleet.connect(from, signal)
  const primary = await handOver({ spec, node: from, transport, signal, ...(to ? { to } : {}) })
  emit({ type: 'step-settled', node: from.name, step, title, changed: true, seconds: (Date.now() - begun) / 1000 })
  const message = `${primary} is the primary now.`
  emit({ type: 'node-ended', node: from.name, outcome: 'succeeded', changed: 1, message })
  return { node: from.name, outcome: 'succeeded', changed: 1, message }
}

function doneWords(operation: Operable, ends: readonly NodeEnd[]): string {
  switch (operation.kind) {
    case 'switchover':
      return ends[0]?.message ?? ''
    case 'restart': {
      const names = ends.map(({ node }) => node).join(', ')
      return operation.part === 'node' ? `Rebooted: ${names}.` : `Restarted ${operation.part}: ${names}.`
    }
    case 'reinit':
      return `${operation.node} was reinitialized and replicates from the primary.`
    case 'delete-kept-data':
      return `The kept data of ${operation.node} was deleted.`
    case 'update':
      return `Up to date: ${ends.map(({ node }) => node).join(', ')}.`
    case 'reset-password':
      return 'The database password was reset to the one that Bramble stores.'
    case 'recover-quorum':
      return `${ends[0]?.message} Replace the lost Pis: until then the cluster survives no further failure.`
    case 'shutdown':
      return 'All Pis are off. Disconnect the power only when their activity lights have stopped. To start the cluster, power on all Pis within a few minutes: it starts on its own, and its address responds about a minute later.'
    case 'pause':
      return 'Paused: if the primary fails, no replica is promoted until you resume Patroni.'
    case 'resume':
      return 'Resumed: Patroni manages failover again.'
  }
}
