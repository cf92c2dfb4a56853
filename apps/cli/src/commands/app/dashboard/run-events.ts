/** A run of a dashboard as the events that the engine yields for a cluster file, so that both are shown in the same way. */
import { appApi, endedStatuses, RunEvent, type RunOutcome } from '@bramble/cluster'
import { Trouble } from '@bramble/provision'
import type { DashboardClient } from './client.ts'
import { followEvents } from './events.ts'

/** Until it has ended. Trouble: what ended the run as a whole; those of `followEvents`. */
export async function followRun(
  client: DashboardClient,
  run: string,
  on: { event?: (event: RunEvent) => void; line?: (line: appApi.RunLine) => void },
  signal: AbortSignal,
): Promise<RunOutcome> {
  const told = new Map<string, appApi.Step>()
  let last: appApi.Run | null = null
  for await (const { event, data } of followEvents(client, `/api/runs/${run}/log?from=0`, signal)) {
    if (event === 'run') {
      last = appApi.Run.parse(data)
      for (const step of last.steps) for (const one of stepEvents(told, step)) on.event?.(one)
    }
    if (event !== 'log') continue
    for (const line of appApi.RunLines.parse(data)) {
      on.line?.(line)
      // What Bramble itself says of a step is an event of its own.
      if (line.stream !== 'bramble' || line.node === null) on.event?.({ type: 'log', ...line })
    }
  }
  return endOf(last, on.event)
}

/** What became of a step since it was seen last. */
export function stepEvents(told: Map<string, appApi.Step>, step: appApi.Step): RunEvent[] {
  const key = `${step.node} ${step.id}`
  const before = told.get(key)
  if (before && before.status === step.status && before.because === step.because) return []
  told.set(key, step)
  const { node, title, because, status } = step
  const at = { node, step: step.id }
  const events: RunEvent[] = []
  if (!before && status !== 'done') events.push({ type: 'step-started', ...at, title, because })
  if (status === 'waiting') events.push({ type: 'step-waiting', ...at, because })
  if (status === 'done' || status === 'changed')
    events.push({ type: 'step-settled', ...at, title, changed: status === 'changed', seconds: step.seconds ?? 0 })
  if (status === 'failed') {
    const { code = 'failed', message = because, cure = '' } = step.error ?? {}
    events.push({ type: 'step-failed', ...at, title, code, message, cure })
  }
  return events
}

function endOf(run: appApi.Run | null, emit: ((event: RunEvent) => void) | undefined): RunOutcome {
  if (!run || !endedStatuses.includes(run.status))
    throw new Trouble('run-unknown', 'The dashboard no longer has this run.', 'Check the Runs page of the dashboard.')
  const { outcome, trouble } = run
  for (const { node, outcome: end, changed, message } of outcome?.nodes ?? []) {
    const event = RunEvent.safeParse({ type: 'node-ended', node, outcome: end, changed, message }).data
    if (event) emit?.(event)
  }
  if (outcome) return outcome
  if (trouble) throw new Trouble(trouble.code, trouble.message, trouble.cure)
  const status = run.status === 'cancelled' ? 'cancelled' : 'failed'
  return { status, changed: 0, seconds: 0, message: `The run ended as ${run.status}.`, nodes: [] }
}
