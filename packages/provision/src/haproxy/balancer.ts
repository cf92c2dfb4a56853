/** One balancer while a server is switched: what its HAProxy says, and what it is told. */
import { readFileSync } from 'node:fs'
import {
  type BackendName,
  type HaproxyService,
  haproxyNames,
  haproxyServices,
  type NodeSpec,
  type RunEvent,
  type RunOutcome,
  type ServerState,
  type ServerSwitch,
  SwitchState,
  serverStatus,
  serviceOf,
} from '@bramble/cluster'
import { z } from 'zod'
import type { Fleet, Transport } from '../engine/transport.ts'
import { Trouble, troubleWords } from '../engine/types.ts'
import { haproxySockets } from '../facts/haproxy.ts'
import { titles } from './words.ts'

const script = haproxySockets + readFileSync(new URL('./runtime.py', import.meta.url), 'utf8')

const Answer = z.object({
  /** Complaints of HAProxy. */
  said: z.array(z.string()),
  kept: z.boolean(),
  /** Services that do not answer, and why. */
  silent: z.partialRecord(z.enum(Object.keys(haproxyServices) as HaproxyService[]), z.string()),
  servers: z.array(
    z.object({
      backend: z.string(),
      server: z.string(),
      words: z.string(),
      sessions: z.int(),
      asked: SwitchState,
      check: z.string(),
      why: z.string(),
    }),
  ),
})

export type Seen = Pick<ServerState, 'backend' | 'server' | 'status' | 'check' | 'sessions'> & {
  /** By people; whether its checks succeed is another question. */
  asked: SwitchState
}

export interface Told {
  backend: string
  server: string
  state: SwitchState
  /** Ends the sessions that are open. */
  cut: boolean
}

/**
 * Says `set` to HAProxy on a node and returns every server as it is then, and the services that do not answer.
 * Trouble `haproxy-silent` (no service answers, or not that of a backend in `about`), `switch-refused`.
 */
export async function tellHaproxy(
  transport: Transport,
  set: readonly Told[],
  signal: AbortSignal,
  about: readonly BackendName[] = [],
): Promise<{ servers: Seen[]; kept: boolean; silent: readonly HaproxyService[] }> {
  const { code, stdout, stderr } = await transport.exec(['python3', '-I', '-c', script], {
    as: 'root',
    stdin: JSON.stringify({ set }),
    timeout: 30_000,
    signal,
  })
  if (code !== 0) throw silence('web', stderr.trim().split('\n').at(-1))
  const answer = Answer.parse(JSON.parse(stdout))
  const silent = Object.keys(answer.silent) as HaproxyService[]
  const asked: readonly string[] = [...about, ...set.map(({ backend }) => backend)]
  const known = (backend: string) => answer.servers.some((server) => server.backend === backend)
  const lacking = asked.filter((backend) => !known(backend)).map(serviceOf)
  const quiet = silent.find((service) => lacking.includes(service)) ?? (answer.servers.length === 0 ? silent[0] : null)
  if (quiet) throw silence(quiet, answer.silent[quiet])
  if (answer.said.length > 0)
    throw new Trouble(
      'switch-refused',
      `HAProxy rejected the command: ${answer.said.join(' ')}`,
      'Press Reprovision, then try again.',
    )
  return {
    silent,
    kept: answer.kept,
    servers: answer.servers.map(({ words, check, why, ...server }) => ({
      ...server,
      status: serverStatus(words),
      check: [check, why].filter(Boolean).join(' '),
    })),
  }
}

const silence = (service: HaproxyService, why = '') =>
  new Trouble(
    'haproxy-silent',
    `${haproxyNames[service]} is not responding on its socket: ${why}.`,
    `On the Pi, "systemctl status ${haproxyServices[service].replace('.service', '')}" shows the cause.`,
  )

export class Balancer {
  readonly name: string
  servers: readonly Seen[] = []
  /** Why it cannot be asked; null: it answers. */
  away: Trouble | null = null
  /** Something was said to it. */
  touched = false
  /** What was asked outlives its HAProxy. */
  keeps = true
  /** What people had asked of the server before. */
  before: SwitchState = 'ready'
  readonly #node: NodeSpec
  readonly #fleet: Fleet
  readonly #change: ServerSwitch
  readonly #emit: (event: RunEvent) => void

  constructor(node: NodeSpec, fleet: Fleet, change: ServerSwitch, emit: (event: RunEvent) => void) {
    this.name = node.name
    this.#node = node
    this.#fleet = fleet
    this.#change = change
    this.#emit = emit
  }

  /** The server as this balancer saw it last; null: it has none of that name. */
  get server(): Seen | null {
    const { backend, server } = this.#change
    return this.servers.find((entry) => entry.backend === backend && entry.server === server) ?? null
  }

  /** Never throws but for the signal: who does not answer is away. */
  async look(signal: AbortSignal): Promise<void> {
    const first = this.servers.length === 0
    await this.#tell([], signal)
    if (first && this.server) this.before = this.server.asked
  }

  /** Says it and sees that it holds. */
  async set(state: SwitchState, cut: boolean, signal: AbortSignal): Promise<void> {
    if (this.away) return
    const title = titles.set(state, this.#change)
    const was = this.server?.asked ?? 'ready'
    const began = Date.now()
    this.begin(state, title, `its state is ${was}`)
    await this.#tell([{ ...this.#place(), state, cut }], signal)
    const now = this.server
    if (this.away === null && now && now.asked !== state)
      this.away = new Trouble(
        'switch-lost',
        `HAProxy on ${this.name} was set to ${state} but reports ${now.asked}.`,
        'Press Retry. If the problem persists, check the log of HAProxy on that Pi.',
      )
    if (this.away) {
      const { code, message, cure } = this.away as Trouble
      this.#emit({ type: 'step-failed', node: this.name, step: stepId(state), title, code, message, cure })
    } else this.settle(state, title, was !== state, (Date.now() - began) / 1000)
  }

  /** Says it once more when HAProxy has forgotten it. */
  async again(state: SwitchState, signal: AbortSignal): Promise<void> {
    if (this.away || !this.server || this.server.asked === state) return
    const text = `HAProxy on ${this.name} lost the setting. Applying it again.`
    this.#emit({ type: 'log', node: this.name, step: null, stream: 'bramble', text })
    await this.#tell([{ ...this.#place(), state, cut: false }], signal)
  }

  /** As it was before anything was said. */
  async restore(signal: AbortSignal): Promise<void> {
    if (this.touched) await this.#tell([{ ...this.#place(), state: this.before, cut: false }], signal)
  }

  begin(step: string, title: string, because: string): void {
    this.#emit({ type: 'step-started', node: this.name, step: stepId(step), title, because })
  }

  settle(step: string, title: string, changed: boolean, seconds: number): void {
    this.#emit({ type: 'step-settled', node: this.name, step: stepId(step), title, changed, seconds })
  }

  end(done: string): RunOutcome['nodes'][number] {
    const outcome = this.away === null ? 'succeeded' : this.touched ? 'failed' : 'unreachable'
    const changed = this.away === null && this.before !== this.#change.state ? 1 : 0
    const message = this.away ? `${this.away.message} ${this.away.cure}` : done
    this.#emit({ type: 'node-ended', node: this.name, outcome, changed, message })
    return { node: this.name, outcome, changed, message }
  }

  #place(): Pick<ServerSwitch, 'backend' | 'server'> {
    return { backend: this.#change.backend, server: this.#change.server }
  }

  async #tell(set: readonly Told[], signal: AbortSignal): Promise<void> {
    try {
      const transport = await this.#fleet.connect(this.#node, signal)
      if (set.length > 0) this.touched = true
      const { servers, kept } = await tellHaproxy(transport, set, signal, [this.#change.backend])
      this.servers = servers
      if (set.length > 0) this.keeps = kept
      this.away = null
    } catch (error) {
      signal.throwIfAborted()
      const { code, message, cure } = troubleWords(error, 'Internal error', 'Press Retry.')
      this.away = error instanceof Trouble ? error : new Trouble(code, message, cure, { cause: error })
    }
  }
}

const stepId = (step: string) => `servers/${step}`
