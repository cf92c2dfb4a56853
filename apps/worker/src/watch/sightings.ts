/** Tells the nodes' own rows that they answer or why not, for pages that show no live states: at changes and now and then. */
import type { NodeState } from '@bramble/cluster'
import { recordSighting } from '@bramble/db/clusters'

const againMs = 30_000

export class Sightings {
  readonly #cluster: string
  readonly #told = new Map<string, { answers: boolean; at: number }>()

  /** `cluster`: its id. */
  constructor(cluster: string) {
    this.#cluster = cluster
  }

  async tell(states: readonly NodeState[]): Promise<void> {
    const now = performance.now()
    for (const { node, trouble } of states) {
      const answers = trouble === null
      const told = this.#told.get(node)
      if (told && told.answers === answers && now - told.at < againMs) continue
      await recordSighting(this.#cluster, node, trouble ? { trouble } : {})
      this.#told.set(node, { answers, at: now })
    }
  }
}
