/** Working on nodes: all together at first boot, else one after the other, none before the cluster can spare it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type RunEvent, type RunOutcome, staying } from '@bramble/cluster'
import { guard, interrupts, type Pulse, unhealthy } from './core/rollout.ts'
import { type Step, Trouble } from './core/types.ts'
import { walk } from './core/walk.ts'
import { handOver } from './roles/postgres/handover.ts'
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
      ? ended(input, one.node, 'skipped', 0, `Not touched, since ${stopped} failed.`)
      : await safely(input, pulse, one)
    ends.push(end)
    if (end.outcome !== 'succeeded') stopped ??= one.node
  }
  return ends
}

async function safely(input: Rolling, pulse: Pulse, work: NodeWork): Promise<NodeEnd> {
  try {
    if (work.todo.length > 0) await makeSafe(input, pulse, work)
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    return input.signal.aborted
      ? ended(input, work.node, 'skipped', 0, 'Cancelled.')
      : ended(input, work.node, 'failed', 0, `${error.message} ${error.cure}`)
  }
  return workOn(input, work)
}

type Outcome = Extract<RunEvent, { type: 'node-ended' }>['outcome']

function ended({ emit }: Rolling, node: string, outcome: Outcome, changed: number, message: string): NodeEnd {
  emit({ type: 'node-ended', node, outcome, changed, message })
  return { node, outcome, changed, message }
}

/** Before a node of a cluster that serves is changed: all is well, quorum can spare it, and it is not the primary. */
async function makeSafe(input: Rolling, before: Pulse, { node: name, todo }: NodeWork): Promise<void> {
  if (!interrupts(before, name, todo)) return
  const pulse = await healthy(input, name)
  if (!guard(staying(input.spec), pulse, name, todo).handOver) return
  const { spec, signal } = input
  const node = spec.nodes.find((entry) => entry.name === name)!
  const text = `Handing the primary over from ${name}`
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
        `The cluster is not well: ${lack}.`,
        'Mend that first: nothing is restarted while it lasts. Then press Retry.',
      )
    input.emit({ type: 'step-waiting', node: next, step: 'base/health', because: lack })
    await sleep(2_000, undefined, { signal: input.signal })
  }
}

async function workOn(input: Rolling, { node: name, steps, settled }: NodeWork): Promise<NodeEnd> {
  const node = input.spec.nodes.find((entry) => entry.name === name)!
  input.emit({ type: 'node-started', node: name })
  let changed = 0
  const emit = (event: RunEvent) => {
    if (event.type === 'step-settled' && event.changed) changed++
    input.emit(event)
  }
  try {
    const connect = () => input.fleet.connect(node, input.signal)
    await walk({ node: name, steps, settled, connect, emit, signal: input.signal })
    return ended(input, name, 'succeeded', changed, changeWords(changed))
  } catch (error) {
    if (input.signal.aborted) return ended(input, name, 'cancelled', changed, 'Cancelled.')
    if (error instanceof Trouble) return ended(input, name, 'failed', changed, `${error.message} ${error.cure}`)
    throw error
  }
}

export const changeWords = (changed: number): string =>
  changed === 0 ? 'Nothing to change.' : `${changed} ${changed === 1 ? 'change' : 'changes'}.`

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
      message: `Cancelled after ${changed} changes. Retry goes on where it stopped.`,
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
        ? 'Everything is as it should be: 0 changes.'
        : `All ${nodes.length} nodes are done: ${changed} changes.`),
  }
}
