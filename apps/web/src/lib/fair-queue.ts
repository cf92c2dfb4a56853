/** Work of many senders, so many at a time: whoever waits has a turn after each of the other senders, not after all of their work. */

/** Called when it is somebody's turn, with how to end it. */
type Start = (leave: () => void) => void

export interface QueueRules {
  atOnce: number
  waiting: number
  waitingEach: number
}

export class FairQueue {
  /** In the order of their turns. */
  readonly #waiting = new Map<string, Start[]>()
  #open = 0
  #length = 0
  #holds = false

  /** `hold`: asked before a turn; none begins before the promise resolves. Null: nothing holds it. */
  constructor(
    private readonly rules: QueueRules,
    private readonly hold: () => Promise<void> | null = () => null,
  ) {}

  /** False: it is not taken, because too many wait already. */
  enter(sender: string, start: Start): boolean {
    const own = this.#waiting.get(sender) ?? []
    if (own.length >= this.rules.waitingEach || this.#length >= this.rules.waiting) return false
    own.push(start)
    this.#length++
    this.#waiting.set(sender, own)
    this.#next()
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
    const [turn] = this.#waiting
    if (!turn) return
    const [sender, own] = turn
    const start = own.shift()
    this.#waiting.delete(sender)
    if (own.length > 0) this.#waiting.set(sender, own)
    if (!start) return
    this.#length--
    this.#start(start)
  }
}
