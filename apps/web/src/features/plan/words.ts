/** A plan in words: what is done, in which order, what stops and what is lost. Pure. */
import type { NodePlan, Plan, PlannedStep } from '@bramble/cluster'

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** `pi-1`, `pi-1 and pi-2`, `pi-1, pi-2 and pi-3`. */
export function listed(names: readonly string[]): string {
  if (names.length <= 1) return names[0] ?? ''
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

export function stepsToDo(node: NodePlan): PlannedStep[] {
  return (node.steps ?? []).filter((step) => step.verdict !== 'settled')
}

/** The order of work as one sentence. */
export function rolloutWords(plan: Plan): string {
  const busy = new Set(plan.nodes.filter((node) => stepsToDo(node).length > 0).map((node) => node.node))
  const order = plan.order.filter((name) => busy.has(name))
  if (order.length === 0)
    return unasked(plan).length > 0 ? 'Nothing to do on the Pis that were reached.' : 'Nothing to do on any Pi.'
  if (plan.rollout === 'together')
    return order.length === 1
      ? `First boot of ${order[0]}.`
      : `First boot: ${listed(order)} are set up at the same time, because etcd needs its peers to start.`
  if (order.length === 1)
    return `Only ${order[0]}. If it is the primary and PostgreSQL has to stop, Bramble switches over first.`
  return `One by one: ${order.slice(0, -1).join(', ')}, then ${order.at(-1)}. The cluster keeps serving. The primary comes after the replicas, with a switchover if PostgreSQL has to stop on it. New Pis come last.`
}

export interface Remark {
  node: string
  step: string
  words: string
}

/** What will be lost, per node. */
export function losses(plan: Plan): Remark[] {
  return remarks(plan, (step) => step.destroys)
}

/** What stops for a moment, per node. */
export function interruptions(plan: Plan): Remark[] {
  return remarks(plan, (step) => step.disrupts)
}

function remarks(plan: Plan, words: (step: PlannedStep) => string | null): Remark[] {
  return plan.nodes.flatMap((node) =>
    stepsToDo(node).flatMap((step) => {
      const text = words(step)
      return text ? [{ node: node.node, step: step.id, words: text }] : []
    }),
  )
}

/** Steps of one role in their order; roles in the order in which they first appear. */
export function byRole(steps: readonly PlannedStep[]): { role: string; steps: PlannedStep[] }[] {
  const groups = new Map<string, PlannedStep[]>()
  for (const step of steps) {
    const group = groups.get(step.role)
    if (group) group.push(step)
    else groups.set(step.role, [step])
  }
  return [...groups].map(([role, list]) => ({ role, steps: list }))
}

/** Packages that an `apt-get install` among the actions names. Empty when it installs none. */
export function packagesOf(step: PlannedStep): string[] {
  return step.actions.flatMap((action) => {
    if (action.kind !== 'run') return []
    const at = action.argv.indexOf('install')
    if (at < 0 || !action.argv.slice(0, at).some((word) => /(^|\/)apt(-get)?$/.test(word))) return []
    return action.argv.slice(at + 1).filter((word) => !word.startsWith('-') && !word.includes('::'))
  })
}

/** Pis that did not answer. */
export function unasked(plan: Plan): string[] {
  return plan.nodes.filter((node) => node.steps === null).map((node) => node.node)
}

export interface PlanTotals {
  steps: number
  files: number
  packages: number
  settled: number
}

export function totals(plan: Plan): PlanTotals {
  const todo = plan.nodes.flatMap(stepsToDo)
  const paths = plan.nodes.flatMap((node) =>
    stepsToDo(node).flatMap((step) =>
      step.actions.flatMap((action) => (action.kind === 'put' ? [`${node.node} ${action.path}`] : [])),
    ),
  )
  return {
    steps: todo.filter((step) => step.verdict === 'todo').length,
    files: new Set(paths).size,
    packages: new Set(todo.flatMap(packagesOf)).size,
    settled: plan.nodes.reduce(
      (sum, node) => sum + (node.steps ?? []).filter((step) => step.verdict === 'settled').length,
      0,
    ),
  }
}

/** Why *Provision* may not be pressed; null when it may. */
export function refusal(plan: Plan): string | null {
  // What a person may accept is asked of him with the button.
  if (plan.findings.some(({ level, accept }) => level === 'error' && accept === undefined))
    return 'Fix the problems marked in red first.'
  if (plan.nodes.every((node) => node.steps === null)) return 'No Pi could be reached, so there is nothing to approve.'
  if (plan.changes === 0 && unasked(plan).length > 0)
    return `The Pis that were reached are up to date. Could not reach ${listed(unasked(plan))}.`
  if (plan.changes === 0) return 'Everything is up to date. There is nothing to provision.'
  return null
}
