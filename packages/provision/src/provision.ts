/** The engine's front: plan a cluster, and make what was approved hold. */
import { setTimeout as sleep } from 'node:timers/promises'
import { nodesWith, type Plan, type RunEvent, type RunOutcome } from '@bramble/cluster'
import { todoSignatures } from './core/plan.ts'
import { redactor } from './core/redact.ts'
import { guard, interrupts, unhealthy } from './core/rollout.ts'
import { Trouble } from './core/types.ts'
import { walk } from './core/walk.ts'
import { handOver } from './roles/postgres/handover.ts'
import { type PlanInput, type Survey, survey, takePulse } from './survey.ts'

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

type NodeEnd = RunOutcome['nodes'][number]

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

  const reached = found.plan.order.filter((name) => stepsPlanned(found, name))
  const run = found.plan.rollout === 'together' ? together : oneByOne
  const ends = [...away(found, emit), ...(await run({ ...input, emit }, found, reached))]
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

async function together(input: ApplyInput, found: Survey, names: readonly string[]): Promise<NodeEnd[]> {
  return Promise.all(names.map((name) => workOn(input, found, name)))
}

async function oneByOne(input: ApplyInput, found: Survey, names: readonly string[]): Promise<NodeEnd[]> {
  const ends: NodeEnd[] = []
  const skip = (name: string, message: string) => {
    const end: NodeEnd = { node: name, outcome: 'skipped', changed: 0, message }
    input.emit({ type: 'node-ended', ...end, outcome: 'skipped' })
    ends.push(end)
  }
  let stopped: string | null = null
  for (const name of names) {
    const todo = stepsPlanned(found, name)!.filter((step) => step.verdict === 'todo')
    if (stopped) {
      skip(name, `Not touched, since ${stopped} failed.`)
      continue
    }
    if (todo.length > 0) {
      try {
        await makeSafe(input, found, name, new Set(todo.map((step) => step.id)))
      } catch (error) {
        if (!(error instanceof Trouble)) throw error
        if (input.signal.aborted) skip(name, 'Cancelled.')
        else {
          input.emit({
            type: 'node-ended',
            node: name,
            outcome: 'failed',
            changed: 0,
            message: `${error.message} ${error.cure}`,
          })
          ends.push({ node: name, outcome: 'failed', changed: 0, message: `${error.message} ${error.cure}` })
        }
        stopped = name
        continue
      }
    }
    const end = await workOn(input, found, name)
    ends.push(end)
    if (end.outcome !== 'succeeded') stopped = name
  }
  return ends
}

/** Before a node of a cluster that serves is changed: all is well, quorum can spare it, and it is not the primary. */
async function makeSafe(input: ApplyInput, found: Survey, name: string, todo: ReadonlySet<string>): Promise<void> {
  const steps = found.steps.get(name)!.filter((step) => todo.has(step.id))
  if (!interrupts(found.pulse, name, steps)) return
  const pulse = await healthy(input, name)
  if (!guard(input.spec, pulse, name, steps).handOver) return
  const node = input.spec.nodes.find((entry) => entry.name === name)!
  input.emit({
    type: 'log',
    node: name,
    step: null,
    stream: 'bramble',
    text: `Handing the primary over from ${name}`,
  })
  await handOver({
    spec: input.spec,
    node,
    transport: await input.fleet.connect(node, input.signal),
    signal: input.signal,
  })
  await healthy(input, name)
}

/** Waits until the other nodes are well, 5 minutes at most. */
async function healthy(input: ApplyInput, next: string) {
  const until = Date.now() + 300_000
  for (;;) {
    const { pulse, reachable } = await takePulse(input)
    reachable.delete(next)
    const lack = unhealthy(input.spec, pulse, reachable)
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

async function workOn(input: ApplyInput, found: Survey, name: string): Promise<NodeEnd> {
  const node = input.spec.nodes.find((entry) => entry.name === name)!
  input.emit({ type: 'node-started', node: name })
  const settled = new Set(
    stepsPlanned(found, name)!
      .filter((step) => step.verdict === 'settled')
      .map((step) => step.id),
  )
  let changed = 0
  const emit = (event: RunEvent) => {
    if (event.type === 'step-settled' && event.changed) changed++
    input.emit(event)
  }
  const end = (outcome: 'succeeded' | 'failed' | 'cancelled', message: string): NodeEnd => {
    input.emit({ type: 'node-ended', node: name, outcome, changed, message })
    return { node: name, outcome, changed, message }
  }
  try {
    const connect = () => input.fleet.connect(node, input.signal)
    await walk({ node: name, steps: found.steps.get(name)!, settled, connect, emit, signal: input.signal })
    return end(
      'succeeded',
      changed === 0 ? 'Nothing to change.' : `${changed} ${changed === 1 ? 'change' : 'changes'}.`,
    )
  } catch (error) {
    if (input.signal.aborted) return end('cancelled', 'Cancelled.')
    if (error instanceof Trouble) return end('failed', `${error.message} ${error.cure}`)
    throw error
  }
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

function outcomeOf(nodes: NodeEnd[], seconds: number): RunOutcome {
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
  const done = `${nodes.length - having('unreachable').length} of ${nodes.length} nodes are done.`
  if (having('unreachable').length > 0)
    return { ...base, status: 'partial', message: `${done} ${told(having('unreachable'))} Then press Retry.` }
  return {
    ...base,
    status: 'succeeded',
    message:
      changed === 0
        ? 'Everything is as it should be: 0 changes.'
        : `All ${nodes.length} nodes are done: ${changed} changes.`,
  }
}

function stepsPlanned({ plan }: Survey, name: string) {
  return plan.nodes.find((node) => node.node === name)?.steps ?? null
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
