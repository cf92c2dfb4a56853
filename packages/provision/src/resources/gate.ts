/** A step that does nothing but wait: for a quorum, a leader, a replica that streams. */
import type { Fact, Facts, Step, Verdict } from '../engine/types.ts'

export function gate(spec: {
  id: string
  title: string
  reads: readonly Fact<unknown>[]
  check: (facts: Facts) => Verdict
  /** Seconds; default 300. */
  patience?: number
  cure: string
}): Step {
  return { patience: 300, ...spec }
}
