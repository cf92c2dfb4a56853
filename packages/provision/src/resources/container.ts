/** Steps that only a machine with a kernel of its own can do. */
import { type Step, settled } from '../engine/types.ts'
import { machine } from '../facts/os.ts'

/** The same step, settled where the kernel is shared; the title says so. */
export function unlessContainer(step: Step, title: string): Step {
  return {
    ...step,
    title,
    reads: [machine, ...step.reads],
    check: (facts) => (facts.of(machine).container ? settled : step.check(facts)),
  }
}
