/** Tells a drill as steps of the node that it strikes. */
import type { RunEvent } from '@bramble/cluster'
import { Trouble, troubleWords } from '../engine/types.ts'

type Phase = 'arm' | 'watch' | 'undo' | 'whole'

export class DrillTeller {
  readonly #emit: (event: RunEvent) => void
  readonly #signal: AbortSignal
  readonly #node: string
  #phase: Phase = 'arm'
  #told = ''

  constructor({ emit, signal }: { emit: (event: RunEvent) => void; signal: AbortSignal }, node: string) {
    this.#emit = emit
    this.#signal = signal
    this.#node = node
    emit({ type: 'node-started', node })
  }

  readonly log = (text: string): void =>
    this.#emit({ type: 'log', node: this.#node, step: stepId(this.#phase), stream: 'bramble', text })

  async step<T>(phase: Phase, title: string, because: string, work: () => Promise<T>): Promise<T> {
    this.#phase = phase
    this.#told = ''
    const at = { node: this.#node, step: stepId(phase), title }
    const began = Date.now()
    this.#emit({ type: 'step-started', ...at, because })
    try {
      const done = await work()
      this.#emit({ type: 'step-settled', ...at, changed: true, seconds: (Date.now() - began) / 1000 })
      return done
    } catch (error) {
      if (this.#signal.aborted) throw new Trouble('cancelled', 'Canceled.', '')
      this.#emit({
        type: 'step-failed',
        ...at,
        ...troubleWords(error, 'Internal error', 'This is a bug in Bramble. Export the run and report it.'),
      })
      throw error
    }
  }

  /** Told once for each reason. */
  waiting(phase: Phase, because: string): void {
    if (because === this.#told) return
    this.#told = because
    this.#emit({ type: 'step-waiting', node: this.#node, step: stepId(phase), because })
  }

  end(outcome: 'succeeded' | 'failed', message: string): void {
    this.#emit({ type: 'node-ended', node: this.#node, outcome, changed: 1, message })
  }
}

const stepId = (phase: Phase) => `drill/${phase}`
