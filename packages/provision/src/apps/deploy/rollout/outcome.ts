/** How a deploy ended, in words for people. */
import type { AppSpec, ClusterSpec, RunOutcome } from '@bramble/cluster'
import { isCancelled } from '../../../engine/cancel.ts'
import { Trouble } from '../../../engine/types.ts'
import { appNodes } from '../../../serving/nodes.ts'
import { type Claimed, servingUnknown } from '../etcd/claim.ts'
import type { Progress } from './progress.ts'

/** The last lines of a log are in it, and it is stored where more people read than logs. */
export const cleanOutcome = (outcome: RunOutcome, clean: (text: string) => string): RunOutcome => ({
  ...outcome,
  message: clean(outcome.message),
  nodes: outcome.nodes.map((end) => ({ ...end, message: clean(end.message) })),
})

interface Failed {
  claimed: Pick<Claimed, 'before' | 'record'>
  serves: boolean
  error: unknown
  progress: Progress
  seconds: number
}

/** Once the record is written the release serves, whatever happens to the deploy: then it did not fail. */
export function failure(
  input: { spec: ClusterSpec; app: AppSpec; signal: AbortSignal },
  { claimed, serves, error, progress, seconds }: Failed,
): RunOutcome {
  const present = presentWords(claimed, serves, error)
  const wasCancelled = isCancelled(input.signal)
  const { message = String(error), cure = '' } = error as Partial<Trouble>
  const words = wasCancelled ? 'Cancelled.' : input.signal.aborted ? 'Interrupted.' : message
  const outcome = wasCancelled ? 'cancelled' : 'failed'
  for (const { name } of appNodes(input.spec, input.app)) progress.end(name, serves ? 'succeeded' : outcome, present)
  return {
    status: serves ? 'partial' : outcome,
    changed: 0,
    seconds,
    message: [words, present, wasCancelled ? '' : cure].filter(Boolean).join(' '),
    nodes: [...progress.ends],
  }
}

function presentWords({ before: { serving }, record }: Failed['claimed'], serves: boolean, error: unknown): string {
  if (serves) return `Release ${record.release.slice(0, 12)} serves; the nodes finish the switch without Bramble.`
  if (error instanceof Trouble && error.code === servingUnknown) return ''
  return serving ? `Nothing changed: release ${serving.release.slice(0, 12)} serves.` : 'Nothing serves yet.'
}
