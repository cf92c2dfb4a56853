/** What the run page is drawn from: plain data, sent with the page and again over the stream. */

import type { Plan } from '@bramble/cluster'
import type { LogLine, RunView, StepStatus, StepView } from '@bramble/db/runs'
import { duration } from '@/format/duration.ts'

export type { LogLine, RunView, StepStatus, StepView }

/** One step to come, from the plan. */
export interface Expected {
  node: string
  id: string
  title: string
  /** Right already when it was planned. */
  settled: boolean
}

export type LaneStatus = 'waiting' | 'running' | 'succeeded' | 'failed' | 'unreachable' | 'cancelled' | 'skipped'

export interface Lane {
  node: string
  status: LaneStatus
  /** Steps in the plan's order, then those that only the run knows. */
  steps: (StepView | { node: string; id: string; title: string; status: 'pending' })[]
  done: number
  total: number
  /** The sentence this node ended with; empty while it goes. */
  message: string
}

const finished: readonly string[] = ['done', 'changed', 'failed']

/** Steps of the plan, per node in the plan's order: the run goes through all of them, settled ones too. */
export function expectedSteps(plan: Plan): Expected[] {
  const position = new Map(plan.order.map((name, at) => [name, at]))
  const nodes = [...plan.nodes].sort((a, b) => (position.get(a.node) ?? 999) - (position.get(b.node) ?? 999))
  return nodes.flatMap((node) =>
    (node.steps ?? []).map((step) => ({
      node: node.node,
      id: step.id,
      title: step.title,
      settled: step.verdict === 'settled',
    })),
  )
}

/** One lane a Pi. `nodes`: those the run is about, in the order they are drawn. */
export function lanesOf(run: RunView, nodes: readonly string[], expected: readonly Expected[]): Lane[] {
  const names = [...new Set([...nodes, ...run.steps.map((step) => step.node)])]
  return names.map((node) => {
    const told = new Map(run.steps.filter((step) => step.node === node).map((step) => [step.id, step]))
    const steps: Lane['steps'] = expected
      // What was right already and was never come to is no work left when the run is over.
      .filter((step) => step.node === node && !(isOver(run) && step.settled && !told.has(step.id)))
      .map(({ settled, ...step }) => told.get(step.id) ?? { ...step, status: 'pending' as const })
    const listed = new Set(steps.map((step) => step.id))
    steps.push(...[...told.values()].filter((step) => !listed.has(step.id)))
    const end = run.outcome?.nodes.find((entry) => entry.node === node)
    return {
      node,
      status: laneStatus(run, steps, end?.outcome),
      steps,
      done: steps.filter((step) => finished.includes(step.status)).length,
      total: steps.length,
      message: end?.message ?? '',
    }
  })
}

function laneStatus(run: RunView, steps: Lane['steps'], end: string | undefined): LaneStatus {
  const ends: readonly LaneStatus[] = ['succeeded', 'failed', 'unreachable', 'cancelled', 'skipped']
  const ended = ends.find((status) => status === end)
  if (ended) return ended
  if (steps.some((step) => step.status === 'failed')) return 'failed'
  if (run.status === 'cancelled') return 'cancelled'
  if (run.status === 'failed') return 'skipped'
  if (run.status === 'succeeded') return 'succeeded'
  return steps.some((step) => step.status !== 'pending') ? 'running' : 'waiting'
}

export function isOver(run: Pick<RunView, 'status'>): boolean {
  return run.status !== 'queued' && run.status !== 'running'
}

/** Time of one step: a decimal below ten seconds. */
export function stepSeconds(seconds: number): string {
  return seconds < 9.95 ? `${seconds.toFixed(1)} s` : duration(seconds)
}
