/** Whether answers are being made, each for a bounded time: a stream that goes on counts for its beginning only. */
import type { ServerResponse } from 'node:http'

export class Busy {
  #open = 0
  #waiting: (() => void)[] = []

  /** Milliseconds that one counts at most, and that anybody waits. */
  constructor(private readonly mostMs: number) {}

  begin(response: ServerResponse): void {
    this.#open++
    let ended = false
    const end = () => {
      if (ended) return
      ended = true
      clearTimeout(timer)
      this.#open--
      if (this.#open > 0) return
      for (const resolve of this.#waiting.splice(0)) resolve()
    }
    const timer = setTimeout(end, this.mostMs)
    timer.unref()
    response.once('finish', end).once('close', end)
  }

  /** Resolves when no answer is being made, or after `mostMs`. Null: none is. */
  idle(): Promise<void> | null {
    if (this.#open === 0) return null
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.mostMs)
      this.#waiting.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
}
