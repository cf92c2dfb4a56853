/** Carries an operation out on a cluster that serves: what it cannot spare is refused, the primary is handed over first. */
import {
  type NodeSpec,
  nodesOfPart,
  nodesWith,
  type Operation,
  type RunOutcome,
  type Upgrading,
} from '@bramble/cluster'
import type { Pulse } from '../core/pulse.ts'
import { orderOf } from '../core/rollout.ts'
import { type Step, Trouble } from '../core/types.ts'
import { databaseStep } from '../roles/postgres/database.ts'
import { handOver } from '../roles/postgres/handover.ts'
import { type NodeEnd, type NodeWork, oneByOne, outcomeOf, type Rolling } from '../rolling.ts'
import { takePulse } from '../survey.ts'
import { deleteKeptOf, pauseOf, reinitOf } from './copies.ts'
import { restartOf } from './moves.ts'
import { recoverQuorum } from './quorum.ts'
import { shutDown } from './shutdown.ts'
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
      `${away.join(' and ')} cannot be reached, and an update takes one Pi after the other out of service.`,
      'Bring it back first, or take it out of the cluster; then update.',
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
      `${node.name} keeps no copy of the database.`,
      'Choose a node with the role postgres.',
    )
  if (pulse.primary === null) throw noPrimary()
  if (pulse.primary === node.name)
    throw new Trouble(
      'not-a-replica',
      `${node.name} is the primary: its copy is the one that the others are cloned from.`,
      'Hand the primary over first (Switchover), then clone it anew.',
    )
  const others = pulse.streaming.filter((name) => name !== node.name).length + 1
  if (pulse.streaming.includes(node.name) && others === 1 && nodesWith(spec, 'postgres').length > 2)
    throw new Trouble(
      'last-copy',
      `Besides the primary, ${node.name} has the only healthy copy.`,
      'Bring another replica back first.',
    )
}

async function switchOver(input: OperateInput, pulse: Pulse, to: string | undefined): Promise<NodeEnd> {
  const { spec, signal, emit } = input
  if (to !== undefined && !nodeOf(input, to).roles.includes('postgres'))
    throw new Trouble('wrong-part', `${to} keeps no copy of the database.`, 'Choose a node with the role postgres.')
  if (pulse.primary === null) throw noPrimary()
  const from = nodeOf(input, pulse.primary)
  if (to === from.name) {
    emit({ type: 'node-ended', node: from.name, outcome: 'succeeded', changed: 0, message: 'It is the primary.' })
    return { node: from.name, outcome: 'succeeded', changed: 0, message: 'It is the primary.' }
  }
  if (to !== undefined ? !pulse.streaming.includes(to) : pulse.streaming.length === 0)
    throw new Trouble(
      'not-in-step',
      to === undefined ? 'No replica is in step with the primary.' : `${to} is not in step with the primary.`,
      'Wait until it has caught up; the Postgres page shows its lag.',
    )
  const step = 'postgres/switchover'
  const title = `Hand the primary over from ${from.name}${to ? ` to ${to}` : ''}`
  const begun = Date.now()
  emit({ type: 'node-started', node: from.name })
  emit({ type: 'step-started', node: from.name, step, title, because: 'it was asked for' })
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
      return `${operation.node} was cloned anew and follows the primary.`
    case 'delete-kept-data':
      return `The kept data of ${operation.node} are deleted.`
    case 'update':
      return `Up to date: ${ends.map(({ node }) => node).join(', ')}.`
    case 'reset-password':
      return 'The password that Bramble keeps holds again.'
    case 'recover-quorum':
      return `${ends[0]?.message} Replace the Pis that are gone: until then nothing else may fail.`
    case 'shutdown':
      return 'No Pi answers any more. Take their power away only when their lights are still. To start again, give them power, all within some minutes: the cluster comes back by itself, and the address answers about a minute later.'
    case 'pause':
      return 'Paused: when the primary fails, nobody takes over until you resume.'
    case 'resume':
      return 'Patroni elects again.'
  }
}
