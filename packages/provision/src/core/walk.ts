/** Walks one node through its steps: check, act, check again. The check is the cursor, so walking again is resuming. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunEvent } from '@bramble/cluster'
import type { Transport } from '../transports/types.ts'
import { act } from './act.ts'
import { gather } from './gather.ts'
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
/** Milliseconds that a node may be away in the middle of a walk before the walk gives up: it may be rebooting. */
const awayLimit = 120_000

/** Number of steps that changed something. Trouble when a step fails; its `step-failed` event is sent before. */
export async function walk(plan: Walk): Promise<number> {
  let changed = 0
  for (const step of plan.steps) {
    plan.signal.throwIfAborted()
    if (changed === 0 && step.apply && plan.settled.has(step.id)) continue
    const started = Date.now()
    try {
      const did = await patiently(plan, () => take(plan, step))
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
      if (plan.signal.aborted) throw new Trouble('cancelled', 'Cancelled.', 'Press Retry to go on where it stopped.')
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

/** One step. True when it changed something. */
async function take(plan: Walk, step: Step): Promise<boolean> {
  const { node, signal } = plan
  const transport = await plan.connect()
  const facts = await gather(transport, step.reads, { signal })
  const verdict = step.check(facts)
  if (verdict.settled) return false
  plan.emit({ type: 'step-started', node, step: step.id, title: step.title, because: verdict.because })
  if (step.apply) {
    const log = (text: string, stream: 'stdout' | 'stderr' | 'bramble') =>
      plan.emit({ type: 'log', node, step: step.id, stream, text })
    for (const action of step.apply(facts)) await act(transport, action, { signal, log })
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
        `${step.title}: ${reason}, even after ${Math.round(patience / 1000)} s.`,
        step.cure ?? 'Look at the log of this step, then press Retry.',
      )
    await sleep(pause, undefined, { signal: plan.signal })
  }
}

/** Takes a step again when the connection broke under it: what it did is seen by its check. */
async function patiently(plan: Walk, attempt: () => Promise<boolean>): Promise<boolean> {
  const until = Date.now() + awayLimit
  let did = false
  for (;;) {
    try {
      return (await attempt()) || did
    } catch (error) {
      const away = error instanceof Trouble && (error.code === 'connection-lost' || error.code === 'unreachable')
      if (!away || plan.signal.aborted || Date.now() > until) throw error
      did ||= error.code === 'connection-lost'
      plan.emit({ type: 'log', node: plan.node, step: null, stream: 'bramble', text: `${error.message} Trying again.` })
      await sleep(2_000, undefined, { signal: plan.signal })
    }
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
    'This is a fault in Bramble. Export the run and report it.',
    { cause: error },
  )
}
