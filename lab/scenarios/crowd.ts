/** Many visitors at once, and every answer that was not what they wanted. */
import { setTimeout as sleep } from 'node:timers/promises'

export interface Crowd {
  /** Words of every answer that was none or not 200. */
  failures(): string[]
  answers(): number
  /** Nodes that served a request which began after this time (as performance.now). */
  servedSince(time: number): string[]
  stop(): Promise<void>
}

/** People who fetch a page again and again over connections that they keep, as browsers do. */
export function startCrowd(url: string, people: number): Crowd {
  const failures: string[] = []
  const served: { at: number; node: string }[] = []
  let running = true
  const person = async () => {
    while (running) {
      const at = performance.now()
      try {
        const answer = await fetch(url, { signal: AbortSignal.timeout(20_000) })
        await answer.arrayBuffer()
        if (answer.ok) served.push({ at, node: answer.headers.get('x-served-by') ?? '' })
        else failures.push(`${answer.status} from ${answer.headers.get('x-served-by') ?? 'HAProxy'}`)
      } catch (error) {
        failures.push(String((error as Error).cause ?? error))
      }
      await sleep(10)
    }
  }
  const all = Promise.all(Array.from({ length: people }, person))
  return {
    failures: () => [...failures],
    answers: () => served.length,
    servedSince: (time) => [...new Set(served.filter(({ at }) => at > time).map(({ node }) => node))].sort(),
    async stop() {
      running = false
      await all
    },
  }
}
