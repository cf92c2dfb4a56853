/** Work of many senders, so many at a time: the next turn is that of whoever had none for longest, however much the others bring. */
import { BoundedMap } from './rate-limit.ts'

/** Called when it is somebody's turn, with how to end it. */
type Start = (leave: () => void) => void

interface Waiting {
  start: Start
  /** Called instead when it loses its place. */
  refused: () => void
}

export interface QueueRules {
  atOnce: number
  waiting: number
  waitingEach: number
}

export class FairQueue {
  readonly #waiting = new Map<string, Waiting[]>()
  /** When each sender had a turn last, counted in turns. */
  readonly #served = new BoundedMap<number>(20_000)
  #turns = 0
  #open = 0
  #length = 0
  #holds = false

  /** `hold`: asked before a turn; none begins before the promise resolves. Null: nothing holds it. */
  constructor(
    private readonly rules: QueueRules,
    private readonly hold: () => Promise<void> | null = () => null,
  ) {}

  /** False: it is not taken, because too many wait already. When the queue is full, whoever has most in it loses its newest. */
  enter(sender: string, start: Start, refused: () => void = () => undefined): boolean {
    const own = this.#waiting.get(sender) ?? []
    // Places in which nobody works yet are among those to wait in.
    const free = this.rules.atOnce - this.#open
    if (own.length >= this.rules.waitingEach + free) return false
    if (this.#length >= this.rules.waiting + free && !this.#displace(own.length + 1)) return false
    own.push({ start, refused })
    this.#length++
    this.#waiting.set(sender, own)
    this.#next()
    return true
  }

  /** False: nobody has more than `least` waiting. */
  #displace(least: number): boolean {
    let most: Waiting[] = []
    for (const own of this.#waiting.values()) if (own.length > most.length) most = own
    if (most.length <= least) return false
    this.#length--
    most.pop()?.refused()
    return true
  }

  #start(start: Start): void {
    this.#open++
    let left = false
    start(() => {
      if (left) return
      left = true
      this.#open--
      this.#next()
    })
  }

  #next(): void {
    if (this.#holds || this.#waiting.size === 0 || this.#open >= this.rules.atOnce) return
    const held = this.hold()
    if (held === null) {
      this.#turn()
      return
    }
    this.#holds = true
    void held.then(() => {
      this.#holds = false
      while (this.#waiting.size > 0 && this.#open < this.rules.atOnce) this.#turn()
    })
  }

  #turn(): void {
    let sender: string | null = null
    let least = Number.POSITIVE_INFINITY
    for (const name of this.#waiting.keys()) {
      const last = this.#served.get(name) ?? 0
      if (last < least) [sender, least] = [name, last]
    }
    const own = (sender !== null && this.#waiting.get(sender)) || []
    const next = own.shift()
    if (sender === null || !next) return
    this.#served.set(sender, ++this.#turns)
    if (own.length === 0) this.#waiting.delete(sender)
    this.#length--
    this.#start(next.start)
  }
}
