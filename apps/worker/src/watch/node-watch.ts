/** One node under watch: its kept connection, asked once a tick, and opened again when it broke, ever more rarely. */
import type { ClusterSpec, NodeSpec, TroubleWords } from '@bramble/cluster'
import { openWatch, type Transport, troubleWords, type Watch } from '@bramble/provision'
import { knownOnly } from '../collect/known.ts'
import { type Collected, collectLook, type Kept } from '../collect/look.ts'

/** Milliseconds. */
const firstPause = 1_000
/** A Pi that reboots or was unplugged is back on the page soon after it answers. */
const soonPause = 15_000
const latePause = 60_000
const lateAfter = 10 * 60_000
/** From the first packet until the script is ready on a small Pi that is busy. */
const attemptMs = 30_000
/** Older counters tell nothing of now. */
const keptFor = 60_000

/** `unknown`: the first attempt to reach it is not over. */
export type Seen =
  | { kind: 'look'; collected: Collected }
  | { kind: 'away'; trouble: TroubleWords }
  | { kind: 'unknown' }

interface Held {
  transport: Transport
  watch: Watch
}

export class NodeWatch {
  readonly #spec: ClusterSpec
  readonly #node: NodeSpec
  readonly #connect: (signal: AbortSignal) => Promise<Transport>
  readonly #signal: AbortSignal
  #held: Held | null = null
  #opening: Promise<void> | null = null
  #trouble: TroubleWords | null = null
  #kept: Kept | null = null
  #keptAt = 0
  /** Since when it is away, how often it was tried since then, and when it may be tried again. */
  #awaySince: number | null = null
  #attempts = 0
  #nextAttempt = 0

  constructor(
    spec: ClusterSpec,
    node: NodeSpec,
    connect: (signal: AbortSignal) => Promise<Transport>,
    signal: AbortSignal,
  ) {
    this.#spec = spec
    this.#node = node
    this.#connect = connect
    this.#signal = signal
  }

  /** Asks the node once, within `limit` milliseconds. Never rejects. */
  async look(limit: number): Promise<Seen> {
    const until = performance.now() + limit
    for (;;) {
      if (!this.#held) await Promise.race([this.#open(), pause(until - performance.now())])
      const held = this.#held as Held | null
      if (!held) return this.#trouble ? { kind: 'away', trouble: this.#trouble } : { kind: 'unknown' }
      try {
        const look = await held.watch.ask({ signal: this.#signal, limit: Math.max(1, until - performance.now()) })
        const fresh = performance.now() - this.#keptAt < keptFor ? this.#kept : null
        const collected = knownOnly(this.#spec, collectLook(this.#node, look, fresh))
        this.#kept = collected.kept
        this.#keptAt = performance.now()
        this.#awaySince = null
        this.#trouble = null
        this.#attempts = 0
        return { kind: 'look', collected }
      } catch (error) {
        this.#lose(error)
        // A connection that broke since the last tick is worth another one at once; silence is not.
        const broke = (error as { code?: string }).code === 'connection-lost' && this.#attempts <= 1
        if (!broke || performance.now() >= until) return { kind: 'away', trouble: this.#trouble! }
      }
    }
  }

  async close(): Promise<void> {
    await this.#opening
    const held = this.#held
    this.#held = null
    held?.watch.close()
    await held?.transport.close().catch(() => undefined)
  }

  /** Resolves when an attempt is over, or none may be made yet. */
  #open(): Promise<void> {
    if (this.#opening) return this.#opening
    if (performance.now() < this.#nextAttempt || this.#signal.aborted) return Promise.resolve()
    this.#opening = this.#attempt().finally(() => {
      this.#opening = null
    })
    return this.#opening
  }

  async #attempt(): Promise<void> {
    let transport: Transport | undefined
    // What hangs on a connection that leads nowhere any more ends with the connection.
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(attemptMs)])
    const leave = () => void transport?.close().catch(() => undefined)
    signal.addEventListener('abort', leave, { once: true })
    try {
      transport = await this.#connect(signal)
      const watch = await openWatch(transport, { spec: this.#spec, node: this.#node, signal })
      this.#held = { transport, watch }
      // The script counts its own cost anew.
      if (this.#kept) this.#kept = { ...this.#kept, own: { value: 0, since: Number.POSITIVE_INFINITY } }
    } catch (error) {
      leave()
      this.#fail(error)
    } finally {
      signal.removeEventListener('abort', leave)
    }
  }

  #lose(error: unknown): void {
    const held = this.#held
    this.#held = null
    held?.watch.close()
    void held?.transport.close().catch(() => undefined)
    this.#fail(error)
    this.#nextAttempt = 0
    void this.#open()
  }

  #fail(error: unknown): void {
    if (this.#signal.aborted) return
    this.#trouble = troubleWords(
      error,
      `${this.#node.name} could not be sampled`,
      'If the error persists, report it with this message.',
    )
    const now = performance.now()
    this.#awaySince ??= now
    const longest = now - this.#awaySince > lateAfter ? latePause : soonPause
    this.#nextAttempt = now + Math.min(longest, firstPause * 2 ** Math.min(this.#attempts, 10))
    this.#attempts++
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.max(0, ms)).unref())
