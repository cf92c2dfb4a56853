/** Limits by the address a request comes from, in memory alone, and bounded themselves. Pure but for the clock. */

/** What counts as one sender: an IPv4 address, or the /64 that one IPv6 host can fill as it likes. */
export function networkOf(address: string): string {
  const bare = address.replace(/^::ffff:(?=[\d.]+$)/i, '').replace(/%.*$/, '')
  if (!bare.includes(':')) return bare.slice(0, 45)
  const [head = '', tail] = bare.toLowerCase().split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups =
    tail === undefined ? left : [...left, ...Array(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
  const prefix = groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, '').slice(0, 4))
  return `${prefix.join(':')}::/64`
}

/** A map that holds `most` entries: the one that was used longest ago makes room. */
export class BoundedMap<V> {
  readonly #entries = new Map<string, V>()
  constructor(private readonly most: number) {}

  get(key: string): V | undefined {
    const found = this.#entries.get(key)
    if (found === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, found)
    return found
  }

  set(key: string, value: V): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.most) break
      this.#entries.delete(oldest)
    }
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }

  get size(): number {
    return this.#entries.size
  }
}

/** Senders that are remembered; about 200 bytes each. */
const mostSenders = 20_000

/** A burst, then so many a second. */
export class RateLimit {
  readonly #buckets: BoundedMap<{ at: number; left: number }>
  constructor(
    private readonly rule: { burst: number; perSecond: number },
    private readonly now: () => number = Date.now,
    most = mostSenders,
  ) {
    this.#buckets = new BoundedMap(most)
  }

  takes(key: string): boolean {
    return this.take(key) === 0
  }

  /** 0: it may go on; else the seconds until the next one may. */
  take(key: string): number {
    const now = this.now()
    const { burst, perSecond } = this.rule
    const bucket = this.#buckets.get(key) ?? { at: now, left: burst }
    bucket.left = Math.min(burst, bucket.left + ((now - bucket.at) / 1000) * perSecond)
    bucket.at = now
    this.#buckets.set(key, bucket)
    if (bucket.left < 1) return Math.ceil((1 - bucket.left) / perSecond)
    bucket.left--
    return 0
  }

  /** What was taken was no failure. */
  giveBack(key: string): void {
    const bucket = this.#buckets.get(key)
    if (bucket) bucket.left = Math.min(this.rule.burst, bucket.left + 1)
  }
}

/** At most so many of each sender at the same time. */
export class InFlight {
  readonly #open = new Map<string, number>()
  constructor(private readonly limit: number) {}

  /** How to end it; null: too many are open. */
  enter(key: string): (() => void) | null {
    const open = this.#open.get(key) ?? 0
    if (open >= this.limit) return null
    this.#open.set(key, open + 1)
    let left = false
    return () => {
      if (left) return
      left = true
      const now = (this.#open.get(key) ?? 1) - 1
      if (now <= 0) this.#open.delete(key)
      else this.#open.set(key, now)
    }
  }
}

/** So many at a time; the others wait their turn and none is refused. */
export class Semaphore {
  #free: number
  readonly #waiting: (() => void)[] = []
  constructor(limit: number) {
    this.#free = limit
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free++
    }
  }
}
