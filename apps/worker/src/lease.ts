/** Holding a run: a heartbeat keeps the lease, and one signal stops the work when there is a reason to. */

import { type Lease, LeaseLost, leaseSeconds, renewLease } from '@bramble/db/runs'
import { cancelled } from '@bramble/provision'

/**
 * Only `cancelled` stops what runs on the nodes. `cancelled`: somebody asked. `lost`: another worker has it. `handover`: this worker ends and gives it back.
 * `ended`: this worker ends, and nobody may carry the run on.
 */
export type StopReason = 'cancelled' | 'lost' | 'handover' | 'ended'

export interface HoldOptions {
  /** Another worker can carry the run on. */
  handsOver?: boolean
  /** That the lease lasts. */
  seconds?: number
  renew?: (lease: Lease) => Promise<{ cancelRequested: boolean }>
}

export class Hold {
  readonly lease: Lease
  readonly #handsOver: boolean
  readonly #seconds: number
  readonly #renew: (lease: Lease) => Promise<{ cancelRequested: boolean }>
  readonly #controller = new AbortController()
  readonly #timer: NodeJS.Timeout
  #renewedAt = performance.now()
  #reason: StopReason | undefined

  constructor(lease: Lease, options: HoldOptions = {}) {
    this.lease = lease
    this.#handsOver = options.handsOver ?? true
    this.#seconds = options.seconds ?? leaseSeconds
    this.#renew = options.renew ?? renewLease
    this.#timer = setInterval(() => void this.beat(), (this.#seconds * 1000) / 4)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Why the work was stopped; undefined while it goes. */
  get reason(): StopReason | undefined {
    return this.#reason
  }

  /** Renews the lease and looks whether somebody asked to cancel. */
  async beat(): Promise<void> {
    if (this.#reason === 'lost') return
    // Asleep or cut off for longer than the lease: by now another worker may have the run.
    if (performance.now() - this.#renewedAt > this.#seconds * 1000) {
      this.stop('lost')
      return
    }
    try {
      const { cancelRequested } = await this.#renew(this.lease)
      this.#renewedAt = performance.now()
      if (cancelRequested) this.stop('cancelled')
    } catch (error) {
      if (error instanceof LeaseLost) this.stop('lost')
      else console.error(`lease: ${error instanceof Error ? error.message : error}`)
    }
  }

  stop(reason: StopReason): void {
    if (this.#reason !== undefined && reason !== 'lost') return
    this.#reason = reason
    if (reason === 'lost') clearInterval(this.#timer)
    this.#controller.abort(reason === 'cancelled' ? cancelled() : new Error(`This worker stops: ${reason}`))
  }

  /** This worker ends. */
  leave(): void {
    this.stop(this.#handsOver ? 'handover' : 'ended')
  }

  end(): void {
    clearInterval(this.#timer)
  }
}
