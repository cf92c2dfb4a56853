/** The number of open alerts by cluster, for all badges of a tab: asked for, or told by a page that follows the alerts. */
import type { AlertCount, AlertView } from '@bramble/db/alerts'

type Counts = Record<string, AlertCount>

class OpenCount {
  #counts: Counts | null = null
  #asking = false
  readonly #listeners = new Set<() => void>()

  /** Null: not known yet. */
  readonly read = (): Counts | null => this.#counts

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Asks the server; what cannot be had leaves the number as it is. */
  async ask(): Promise<void> {
    if (this.#asking) return
    this.#asking = true
    try {
      const response = await fetch('/api/alerts/count')
      if (response.ok) this.#set(((await response.json()) as { clusters: Counts }).clusters)
    } catch {
      // The next time.
    } finally {
      this.#asking = false
    }
  }

  tell(open: readonly AlertView[]): void {
    const counts: Counts = {}
    for (const { cluster, level } of open) {
      counts[cluster] ??= { critical: 0, warning: 0, info: 0 }
      counts[cluster]![level]++
    }
    this.#set(counts)
  }

  #set(counts: Counts): void {
    if (JSON.stringify(counts) === JSON.stringify(this.#counts)) return
    this.#counts = counts
    for (const listener of this.#listeners) listener()
  }
}

export const openCount = new OpenCount()
