/** A run's events become rows: log lines in batches, the last state of each step, the plan. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Plan, printable, type RunEvent } from '@bramble/cluster'
import { type JournalBatch, type Lease, LeaseLost, type NewLine, type StepChange, writeJournal } from '@bramble/db/runs'

const flushMs = 100
const batchLines = 500

type Write = (lease: Lease, batch: JournalBatch) => Promise<void>

export class Journal {
  readonly #lease: Lease
  readonly #onLost: () => void
  readonly #write: Write
  #redact: (text: string) => string = printable
  #lines: NewLine[] = []
  #steps = new Map<string, StepChange>()
  #plan: Plan | undefined
  /** Steps that wait, by node. */
  readonly #waiting = new Map<string, Set<string>>()
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()
  #lost = false

  /** `onLost`: the run belongs to another worker; nothing more is written. */
  constructor(lease: Lease, onLost: () => void, write: Write = writeJournal) {
    this.#lease = lease
    this.#onLost = onLost
    this.#write = write
  }

  /** Everything told from now on passes through this. */
  redactWith(redact: (text: string) => string): void {
    this.#redact = (text) => redact(printable(text))
  }

  /** Bramble's own words about the run or one of its nodes. */
  say(text: string, node: string | null = null, step: string | null = null): void {
    this.#line({ node, step, stream: 'bramble', text })
  }

  emit(event: RunEvent): void {
    switch (event.type) {
      case 'planned':
        this.#plan = event.plan
        this.say(plannedWords(event.plan))
        break
      case 'node-started':
        this.#itsTurn(event.node)
        this.say(`${event.node}: begins`, event.node)
        break
      case 'step-started':
        this.#step(event, { title: event.title, status: 'running', because: event.because })
        this.say(`${event.title}: ${event.because}`, event.node, event.step)
        break
      case 'step-waiting':
        this.#step(event, { status: 'waiting', because: event.because })
        this.say(`Waiting: ${event.because}`, event.node, event.step)
        break
      case 'step-settled': {
        const { title, changed, seconds } = event
        this.#step(event, { title, status: changed ? 'changed' : 'done', seconds })
        if (changed) this.say(`${title}: done in ${seconds.toFixed(1)} s`, event.node, event.step)
        break
      }
      case 'step-failed': {
        const { title, code, cure } = event
        const message = this.#redact(event.message)
        this.#step(event, { title, status: 'failed', error: { code, message, cure } })
        this.say(`${title}: ${message} ${cure}`, event.node, event.step)
        break
      }
      case 'log':
        this.#line(event)
        break
      case 'node-ended':
        this.say(`${event.node}: ${event.outcome}. ${event.message}`, event.node)
        break
    }
  }

  /** Resolves when all that was told is written, or the run is lost. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing = this.#writing.then(() => this.#drain())
    await this.#writing
  }

  #line(line: Pick<NewLine, 'node' | 'step' | 'stream' | 'text'>): void {
    if (this.#lost) return
    const { node, step, stream } = line
    this.#lines.push({ at: new Date(), node, step, stream, text: this.#redact(line.text) })
    this.#schedule()
  }

  #step(at: { node: string; step: string }, change: Partial<StepChange> & Pick<StepChange, 'status'>): void {
    const { node, step } = at
    const waiting = this.#waiting.get(node) ?? new Set()
    this.#waiting.set(node, waiting)
    if (change.status === 'waiting') waiting.add(step)
    else waiting.delete(step)
    const key = `${node} ${step}`
    const before = this.#steps.get(key) ?? { title: null, because: null, seconds: null, error: null }
    const because = change.because === undefined || change.because === null ? null : this.#redact(change.because)
    this.#steps.set(key, { ...before, error: null, ...change, ...(because === null ? {} : { because }), node, step })
    this.#schedule()
  }

  /** What a node waited for before its turn has come about. */
  #itsTurn(node: string): void {
    for (const step of [...(this.#waiting.get(node) ?? [])]) this.#step({ node, step }, { status: 'done' })
  }

  #schedule(): void {
    if (this.#lost) return
    if (this.#lines.length >= batchLines) void this.flush()
    else this.#timer ??= setTimeout(() => void this.flush(), flushMs)
  }

  async #drain(): Promise<void> {
    while (!this.#lost && (this.#lines.length > 0 || this.#steps.size > 0 || this.#plan)) {
      const lines = this.#lines.splice(0, batchLines)
      const steps = [...this.#steps.values()]
      const plan = this.#plan
      this.#steps = new Map()
      this.#plan = undefined
      await this.#persist({ lines, steps, ...(plan ? { plan } : {}) })
    }
  }

  /** Tries until it is written or the run is lost: the database may be away for a moment. */
  async #persist(batch: JournalBatch): Promise<void> {
    for (let pause = 100; !this.#lost; pause = Math.min(pause * 2, 2_000)) {
      try {
        await this.#write(this.#lease, batch)
        return
      } catch (error) {
        if (error instanceof LeaseLost) this.lose()
        else {
          console.error(`journal: ${error instanceof Error ? error.message : error}`)
          await sleep(pause)
        }
      }
    }
  }

  /** Nothing more is written. */
  lose(): void {
    if (this.#lost) return
    this.#lost = true
    clearTimeout(this.#timer)
    this.#onLost()
  }
}

function plannedWords(plan: Plan): string {
  const changes = plan.changes === 1 ? '1 change' : `${plan.changes} changes`
  const how = plan.rollout === 'together' ? 'all nodes together' : `one by one: ${plan.order.join(', ')}`
  return `Planned: ${changes} on ${plan.nodes.length} nodes, ${how}.`
}
