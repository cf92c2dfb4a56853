/** Walks one node through its steps: check, act, check again. The check is the cursor, so walking again is resuming. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunEvent } from '@bramble/cluster'
import { act } from './act.ts'
import { cancelled } from './cancel.ts'
import { gather } from './gather.ts'
import { persistently } from './persistently.ts'
import { awaitActions, runningActions } from './running.ts'
import type { Transport } from './transport.ts'
import { type Step, Trouble, type Verdict } from './types.ts'

export interface Walk {
  node: string
  steps: readonly Step[]
  /** Ids of the steps that the plan found settled: they are not asked again until something has changed. */
  settled: ReadonlySet<string>
  connect: () => Promise<Transport>
  emit: (event: RunEvent) => void
  signal: AbortSignal
}

const defaultPatience = 20

/** Number of steps that changed something. Trouble when a step fails; its `step-failed` event is sent before. */
export async function walk(plan: Walk): Promise<number> {
  let changed = 0
  for (const step of plan.steps) {
    plan.signal.throwIfAborted()
    if (changed === 0 && step.apply && plan.settled.has(step.id)) continue
    const started = Date.now()
    try {
      const did = await patiently(plan, step)
      if (did) changed++
      plan.emit({
        type: 'step-settled',
        node: plan.node,
        step: step.id,
        title: step.title,
        changed: did,
        seconds: (Date.now() - started) / 1000,
      })
    } catch (error) {
      if (plan.signal.aborted) throw cancelled()
      const trouble = troubleOf(error, step)
      plan.emit({
        type: 'step-failed',
        node: plan.node,
        step: step.id,
        title: step.title,
        code: trouble.code,
        message: trouble.message,
        cure: trouble.cure,
      })
      throw trouble
    }
  }
  return changed
}

/** A connection that broke may have left something done: the check of the next attempt sees it. */
async function patiently(plan: Walk, step: Step): Promise<boolean> {
  let did = false
  const again = ({ code, message }: Trouble) => {
    did ||= code === 'connection-lost'
    plan.emit({ type: 'log', node: plan.node, step: null, stream: 'bramble', text: `${message} Trying again.` })
  }
  return (await persistently(plan.signal, again, () => take(plan, step))) || did
}

/** One step. True when it changed something. */
async function take(plan: Walk, step: Step): Promise<boolean> {
  const { node, signal } = plan
  const log = (text: string, stream: 'stdout' | 'stderr' | 'bramble') =>
    plan.emit({ type: 'log', node, step: step.id, stream, text })
  const transport = await plan.connect()
  const facts = await gather(transport, [...step.reads, runningActions], { signal })
  if (await awaitActions(transport, facts.of(runningActions), { signal, log })) return take(plan, step)
  const verdict = step.check(facts)
  if (verdict.settled) return false
  plan.emit({ type: 'step-started', node, step: step.id, title: step.title, because: verdict.because })
  if (step.apply) {
    for (const action of step.apply(facts)) await act(transport, action, { signal, log, step: step.id })
  }
  await settle(plan, step, verdict)
  return step.apply !== undefined
}

/** Waits until the step's check holds. A gate also waits through a lost connection. */
async function settle(plan: Walk, step: Step, first: Verdict): Promise<void> {
  const patience = (step.patience ?? defaultPatience) * 1000
  const until = Date.now() + patience
  let reason = first.settled ? '' : first.because
  for (let pause = 150; ; pause = Math.min(pause * 1.5, 2_000)) {
    const verdict = step.check(await gather(await plan.connect(), step.reads, { signal: plan.signal }))
    if (verdict.settled) return
    if (verdict.because !== reason)
      plan.emit({ type: 'step-waiting', node: plan.node, step: step.id, because: verdict.because })
    reason = verdict.because
    if (Date.now() > until)
      throw new Trouble(
        step.apply ? 'did-not-settle' : 'gate-closed',
        `${step.title}: ${reason} (waited ${Math.round(patience / 1000)} s).`,
        step.cure ?? 'Check the log of this step, then press Retry.',
      )
    await sleep(pause, undefined, { signal: plan.signal })
  }
}

function troubleOf(error: unknown, step: Step): Trouble {
  const known = error instanceof Trouble && error.code === 'action-failed' ? step.explain?.(error.message) : null
  if (known) return new Trouble(known.code, known.message, known.cure, { cause: error })
  if (error instanceof Trouble)
    return error.code === 'action-failed' && step.cure
      ? new Trouble(error.code, error.message, step.cure, { cause: error })
      : error
  return new Trouble(
    'fault',
    `${step.title}: ${(error as Error).message}`,
    'This is a bug in Bramble. Export the run and report it.',
    { cause: error },
  )
}
