/** The engine's front: plan a cluster, and make what was approved hold. */
import {
  type ChangedStep,
  Changes,
  nodesWith,
  type Plan,
  type RunEvent,
  type RunOutcome,
  staying,
} from '@bramble/cluster'
import { todoSignatures } from '../engine/plan.ts'
import { redactor } from '../engine/redact.ts'
import { type Step, Trouble } from '../engine/types.ts'
import {
  changeWords,
  cleaned,
  type NodeEnd,
  type NodeWork,
  oneByOne,
  outcomeOf,
  type Rolling,
  together,
} from './rollout.ts'
import { type PlanInput, type Survey, survey } from './survey.ts'

/** What a person has approved: the steps of a plan with what they write. */
export interface ApprovedSteps {
  readonly signatures: ReadonlySet<string>
}

/** For Retry and for taking over a dead worker's run: any part of that plan may be done. */
export function approvedSteps(plan: Plan): ApprovedSteps {
  return { signatures: new Set(todoSignatures(plan.nodes)) }
}

/** Every step of every node with its verdict. Changes nothing. */
export async function plan(input: PlanInput): Promise<Plan> {
  return (await survey(input)).plan
}

export interface ApplyInput extends PlanInput {
  /** Digest of the approved plan (the world must be as it was then), approved steps, or null: whatever the plan says. */
  approved: string | ApprovedSteps | null
  /** Changed in this run already, by a worker that is gone: counted with the rest. */
  changedBefore?: readonly ChangedStep[]
  signal: AbortSignal
  emit: (event: RunEvent) => void
}

/**
 * Plans again and does what was approved. Trouble before anything is changed: `preflight`, `plan-changed`, `no-quorum`.
 * What fails later is in the outcome, node by node.
 */
export async function apply(input: ApplyInput): Promise<RunOutcome> {
  const started = Date.now()
  const tell = cleaned(input.emit, redactor(input.secrets))
  const changes = new Changes(input.changedBefore)
  const emit = (event: RunEvent) => {
    changes.note(event)
    tell(event)
  }
  const found = await survey(input)
  emit({ type: 'planned', plan: found.plan })
  refuse(input, found)

  const work = found.plan.order.flatMap((name) => workOf(found, name) ?? [])
  const rolling = { ...input, emit }
  const ends = [...away(input, found, emit), ...(await inVisits(rolling, found, work))]
  const order = input.spec.nodes.map((node) => node.name)
  const merged = order.flatMap(
    (name) =>
      mergedEnd(
        ends.filter(({ node }) => node === name),
        changes.on(name),
      ) ?? [],
  )
  return outcomeOf(merged, (Date.now() - started) / 1000)
}

/** What a node gives away is handed over before the others change, and taken from it when they all have their roles. */
async function inVisits(input: Rolling, { plan, pulse }: Survey, work: readonly NodeWork[]): Promise<NodeEnd[]> {
  const at = (visit: Step['visit']) => work.map((one) => partOf(one, visit))
  const [first, roles, late] = [at('first').filter(isDue), at(undefined), at('late').filter(isDue)]
  if (plan.rollout === 'one-by-one') return oneByOne(input, pulse, [...first, ...roles, ...late])
  const ends = await together(input, roles)
  return ends.every(({ outcome }) => outcome === 'succeeded')
    ? [...ends, ...(await oneByOne(input, pulse, [...first, ...late]))]
    : ends
}

const isDue = ({ todo }: NodeWork): boolean => todo.length > 0

function partOf({ node, steps, settled, todo }: NodeWork, visit: Step['visit']): NodeWork {
  const of = (list: readonly Step[]) => list.filter((step) => step.visit === visit)
  return { node, steps: of(steps), settled, todo: of(todo) }
}

/** One end for a node that was visited more than once: the first that did not succeed says how it went. */
function mergedEnd(ends: readonly NodeEnd[], changed: number): NodeEnd | null {
  const last = ends.find(({ outcome }) => outcome !== 'succeeded') ?? ends.at(-1)
  if (!last) return null
  return { ...last, changed, message: last.outcome === 'succeeded' ? changeWords(changed) : last.message }
}

/** Everything that stops a run before it changes anything. */
function refuse(input: ApplyInput, { plan }: Survey): void {
  const errors = plan.findings.filter((finding) => finding.level === 'error')
  if (errors.length > 0)
    throw new Trouble(
      'preflight',
      errors.map((finding) => finding.message).join(' '),
      [...new Set(errors.map((finding) => finding.cure))].join(' '),
    )
  const { approved } = input
  const strange =
    typeof approved === 'string'
      ? approved !== plan.digest
      : approved !== null && todoSignatures(plan.nodes).some((signature) => !approved.signatures.has(signature))
  if (strange)
    throw new Trouble(
      'plan-changed',
      'The nodes have changed since the plan was approved.',
      'Review the new plan and approve it.',
    )
  const missing = plan.nodes.filter((node) => node.trouble !== null)
  if (missing.length === plan.nodes.length)
    throw new Trouble(
      missing[0]?.trouble?.code ?? 'unreachable',
      missing.map((node) => node.trouble?.message).join(' '),
      missing[0]?.trouble?.cure ?? '',
    )
  const voters = nodesWith(staying(input.spec), 'etcd')
  const present = voters.filter((voter) => !missing.some((node) => node.node === voter.name)).length
  if (plan.rollout === 'together' && present < Math.floor(voters.length / 2) + 1)
    throw new Trouble(
      'no-quorum',
      `Only ${present} of ${voters.length} etcd members are reachable: without a quorum the database cannot start. ${missing.map((node) => node.trouble?.message).join(' ')}`,
      missing[0]?.trouble?.cure ?? 'Bring the other Pis online, then press Retry.',
    )
}

/** The nodes that could not be asked, told as ended. */
function away({ spec }: ApplyInput, { plan }: Survey, emit: (event: RunEvent) => void): NodeEnd[] {
  return plan.nodes.flatMap(({ node, trouble }) => {
    if (!trouble) return []
    if (spec.nodes.some(({ name, leaving }) => name === node && leaving)) {
      const message = 'Unreachable. The other nodes block its access nevertheless.'
      emit({ type: 'node-ended', node, outcome: 'skipped', changed: 0, message })
      return [{ node, outcome: 'skipped', changed: 0, message }]
    }
    const end: NodeEnd = { node, outcome: 'unreachable', changed: 0, message: `${trouble.message} ${trouble.cure}` }
    emit({ type: 'node-ended', ...end, outcome: 'unreachable' })
    return [end]
  })
}

/** Null: the node could not be asked. */
function workOf({ plan, steps: known }: Survey, name: string): NodeWork | null {
  const planned = plan.nodes.find((node) => node.node === name)?.steps
  if (!planned) return null
  const having = (verdict: string) => new Set(planned.filter((step) => step.verdict === verdict).map(({ id }) => id))
  const steps = known.get(name)!
  const todo = having('todo')
  return { node: name, steps, settled: having('settled'), todo: steps.filter((step) => todo.has(step.id)) }
}
