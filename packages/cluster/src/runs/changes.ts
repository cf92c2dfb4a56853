/** Which steps a run has changed, by its events: what its cells show is what its sentences and its total count. */
import type { RunEvent } from './events.ts'

export interface ChangedStep {
  node: string
  step: string
}

export class Changes {
  readonly #steps = new Map<string, Set<string>>()

  /** `before`: changed in this run by a worker that is gone. */
  constructor(before: readonly ChangedStep[] = []) {
    for (const { node, step } of before) this.#of(node).add(step)
  }

  /** A step that starts again is counted when it has settled; one that was changed stays so when it is found right later. */
  note(event: RunEvent): void {
    if (event.type === 'step-started' || event.type === 'step-failed') this.#of(event.node).delete(event.step)
    else if (event.type === 'step-settled' && event.changed) this.#of(event.node).add(event.step)
  }

  on(node: string): number {
    return this.#of(node).size
  }

  #of(node: string): Set<string> {
    const steps = this.#steps.get(node) ?? new Set()
    this.#steps.set(node, steps)
    return steps
  }
}
