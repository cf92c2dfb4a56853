/** Bytes become a rate and the time that is left: over the last seconds, because a card slows down when its cache is full. */
import type { FlashPhase, FlashProgress } from '@bramble/cluster'
import type { Progress } from './types.ts'

const windowSeconds = 5
/** Fewer tellings than bytes: four a second are plenty for an eye. */
const tellEverySeconds = 0.25

export class Meter {
  readonly #phase: FlashPhase
  readonly #tell: (progress: FlashProgress) => void
  readonly #now: () => number
  #marks: { at: number; done: number }[] = []
  #toldAt = Number.NEGATIVE_INFINITY

  /** `now` in seconds. */
  constructor(phase: FlashPhase, tell: (progress: FlashProgress) => void, now = () => performance.now() / 1000) {
    this.#phase = phase
    this.#tell = tell
    this.#now = now
  }

  report({ done, total }: Progress): void {
    const at = this.#now()
    this.#marks = [...this.#marks.filter((mark) => at - mark.at <= windowSeconds), { at, done }]
    if (at - this.#toldAt < tellEverySeconds && done < total) return
    this.#toldAt = at
    const rate = this.#rate()
    const left = rate > 0 ? (total - done) / rate : null
    this.#tell({ phase: this.#phase, done, total, rate, left })
  }

  #rate(): number {
    const first = this.#marks[0]
    const last = this.#marks.at(-1)
    if (!first || !last || last.at - first.at < 0.2) return 0
    return Math.max(0, (last.done - first.done) / (last.at - first.at))
  }
}
