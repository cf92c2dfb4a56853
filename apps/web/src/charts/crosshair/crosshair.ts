/** The moment that all charts of a page point at together, outside of React: it changes with every move of the mouse. */

export interface Crosshair {
  /** Seconds since 1970; null: nobody points. */
  at: number | null
  /** The chart that is pointed at: it shows the words. */
  by: string | null
  /** It stays when the pointer leaves. */
  pinned: boolean
}

const nowhere: Crosshair = { at: null, by: null, pinned: false }

export class CrosshairStore {
  #now: Crosshair = nowhere
  readonly #listeners = new Set<() => void>()

  constructor(pinned: number | null = null) {
    if (pinned !== null) this.#now = { at: pinned, by: null, pinned: true }
  }

  readonly read = (): Crosshair => this.#now
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** While it is pinned, pointing elsewhere moves nothing. */
  point(at: number, by: string): void {
    if (!this.#now.pinned) this.#set({ at, by, pinned: false })
  }
  /** By keyboard or a click: it moves even when pinned. */
  move(at: number, by: string, pinned: boolean): void {
    this.#set({ at, by, pinned })
  }
  leave(by: string): void {
    if (!this.#now.pinned && this.#now.by === by) this.#set(nowhere)
  }
  clear(): void {
    if (this.#now.at !== null) this.#set(nowhere)
  }

  #set(next: Crosshair): void {
    this.#now = next
    for (const listener of this.#listeners) listener()
  }
}

/** Keys of curves that are hidden, for all charts of a page: a node that is hidden on one is hidden on all. */
export class HiddenStore {
  #hidden: ReadonlySet<string> = new Set()
  readonly #listeners = new Set<() => void>()

  readonly read = (): ReadonlySet<string> => this.#hidden
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  toggle(key: string): void {
    const next = new Set(this.#hidden)
    if (!next.delete(key)) next.add(key)
    this.#set(next)
  }
  /** Only this one of the chart's curves; when it is the only one already, all come back. */
  isolate(key: string, among: readonly string[]): void {
    const others = among.filter((one) => one !== key)
    const alone = !this.#hidden.has(key) && others.every((one) => this.#hidden.has(one))
    const next = new Set(this.#hidden)
    for (const one of among) next.delete(one)
    if (!alone) for (const one of others) next.add(one)
    this.#set(next)
  }

  #set(next: ReadonlySet<string>): void {
    this.#hidden = next
    for (const listener of this.#listeners) listener()
  }
}
