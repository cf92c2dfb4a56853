/** Desired state against facts: the plan. Pure. */
import { createHash } from 'node:crypto'
import type { PlannedAction, PlannedStep } from '@bramble/cluster'
import { createTwoFilesPatch } from 'diff'
import type { FileStep } from '../resources/file.ts'
import { type Action, type Facts, Secret, type Step } from './types.ts'

/**
 * Every step of a node with its verdict, in order. A step also is to be done when one that it follows is.
 * `serving`: the cluster has a primary; only then does a restart disrupt anything.
 */
export function planSteps(steps: readonly Step[], facts: Facts, serving: boolean): PlannedStep[] {
  const todo = new Set<string>()
  return steps.map((step) => {
    const verdict = step.check(facts)
    const cause = step.follows?.find((id) => todo.has(id))
    const base = { id: step.id, role: step.id.split('/')[0]!, title: step.title, destroys: null, disrupts: null }
    if (verdict.settled && !cause) return { ...base, verdict: 'settled', because: '', actions: [], signature: '' }
    const because = verdict.settled ? `${cause} changes` : verdict.because
    if (!step.apply) return { ...base, verdict: 'gate', because, actions: [], signature: '' }
    todo.add(step.id)
    const actions = step.apply(facts)
    return {
      ...base,
      verdict: 'todo',
      because,
      actions: actions.map((action) => shown(action, step, facts)),
      signature: signature(step, actions),
      destroys: step.destroys ?? null,
      disrupts: (serving && step.disrupts?.words) || null,
    }
  })
}

/** What a step would write, as a hash; commands vary with the node's state and are bound by the step's id. */
function signature(step: Step, actions: readonly Action[]): string {
  const hash = createHash('sha256').update(`${step.id}\n${step.destroys ?? ''}\n`)
  for (const action of actions)
    if (action.kind === 'put')
      hash.update(`${action.path} ${action.mode} ${action.owner ?? ''} ${sha256(textOf(action.content))}\n`)
  return hash.digest('hex')
}

/** Every step to do on every node, with what it writes: one line each. */
export function todoSignatures(nodes: readonly { node: string; steps: readonly PlannedStep[] | null }[]): string[] {
  return nodes.flatMap(({ node, steps }) =>
    (steps ?? []).filter((step) => step.verdict === 'todo').map((step) => `${node} ${step.id} ${step.signature}`),
  )
}

/** The digest that a person approves. */
export function planDigest(nodes: Parameters<typeof todoSignatures>[0]): string {
  return sha256(todoSignatures(nodes).join('\n'))
}

function shown(action: Action, step: Step, facts: Facts): PlannedAction {
  if (action.kind === 'run') return { kind: 'run', argv: [...action.argv], as: action.as ?? 'root' }
  if (action.kind === 'stamp') return { kind: 'stamp', unit: action.unit }
  const current = (step as Partial<FileStep>).current
  const known = current ? facts.of(current) : null
  const secret =
    action.content instanceof Secret || (action.mode & 0o077) === 0 || !current?.query || !('content' in current.query)
  return {
    kind: 'put',
    path: action.path,
    mode: action.mode.toString(8).padStart(4, '0'),
    owner: action.owner ?? 'root:root',
    secret,
    diff: secret ? null : difference(action.path, known?.content ?? '', textOf(action.content)),
  }
}

function difference(path: string, before: string, after: string): string {
  const patch = createTwoFilesPatch(path, path, before, after, '', '', { context: 3 })
  return patch.split('\n').slice(1).join('\n')
}

function textOf(content: string | Secret): string {
  return content instanceof Secret ? content.reveal() : content
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
