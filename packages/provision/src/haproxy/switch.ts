/**
 * Takes a server of HAProxy out of service and back, on every balancer at once, and watches its open sessions end.
 * What was asked is kept on each balancer, so that it outlives a reload, a restart and a power cut.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ClusterSpec,
  isLastUsable,
  isUsable,
  lastServerWords,
  nodesWith,
  type RunEvent,
  type RunOutcome,
  ServerSwitch,
  type SwitchState,
} from '@bramble/cluster'
import type { Fleet } from '../engine/transport.ts'
import { Trouble } from '../engine/types.ts'
import { Balancer } from './balancer.ts'
import { awayWords, checkWords, doneWords, leftWords, sessionWords, titles } from './words.ts'

export interface SwitchInput {
  spec: ClusterSpec
  fleet: Fleet
  change: ServerSwitch
  signal: AbortSignal
  /** Asked once the signal is aborted: true when a person cancelled, and the servers are to be as they were. */
  cancelled: () => boolean
  emit: (event: RunEvent) => void
  /** Milliseconds between two looks at the sessions, and that the checks of a server get to find it up; tests have none. */
  lookMs?: number
  checksMs?: number
}

const looksMs = 1_000
/** Of a database one or none is up in each backend: its checks say what the node is, not that it is well. */
const webChecksMs = 15_000
const databaseChecksMs = 3_000
/** Milliseconds in which what was done is taken back. */
const undoMs = 20_000

/**
 * Trouble before anything is changed: `server-unknown`, `last-server`, or why no balancer can be asked. A balancer that
 * is away makes the outcome `partial`, and so do sessions that are still open when the time for a drain is over.
 */
export async function switchServer(input: SwitchInput): Promise<RunOutcome> {
  const change = ServerSwitch.parse(input.change)
  const began = Date.now()
  const balancers = nodesWith(input.spec, 'balancer').map((node) => new Balancer(node, input.fleet, change, input.emit))
  await all(balancers, (balancer) => balancer.look(input.signal))
  const present = balancers.filter((balancer) => balancer.away === null)
  const [silent] = balancers.filter((balancer) => balancer.away !== null)
  if (present.length === 0)
    throw (
      silent?.away ??
      new Trouble('no-balancer', 'This cluster has no load balancer.', 'Assign the role balancer to two nodes.')
    )
  refuse(present, change)
  try {
    const words = await carryOut(input, change, present)
    return outcomeOf(balancers, change, words, began)
  } catch (error) {
    if (!input.signal.aborted || !input.cancelled()) throw error
    return undone(input, balancers, change, began)
  }
}

function refuse(present: readonly Balancer[], change: ServerSwitch): void {
  const { backend, server } = change
  const stranger = present.find((balancer) => balancer.server === null)
  if (stranger)
    throw new Trouble(
      'server-unknown',
      `HAProxy on ${stranger.name} has no server ${server} in ${backend}.`,
      'Press Reprovision to update its configuration, then try again.',
    )
  if (change.state === 'ready' || change.evenLast) return
  if (!present.some((balancer) => isLastUsable(balancer.servers, change))) return
  const { message, cure } = lastServerWords(change)
  throw new Trouble('last-server', message, cure)
}

/** What is left to say about the server when it is done; `partly`: it is not wholly as it was asked for. */
interface Rest {
  words: string
  partly: boolean
}

async function carryOut(input: SwitchInput, change: ServerSwitch, present: Balancer[]): Promise<Rest> {
  const { signal } = input
  const set = (state: SwitchState, cut: boolean) => all(present, (balancer) => balancer.set(state, cut, signal))
  if (change.state === 'ready') {
    await set('ready', false)
    return checked(input, change, present)
  }
  // Maintenance cuts what is open, so what is open gets its time first.
  if (change.state === 'drain' || change.wait > 0) await set('drain', false)
  const left = change.wait > 0 ? await drained(input, change, present) : sessionsOf(present)
  if (change.state === 'drain') return { words: leftWords(change, left), partly: left > 0 && change.wait > 0 }
  await set('maint', true)
  return { words: left > 0 ? `${sessionWords(left)} closed.` : '', partly: false }
}

/** A balancer that does not answer serves nobody. */
const sessionsOf = (present: readonly Balancer[]) =>
  present.reduce((sum, { away, server }) => sum + (away === null ? (server?.sessions ?? 0) : 0), 0)

/** Waits until no balancer has a session open with the server, or the time is over. Returns how many are left. */
async function drained(input: SwitchInput, change: ServerSwitch, present: Balancer[]): Promise<number> {
  const { signal, emit } = input
  const until = Date.now() + change.wait * 1000
  const begun = Date.now()
  for (const balancer of present) balancer.begin('wait', titles.wait(change), `${change.wait} s at most`)
  let told: number | null = null
  for (;;) {
    await all(present, (balancer) => balancer.look(signal))
    // HAProxy was restarted by hand, or its node came back with an older word.
    await all(present, (balancer) => balancer.again('drain', signal))
    const left = sessionsOf(present)
    if (left !== told) {
      const through = present.filter((balancer) => sessionsOf([balancer]) > 0)
      const each = through.map((balancer) => `${balancer.server?.sessions} through ${balancer.name}`)
      const where = present.length > 1 && left > 0 ? ` (${each.join(', ')})` : ''
      const text =
        left > 0 ? `${change.server} still has ${sessionWords(left)}${where}` : `${change.server} has no open sessions`
      emit({ type: 'log', node: null, step: null, stream: 'bramble', text })
    }
    told = left
    if (left === 0 || Date.now() >= until) {
      for (const balancer of present) balancer.settle('wait', titles.wait(change), false, (Date.now() - begun) / 1000)
      return left
    }
    await sleep(Math.min(input.lookMs ?? looksMs, Math.max(0, until - Date.now())), undefined, { signal })
  }
}

/** Waits until the checks find the server up. That they do not is no failure of the switch, but is said. */
async function checked(input: SwitchInput, change: ServerSwitch, present: Balancer[]): Promise<Rest> {
  const { signal } = input
  const up = () =>
    present.filter((balancer) => balancer.away === null && balancer.server && isUsable(balancer.server.status))
  const patience = input.checksMs ?? (change.backend === 'web' ? webChecksMs : databaseChecksMs)
  const until = Date.now() + patience
  while (up().length < present.length && Date.now() < until) {
    await sleep(input.lookMs ?? looksMs / 2, undefined, { signal })
    await all(present, (balancer) => balancer.look(signal))
  }
  const lacking = present.find((balancer) => !up().includes(balancer))
  if (!lacking?.server) return { words: '', partly: false }
  return { words: checkWords(change, lacking.server.check), partly: change.backend === 'web' }
}

async function undone(
  input: SwitchInput,
  balancers: readonly Balancer[],
  change: ServerSwitch,
  began: number,
): Promise<RunOutcome> {
  const signal = AbortSignal.timeout(undoMs)
  await all(balancers, (balancer) => balancer.restore(signal))
  const nodes = balancers.map((balancer) => ({
    node: balancer.name,
    outcome: 'cancelled',
    changed: 0,
    message: balancer.away
      ? `${balancer.away.message} ${balancer.away.cure}`
      : `${change.server} is back in its previous state: ${balancer.before}.`,
  }))
  for (const end of nodes) input.emit({ type: 'node-ended', ...end, outcome: 'cancelled' })
  const stuck = balancers.filter((balancer) => balancer.away !== null && balancer.touched)
  const message =
    stuck.length === 0
      ? `Canceled: ${change.server} is back in its previous state in ${change.backend}.`
      : `Canceled, but ${stuck.map(({ name }) => name).join(', ')} could not be reached: there ${change.server} is still out of service. Set it to ready again.`
  return { status: 'cancelled', changed: 0, seconds: (Date.now() - began) / 1000, message, nodes }
}

function outcomeOf(balancers: readonly Balancer[], change: ServerSwitch, rest: Rest, began: number): RunOutcome {
  const nodes = balancers.map((balancer) => balancer.end(doneWords(change)))
  const away = balancers.filter((balancer) => balancer.away !== null)
  const forgetful = balancers.filter((balancer) => balancer.away === null && !balancer.keeps)
  const told = away.length < balancers.length
  const message = [
    ...(told ? [doneWords(change), rest.words] : []),
    ...away.map(({ name, touched, away }) => `${awayWords(name, touched)} ${away?.message} ${away?.cure}`),
    ...(forgetful.length > 0
      ? [
          `${forgetful.map(({ name }) => name).join(', ')} loses this setting when HAProxy restarts: press Reprovision once.`,
        ]
      : []),
  ]
  return {
    status: !told ? 'failed' : away.length > 0 || rest.partly ? 'partial' : 'succeeded',
    changed: nodes.reduce((sum, node) => sum + node.changed, 0),
    seconds: (Date.now() - began) / 1000,
    message: message.filter(Boolean).join(' '),
    nodes,
  }
}

async function all(balancers: readonly Balancer[], work: (balancer: Balancer) => Promise<void>): Promise<void> {
  await Promise.all(balancers.map(work))
}
