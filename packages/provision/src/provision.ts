/** The engine's front: plan a cluster, and make what was approved hold. */
import { nodesWith, type Plan, type RunEvent, type RunOutcome } from '@bramble/cluster'
import { todoSignatures } from './core/plan.ts'
import { redactor } from './core/redact.ts'
import { Trouble } from './core/types.ts'
import { type NodeEnd, type NodeWork, oneByOne, outcomeOf, together } from './rolling.ts'
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
  signal: AbortSignal
  emit: (event: RunEvent) => void
}

/**
 * Plans again and does what was approved. Trouble before anything is changed: `preflight`, `plan-changed`, `no-quorum`.
 * What fails later is in the outcome, node by node.
 */
export async function apply(input: ApplyInput): Promise<RunOutcome> {
  const started = Date.now()
  const redact = redactor(input.secrets)
  const emit = (event: RunEvent) => input.emit(cleaned(event, redact))
  const found = await survey(input)
  emit({ type: 'planned', plan: found.plan })
  refuse(input, found)

  const work = found.plan.order.flatMap((name) => workOf(found, name) ?? [])
  const rolling = { ...input, emit }
  const ends = [
    ...away(found, emit),
    ...(found.plan.rollout === 'together' ? await together(rolling, work) : await oneByOne(rolling, found.pulse, work)),
  ]
  const order = input.spec.nodes.map((node) => node.name)
  ends.sort((a, b) => order.indexOf(a.node) - order.indexOf(b.node))
  return outcomeOf(ends, (Date.now() - started) / 1000)
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
      'The nodes are no longer as they were when the plan was approved.',
      'Look at the new plan and approve it.',
    )
  const missing = plan.nodes.filter((node) => node.trouble !== null)
  if (missing.length === plan.nodes.length)
    throw new Trouble(
      missing[0]?.trouble?.code ?? 'unreachable',
      missing.map((node) => node.trouble?.message).join(' '),
      missing[0]?.trouble?.cure ?? '',
    )
  const voters = nodesWith(input.spec, 'etcd')
  const present = voters.filter((voter) => !missing.some((node) => node.node === voter.name)).length
  if (plan.rollout === 'together' && present < Math.floor(voters.length / 2) + 1)
    throw new Trouble(
      'no-quorum',
      `Only ${present} of ${voters.length} etcd voters can be reached: without a majority no database can start. ${missing.map((node) => node.trouble?.message).join(' ')}`,
      missing[0]?.trouble?.cure ?? 'Bring the other Pis up, then press Retry.',
    )
}

/** The nodes that could not be asked, told as ended. */
function away({ plan }: Survey, emit: (event: RunEvent) => void): NodeEnd[] {
  return plan.nodes.flatMap(({ node, trouble }) => {
    if (!trouble) return []
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

function cleaned(event: RunEvent, redact: (text: string) => string): RunEvent {
  switch (event.type) {
    case 'log':
      return { ...event, text: redact(event.text) }
    case 'step-failed':
    case 'node-ended':
      return { ...event, message: redact(event.message) }
    default:
      return event
  }
}
