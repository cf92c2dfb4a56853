/** Working on nodes: all together at first boot, else one after the other, none before the cluster can spare it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type RunEvent, type RunOutcome, staying } from '@bramble/cluster'
import { isCancelled } from '../engine/cancel.ts'
import { gather } from '../engine/gather.ts'
import type { Pulse } from '../engine/pulse.ts'
import type { Transport } from '../engine/transport.ts'
import { type Step, Trouble } from '../engine/types.ts'
import { walk } from '../engine/walk.ts'
import { handOver } from '../roles/postgres/handover.ts'
import { guard, interrupts, unhealthy } from './rules.ts'
import { type PlanInput, takePulse } from './survey.ts'

export interface Rolling extends PlanInput {
  signal: AbortSignal
  emit: (event: RunEvent) => void
}

/** What is to be done on one node. */
export interface NodeWork {
  node: string
  steps: readonly Step[]
  /** Ids of the steps that were found settled. */
  settled: ReadonlySet<string>
  todo: readonly Step[]
}

export type NodeEnd = RunOutcome['nodes'][number]

export async function together(input: Rolling, work: readonly NodeWork[]): Promise<NodeEnd[]> {
  return Promise.all(work.map((one) => workOn(input, one)))
}

/** In the given order; after a failure the others are left alone. */
export async function oneByOne(input: Rolling, pulse: Pulse, work: readonly NodeWork[]): Promise<NodeEnd[]> {
  const ends: NodeEnd[] = []
  let stopped: string | null = null
  for (const one of work) {
    const end = stopped
      ? ended(input, one.node, 'skipped', 0, `Not changed, because ${stopped} failed.`)
      : await safely(input, pulse, one)
    ends.push(end)
    if (end.outcome !== 'succeeded') stopped ??= one.node
  }
  return ends
}

/**
 * A step that may turn out to have nothing to do is asked right before its turn, so that the primary is not handed over
 * for a restart that no setting needs.
 */
async function safely(input: Rolling, pulse: Pulse, work: NodeWork): Promise<NodeEnd> {
  const { emit, signal } = input
  const node = input.spec.nodes.find((entry) => entry.name === work.node)!
  const connect = () => input.fleet.connect(node, signal)
  const done = { changed: 0 }
  let begun = false
  try {
    for (const part of partsOf(work)) {
      const due = await stillDue(part, connect, signal)
      if (due.length > 0) await makeSafe(input, pulse, { ...part, todo: due })
      if (!begun) emit({ type: 'node-started', node: node.name })
      begun = true
      await walkOn(input, part, connect, done)
    }
    return ended(input, node.name, 'succeeded', done.changed, changeWords(done.changed))
  } catch (error) {
    if (signal.aborted) return interrupted(input, node.name, begun ? 'cancelled' : 'skipped', done.changed)
    if (error instanceof Trouble)
      return ended(input, node.name, 'failed', done.changed, `${error.message} ${error.cure}`)
    throw error
  }
}

/** Cut before each step that is to be asked again. */
function partsOf({ node, steps, settled, todo }: NodeWork): NodeWork[] {
  const parts: Step[][] = [[]]
  for (const step of steps) {
    if (step.askAgain && todo.includes(step)) parts.push([])
    parts.at(-1)?.push(step)
  }
  return parts.map((own) => ({ node, steps: own, settled, todo: own.filter((step) => todo.includes(step)) }))
}

async function stillDue({ steps, todo }: NodeWork, connect: () => Promise<Transport>, signal: AbortSignal) {
  const [first] = steps
  if (!first?.askAgain || !todo.includes(first)) return todo
  const facts = await gather(await connect(), first.reads, { signal })
  return first.check(facts).settled ? todo.filter((step) => step !== first) : todo
}

type Outcome = Extract<RunEvent, { type: 'node-ended' }>['outcome']

function ended({ emit }: Rolling, node: string, outcome: Outcome, changed: number, message: string): NodeEnd {
  emit({ type: 'node-ended', node, outcome, changed, message })
  return { node, outcome, changed, message }
}

/** A cancel is an end of the node. A worker that ends tells nothing of it: the next one continues there. */
function interrupted(input: Rolling, node: string, outcome: 'cancelled' | 'skipped', changed: number): NodeEnd {
  if (isCancelled(input.signal)) return ended(input, node, outcome, changed, 'Canceled.')
  return { node, outcome, changed, message: 'Interrupted.' }
}

/** Before a node of a cluster that serves is changed: all is well, quorum can spare it, and it is not the primary. */
async function makeSafe(input: Rolling, before: Pulse, { node: name, todo }: NodeWork): Promise<void> {
  if (!interrupts(before, name, todo)) return
  const pulse = await healthy(input, name)
  if (!guard(staying(input.spec), pulse, name, todo).handOver) return
  const { spec, signal } = input
  const node = spec.nodes.find((entry) => entry.name === name)!
  const text = `Switching the primary from ${name}`
  input.emit({ type: 'log', node: name, step: null, stream: 'bramble', text })
  const to = heirOf(pulse)
  const transport = await input.fleet.connect(node, signal)
  await handOver({ spec, node, transport, signal, ...(to ? { to } : {}) })
  await healthy(input, name)
}

/** Named only when a copy that is to leave could be chosen as well. */
const heirOf = ({ departing, synchronous, streaming }: Pulse): string | undefined =>
  departing.length > 0 ? (synchronous[0] ?? streaming[0]) : undefined

/** Waits until the other nodes are well, 5 minutes at most. */
async function healthy(input: Rolling, next: string): Promise<Pulse> {
  const until = Date.now() + 300_000
  for (;;) {
    const { pulse, reachable } = await takePulse(input)
    reachable.delete(next)
    const lack = unhealthy(staying(input.spec), pulse, reachable)
    if (lack === null) return pulse
    if (Date.now() > until)
      throw new Trouble(
        'unhealthy',
        `The cluster is not healthy: ${lack}.`,
        'Fix this first: nothing is restarted until then. Then press Retry.',
      )
    input.emit({ type: 'step-waiting', node: next, step: 'base/health', because: lack })
    await sleep(2_000, undefined, { signal: input.signal })
  }
}

export async function workOn(input: Rolling, work: NodeWork): Promise<NodeEnd> {
  const node = input.spec.nodes.find((entry) => entry.name === work.node)!
  input.emit({ type: 'node-started', node: node.name })
  const done = { changed: 0 }
  try {
    await walkOn(input, work, () => input.fleet.connect(node, input.signal), done)
    return ended(input, node.name, 'succeeded', done.changed, changeWords(done.changed))
  } catch (error) {
    if (input.signal.aborted) return interrupted(input, node.name, 'cancelled', done.changed)
    if (error instanceof Trouble)
      return ended(input, node.name, 'failed', done.changed, `${error.message} ${error.cure}`)
    throw error
  }
}

/** Counts in `done` what was changed, also when a step fails in the end. */
async function walkOn(
  input: Rolling,
  { node, steps, settled }: NodeWork,
  connect: () => Promise<Transport>,
  done: { changed: number },
): Promise<void> {
  const emit = (event: RunEvent) => {
    if (event.type === 'step-settled' && event.changed) done.changed++
    input.emit(event)
  }
  await walk({ node, steps, settled, connect, emit, signal: input.signal })
}

export const changeWords = (changed: number): string =>
  changed === 0 ? 'No changes.' : `${changed} ${changed === 1 ? 'change' : 'changes'}.`

/** `done`: the sentence when every node succeeded. */
export function outcomeOf(nodes: NodeEnd[], seconds: number, done?: string): RunOutcome {
  const changed = nodes.reduce((sum, node) => sum + node.changed, 0)
  const having = (outcome: string) => nodes.filter((node) => node.outcome === outcome)
  const told = (list: NodeEnd[]) => list.map((node) => `${node.node}: ${node.message}`).join(' ')
  const base = { changed, seconds, nodes }
  if (having('cancelled').length > 0)
    return {
      ...base,
      status: 'cancelled',
      message: `Canceled after ${changed} ${changed === 1 ? 'change' : 'changes'}. Press Retry to continue where the run stopped.`,
    }
  if (having('failed').length > 0) return { ...base, status: 'failed', message: told(having('failed')) }
  const some = `${nodes.length - having('unreachable').length} of ${nodes.length} nodes are done.`
  if (having('unreachable').length > 0)
    return { ...base, status: 'partial', message: `${some} ${told(having('unreachable'))} Then press Retry.` }
  return {
    ...base,
    status: 'succeeded',
    message:
      done ??
      (changed === 0
        ? 'All nodes are up to date: 0 changes.'
        : `All ${nodes.length} nodes are done: ${changed} changes.`),
  }
}

/** Tells events with the secrets in their words blanked. */
export function cleaned(emit: Rolling['emit'], redact: (text: string) => string): Rolling['emit'] {
  return (event) => {
    switch (event.type) {
      case 'log':
        return emit({ ...event, text: redact(event.text) })
      case 'step-failed':
      case 'node-ended':
        return emit({ ...event, message: redact(event.message) })
      default:
        return emit(event)
    }
  }
}
