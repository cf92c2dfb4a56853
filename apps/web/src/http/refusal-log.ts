/**
 * Refused tries of strangers in the audit: the first of an account and address at once, all others of the same minutes as
 * one line with a count. What anybody can make happen must not fill the audit.
 */
import type { AuditEntry } from '@bramble/db/audit'

type Refused = Pick<AuditEntry, 'what' | 'who' | 'target' | 'detail'>

/** Accounts and addresses that are told apart at one time. */
const most = 100
const spanMs = 10 * 60_000

interface Counted {
  first: Refused
  from: string
  more: number
}

export class RefusalLog {
  readonly #counted = new Map<string, Counted>()

  constructor(
    private readonly write: (entry: AuditEntry) => Promise<void>,
    /** Calls back after so many ms. */
    private readonly later: (then: () => void, ms: number) => void = (then, ms) => void setTimeout(then, ms).unref(),
  ) {}

  async note(refused: Refused, sender: string, ms = spanMs): Promise<void> {
    // Of an unknown account only the address counts, whatever it calls itself.
    const own = `${refused.what} ${refused.who} ${sender}`
    const isNew = !this.#counted.has(own) && this.#counted.size < most
    const [key, from] = isNew || this.#counted.has(own) ? [own, sender] : [`${refused.what} others`, 'other addresses']
    const counted = this.#counted.get(key)
    if (counted) {
      counted.more++
      return
    }
    this.#counted.set(key, { first: refused, from, more: 0 })
    this.later(() => void this.#end(key, ms), ms)
    await this.write({ ...refused, outcome: 'refused', detail: `${refused.detail}, from ${from}` })
  }

  async #end(key: string, ms: number): Promise<void> {
    const counted = this.#counted.get(key)
    this.#counted.delete(key)
    if (!counted || counted.more === 0) return
    const { first, from, more } = counted
    const detail = `${more} more refused in ${ms / 60_000} min, from ${from}`
    await this.write({ what: first.what, who: first.who, target: undefined, outcome: 'refused', detail }).catch(
      (error) => console.error(`The audit misses "${detail}":`, error instanceof Error ? error.message : error),
    )
  }
}
