/** The calls of a station on another machine to its Bramble. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { StationArguments, StationVerb } from '@bramble/cluster'
import { LeaseLost } from '@bramble/db/runs'
import { Trouble } from '@bramble/provision'
import type { StationIdentity } from './identity.ts'
import { type PostOptions, post, Unanswered } from './post.ts'

const longestPauseMs = 5_000

/** Bramble does not know this station any more. */
export class StationRemoved extends Error {
  override name = 'StationRemoved'
}

interface CallOptions extends PostOptions {
  /** For so long it is tried again while nobody answers; default: once. Milliseconds. */
  patienceMs?: number
}

export class StationClient {
  readonly #identity: StationIdentity
  readonly #instance: string
  readonly #onRemoved: () => void

  /** `instance` names this process: what it holds, another one does not. */
  constructor(identity: StationIdentity, instance: string, onRemoved: () => void) {
    this.#identity = identity
    this.#instance = instance
    this.#onRemoved = onRemoved
  }

  /** The answer's JSON. Throws LeaseLost, StationRemoved, Unanswered, or the Trouble that Bramble answers. */
  async call<V extends StationVerb>(verb: V, given: StationArguments<V>, options: CallOptions = {}): Promise<unknown> {
    const until = performance.now() + (options.patienceMs ?? 0)
    for (let pause = 250; ; pause = Math.min(pause * 2, longestPauseMs)) {
      try {
        return await this.#once(verb, given, options)
      } catch (error) {
        options.signal?.throwIfAborted()
        if (!(error instanceof Unanswered) || performance.now() + pause > until) throw error
        await sleep(pause, undefined, options.signal ? { signal: options.signal } : {})
      }
    }
  }

  async #once(verb: StationVerb, given: object, options: CallOptions): Promise<unknown> {
    const { url, token } = this.#identity
    const body = JSON.stringify({ verb, instance: this.#instance, ...given })
    const headers = { authorization: `Bearer ${token}` }
    try {
      return await post(new URL('/api/station/call', url), body, headers, options)
    } catch (error) {
      if (!(error instanceof Trouble)) throw error
      const lost = new LeaseLost('lease' in given ? (given.lease as { run: string }).run : '')
      if (error.code === 'lease-lost') throw lost
      if (error.code !== 'token-invalid') throw error
      this.#onRemoved()
      throw 'lease' in given ? lost : new StationRemoved(error.message)
    }
  }

  /** How a file of Bramble is asked for. */
  file(at: string): { url: string; headers: Record<string, string> } {
    const { url, token } = this.#identity
    return { url: new URL(at, url).href, headers: { authorization: `Bearer ${token}` } }
  }
}
