/** What the stream of a cluster said last, for any number of readers. */
import type { ClusterWatch } from '@bramble/cluster'
import { openStream, type StreamState } from './stream.ts'

export type Connection = 'connecting' | StreamState

export interface WatchSnapshot {
  watch: ClusterWatch
  connection: Connection
}

type Listener = () => void

export class WatchStore {
  #snapshot: WatchSnapshot
  readonly #initial: WatchSnapshot
  readonly #listeners = new Set<Listener>()
  readonly #ticks = new Set<Listener>()
  readonly #cluster: string

  constructor(cluster: string, initial: ClusterWatch) {
    this.#cluster = cluster
    this.#initial = { watch: initial, connection: 'connecting' }
    this.#snapshot = this.#initial
  }

  readonly read = (): WatchSnapshot => this.#snapshot

  /** What the server drew: a part of the page that wakes up after the stream's first word must begin with it. */
  readonly readInitial = (): WatchSnapshot => this.#initial

  readonly subscribe = (listener: Listener): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Called after each look at the nodes that the stream tells of. */
  readonly onTick = (listener: Listener): (() => void) => {
    this.#ticks.add(listener)
    return () => this.#ticks.delete(listener)
  }

  /** Opens the stream; returns what closes it. */
  open(): () => void {
    return openStream({
      address: () => `/api/clusters/${encodeURIComponent(this.#cluster)}/live`,
      onState: (connection) => this.#set({ ...this.#snapshot, connection }),
      on: {
        watch: (data) => {
          this.#set({ ...this.#snapshot, watch: JSON.parse(data) })
          for (const tick of this.#ticks) tick()
        },
      },
    })
  }

  #set(snapshot: WatchSnapshot): void {
    this.#snapshot = snapshot
    for (const listener of this.#listeners) listener()
  }
}
