/** One supervised process of `up`: started, watched, started again when it dies, stopped when told. */
import { run, type StartOptions, start } from '@bramble/process'
import type { PartLog } from './log.ts'
import { type Identity, identify, until } from './processes.ts'

export interface PartPlan {
  name: string
  /** Asked before every start, so that a restart may listen elsewhere. */
  command(): { argv: string[]; options: StartOptions }
  /** The signals that end it, each with its patience in milliseconds. */
  stopping: readonly [NodeJS.Signals, number][]
  /** True once the part does its work; asked every 100 ms. Without it a part is ready when it started. */
  ready?(): Promise<boolean>
  log: PartLog
  /** A sentence for the person at the terminal. */
  say(line: string): void
  /** The process changed; undefined when it ended. */
  changed(identity: Identity | undefined): void
}

type Child = ReturnType<typeof start>

/** Milliseconds before start number `n` in a row of quick deaths: 0.2 s, doubling, at most 30 s. */
export const backOff = (quickDeaths: number): number => Math.min(30_000, 200 * 2 ** Math.max(0, quickDeaths - 1))

/** A life this long (milliseconds) counts as a good one, and the back-off begins anew. */
const goodLife = 30_000

export class Part {
  private child: Child | undefined
  private exited: Promise<unknown> = Promise.resolve()
  private wanted = false
  private retired = false
  private quickDeaths = 0
  private timer: NodeJS.Timeout | undefined

  private constructor(
    private readonly plan: PartPlan,
    private readonly tether: (signal: NodeJS.Signals) => string[],
  ) {}

  static async make(plan: PartPlan): Promise<Part> {
    return new Part(plan, await findTether())
  }

  /** Starts it and waits until it is ready. Throws, with its last words, when it is not within `patience` ms. */
  async start(patience: number): Promise<void> {
    if (this.retired) return
    this.wanted = true
    this.launch()
    if (await this.isReady(patience)) return
    throw new Error(`${this.plan.name} did not start: ${this.lastWords()}`)
  }

  async isReady(patience: number): Promise<boolean> {
    const { ready } = this.plan
    return ready === undefined || until(ready, patience, 100)
  }

  /** Ends it for good; resolves when the process is gone. */
  async stop(): Promise<void> {
    this.retired = true
    await this.end()
  }

  /** Ends it and starts it at once: not a death, so no back-off. */
  async restart(): Promise<void> {
    await this.end()
    if (this.retired) return
    this.wanted = true
    this.launch()
  }

  private async end(): Promise<void> {
    this.wanted = false
    clearTimeout(this.timer)
    const child = this.child
    if (!child) return
    let gone = false
    const exited = this.exited.then(() => {
      gone = true
    })
    for (const [signal, patience] of this.plan.stopping) {
      child.kill(signal)
      await Promise.race([exited, until(async () => gone, patience)])
      if (gone) return
    }
    throw new Error(`${this.plan.name} (pid ${child.pid}) does not stop`)
  }

  private launch(): void {
    const { argv, options } = this.plan.command()
    const born = Date.now()
    // A group of its own: Ctrl-C in the terminal reaches `up` alone, which stops the parts in their order.
    const child = start([...this.tether(this.plan.stopping[0]?.[0] ?? 'SIGTERM'), ...argv], {
      ...options,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    this.child = child
    if (child.stdout) this.plan.log.follow(child.stdout)
    if (child.stderr) this.plan.log.follow(child.stderr)
    if (child.pid !== undefined)
      void identify(child.pid).then((identity) => {
        if (this.child === child) this.plan.changed(identity)
      })
    this.exited = new Promise((resolve) => {
      child.once('error', (error) => resolve(this.died(child, born, error.message)))
      child.once('exit', (code, signal) => resolve(this.died(child, born, signal ?? `exit status ${code}`)))
    })
  }

  private died(child: Child, born: number, how: string): void {
    if (this.child !== child) return
    this.child = undefined
    this.plan.changed(undefined)
    endGroup(child.pid)
    if (!this.wanted) return
    this.quickDeaths = Date.now() - born >= goodLife ? 1 : this.quickDeaths + 1
    const wait = backOff(this.quickDeaths)
    const words = how.startsWith('SIG') ? '' : `\n    ${this.plan.log.tail().slice(-3).join('\n    ')}`
    this.plan.say(`${this.plan.name} exited (${how}); restarting in ${wait / 1000} s${words}`)
    this.timer = setTimeout(() => this.launch(), wait)
  }

  private lastWords(): string {
    return this.plan.log.tail().slice(-8).join('\n') || 'no output'
  }
}

/** What the part itself left in its group would hold its ports. */
function endGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // The group is empty: as it should be.
  }
}

/** Where util-linux offers it, the kernel ends a part whose `up` was killed; elsewhere the next `up` does. */
async function findTether(): Promise<(signal: NodeJS.Signals) => string[]> {
  if (process.platform !== 'linux') return () => []
  const help = await run(['setpriv', '--help']).catch(() => undefined)
  if (!help?.stdout.includes('--pdeathsig')) return () => []
  return (signal) => ['setpriv', '--pdeathsig', signal.replace(/^SIG/, ''), '--']
}
