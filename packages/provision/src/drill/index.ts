/** Carries a drill out: all is well → the fault, its undo armed before it → watched → undone → whole again → measured. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Drill,
  type DrillResult,
  drillLimit,
  drillSeconds,
  type NodeSpec,
  type RunOutcome,
} from '@bramble/cluster'
import { type Sight, startWitness, type Witness } from '../availability/index.ts'
import { Trouble } from '../engine/types.ts'
import type { Rolling } from '../rollout/rollout.ts'
import { type Strike, strikeOf } from './classes.ts'
import { beginFault, faultState, undoFault } from './fault.ts'
import { lacks, takeHealth } from './health.ts'
import { DrillTeller } from './teller.ts'
import { verdictOf } from './verdict.ts'

export interface DrillInput extends Rolling {
  drill: Drill
  /** Of this drill alone: who takes it over knows by it what was begun. */
  id: string
}

export interface DrillEnd {
  outcome: RunOutcome
  /** Null: nothing was begun. */
  result: DrillResult | null
}

/** Seconds that the cluster gets to be whole again. */
const recovery = 600
/** Milliseconds that it has to stay whole. */
const steadyMs = 4_000

/** Troubles before anything is done: see `strikeOf`, `no-writes`. A drill that was begun before is only ended. */
export async function runDrill(input: DrillInput): Promise<DrillEnd> {
  const began = Date.now()
  const health = await takeHealth(input)
  const left = [...health.faults].find(([, state]) => state?.id === input.id)?.[0]
  if (left) return endOnly(input, left, began)
  const strike = await strikeOf(input, input.drill, health)
  const witness = await watching(input)
  try {
    return await carryOut(input, strike, witness, began)
  } finally {
    await witness.end()
  }
}

async function watching({ spec, secrets }: DrillInput): Promise<Witness> {
  try {
    return await startWitness(spec, secrets, { patience: 15 })
  } catch (error) {
    throw new Trouble(
      'no-writes',
      `Writes through ${spec.vip} fail, so the drill cannot be measured: ${(error as Error).message}`,
      'Fix this first; the Stack page shows what is wrong.',
      { cause: error },
    )
  }
}

async function carryOut(input: DrillInput, strike: Strike, witness: Witness, began: number): Promise<DrillEnd> {
  const { spec, drill, signal, id } = input
  const node = nodeOf(input, strike.node)
  const teller = new DrillTeller(input, node.name)
  const seconds = drillSeconds(spec, drill.class)
  await baseline(witness, signal)
  await teller.step(
    'arm',
    `Arm the automatic revert on ${node.name} and inject the fault`,
    `${strike.words}, for ${seconds} s at most`,
    async () => beginFault(await input.fleet.connect(node, signal), { id, fault: strike.fault, seconds }, teller.log),
  )
  const faultAt = Date.now()
  const isOver = () => Date.now() > faultAt + seconds * 1000
  try {
    await teller.step('watch', 'Measure the outage for clients', strike.words, () =>
      watch(input, { strike, node, witness, teller, isOver, faultAt }),
    )
  } catch (error) {
    // A person who cancels, and a worker that ends, leave no fault behind.
    const undone = await undoNow(input, node)
    if (!signal.aborted) throw error
    const message = undone
      ? `Canceled: the fault on ${node.name} was reverted.`
      : `Canceled: ${node.name} is unreachable and reverts its fault itself within ${seconds} s of its start.`
    return { outcome: cancelledOutcome(node.name, message, began), result: null }
  }
  await teller.step('undo', `Revert the fault on ${node.name}`, 'the measurement is complete', () =>
    undone(input, node, isOver),
  )
  const { lack, at } = await teller.step('whole', 'Wait until the cluster is healthy', 'not recovered yet', () =>
    becomeWhole(input, teller),
  )
  const secondsToWhole = lack === null ? (at - faultAt) / 1000 : null
  const sight = await witness.finish(60)
  return ending({ input, strike, sight, faultAt, secondsToWhole, lack, began, teller })
}

/** A moment without a fault, so that the first second of the measurement is not the fault's. */
async function baseline(witness: Witness, signal: AbortSignal): Promise<void> {
  await sleep(1_500, undefined, { signal })
  const { writes, site } = witness.silence()
  if (Math.max(writes, site) > 1)
    throw new Trouble(
      'no-writes',
      'Requests already fail or stall before the fault.',
      'Fix this first; the Stack page shows what is wrong.',
    )
}

interface Watching {
  strike: Strike
  node: NodeSpec
  witness: Witness
  teller: DrillTeller
  faultAt: number
  isOver: () => boolean
}

/** Until clients are served again for a while, or the fault's time is over. */
async function watch(input: DrillInput, { strike, node, witness, teller, faultAt, isOver }: Watching): Promise<void> {
  let served = 0
  let checked = false
  while (!isOver()) {
    await sleep(250, undefined, { signal: input.signal })
    const elapsed = (Date.now() - faultAt) / 1000
    if (!checked && elapsed > 5 && strike.fault.kind !== 'cut') {
      checked = true
      await refused(input, node)
    }
    const { writes, site } = witness.silence()
    served = Math.max(writes, site) < 1 ? served + 1 : 0
    teller.waiting('watch', noticed(writes, site))
    if (strike.hold !== null && elapsed > strike.hold && served >= 12) return
  }
}

/** A fault that could not begin on the node ends the drill at once. */
async function refused(input: DrillInput, node: NodeSpec): Promise<void> {
  const state = await faultState(await input.fleet.connect(node, input.signal)).catch(() => null)
  if (state?.trouble)
    throw new Trouble('fault-refused', `The fault did not start: ${state.trouble}.`, 'Check the node, then try again.')
}

/** In steps of 5 s, so that the log of a long outage stays short. */
const step = (seconds: number) => (seconds < 5 ? 2 : Math.floor(seconds / 5) * 5)

function noticed(writes: number, site: number): string {
  const away = [
    ...(writes >= 2 ? [`no write for ${step(writes)} s`] : []),
    ...(site >= 2 ? [`no page for ${step(site)} s`] : []),
  ]
  return away.length > 0 ? away.join(', ') : 'writes and page requests succeed'
}

/** False: the node does not answer. */
async function undoNow(input: DrillInput, node: NodeSpec): Promise<boolean> {
  try {
    await undoFault(await input.fleet.connect(node, AbortSignal.timeout(3_000)))
    return true
  } catch {
    return false
  }
}

function cancelledOutcome(node: string, message: string, began: number): RunOutcome {
  const nodes = [{ node, outcome: 'cancelled', changed: 1, message }]
  return { status: 'cancelled', changed: 1, seconds: (Date.now() - began) / 1000, message, nodes }
}

/** Done by Bramble where the node answers, else by the node itself; seen either way. Trouble `not-undone`. */
async function undone(input: DrillInput, node: NodeSpec, isOver: () => boolean): Promise<void> {
  const until = Date.now() + recovery * 1000
  let last = 'unreachable'
  while (Date.now() < until) {
    try {
      const transport = await input.fleet.connect(node, input.signal)
      const state = await faultState(transport)
      // After a reboot nothing is left of it.
      if (state === null || state.phase === 'undone') return
      last = `the fault is ${state.phase}`
      if (!isOver() || state.phase !== 'standing') await undoFault(transport)
    } catch (error) {
      input.signal.throwIfAborted()
      last = (error as Error).message
    }
    await sleep(500, undefined, { signal: input.signal })
  }
  throw new Trouble(
    'not-undone',
    `${node.name} did not confirm that the fault was reverted: ${last}.`,
    `Reboot ${node.name}, which reverts it. Then press Reprovision.`,
  )
}

/** Since when it is whole; or, `lack`, what it still lacks when time was over. */
async function becomeWhole(input: DrillInput, teller: DrillTeller): Promise<{ lack: string | null; at: number }> {
  const until = Date.now() + recovery * 1000
  let since: number | null = null
  for (;;) {
    const asked = Date.now()
    const missing = lacks(input.spec, await takeHealth(input))
    // A replica may follow for a moment before Patroni finds that it has to be rewound.
    since = missing.length === 0 ? (since ?? asked) : null
    if (since !== null && Date.now() - since > steadyMs) return { lack: null, at: since }
    const words = missing.join('; ') || 'healthy; checking that it stays healthy'
    if (Date.now() > until) return { lack: words, at: Date.now() }
    teller.waiting('whole', words)
    await sleep(500, undefined, { signal: input.signal })
  }
}

/** Another worker began it and is gone, and with it what it had measured: what is left is to undo and to wait. */
async function endOnly(input: DrillInput, name: string, began: number): Promise<DrillEnd> {
  const node = nodeOf(input, name)
  const teller = new DrillTeller(input, name)
  await teller.step('undo', `Revert the fault on ${name}`, 'the worker that started it has stopped', () =>
    undone(input, node, () => false),
  )
  const { lack } = await teller.step('whole', 'Wait until the cluster is healthy', 'not recovered yet', () =>
    becomeWhole(input, teller),
  )
  return ending({
    input,
    strike: { node: name },
    sight: null,
    faultAt: null,
    secondsToWhole: null,
    lack,
    began,
    teller,
  })
}

interface Ending {
  input: DrillInput
  strike: Pick<Strike, 'node'> & Partial<Strike>
  sight: Sight | null
  faultAt: number | null
  secondsToWhole: number | null
  lack: string | null
  began: number
  teller: DrillTeller
}

function ending({ input, strike, sight, faultAt, secondsToWhole, lack, began, teller }: Ending): DrillEnd {
  const { spec, drill } = input
  const { node } = strike
  const limit = drillLimit(spec, drill.class)
  const { verdict, message } = verdictOf({
    words: strike.words,
    sight,
    lack,
    limit,
    secondsToWhole,
    synchronous: spec.synchronous,
  })
  const result: DrillResult = {
    class: drill.class,
    node,
    synchronous: spec.synchronous,
    preset: spec.preset,
    verdict,
    faultAt: faultAt === null ? null : new Date(faultAt).toISOString(),
    writeOutage: sight?.writeOutage ?? null,
    siteOutage: sight?.siteOutage ?? null,
    acknowledged: sight?.acknowledged ?? 0,
    lost: sight?.lost ?? null,
    failedWrites: sight?.failedWrites ?? 0,
    requests: sight?.requests ?? 0,
    failedRequests: sight?.failedRequests ?? 0,
    secondsToWhole,
    message,
  }
  const outcome =
    ['held', 'slow'].includes(verdict) || (verdict === 'lost' && !spec.synchronous) ? 'succeeded' : 'failed'
  teller.end(outcome, message)
  return {
    result,
    outcome: {
      status: outcome,
      changed: 1,
      seconds: (Date.now() - began) / 1000,
      message,
      nodes: [{ node, outcome, changed: 1, message }],
    },
  }
}

const nodeOf = ({ spec }: DrillInput, name: string): NodeSpec => spec.nodes.find((node) => node.name === name)!
