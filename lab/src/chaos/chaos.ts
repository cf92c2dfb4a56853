/** Chaos: faults at random, by a seed, while clients write and read; then everything has to come back and agree. */
import { setTimeout as sleep } from 'node:timers/promises'
import { nodesWith } from '@bramble/cluster'
import { type Sight, startWitness, type Witness } from '@bramble/provision/availability'
import { lacks, takeHealth, undoFault } from '@bramble/provision/drill'
import { LabError } from '../host/errors.ts'
import { heal, powerOn, status } from '../supervisor/lab.ts'
import { type ChaosFault, score } from './score.ts'
import { type Ground, type Strike, strikeFor } from './strikes.ts'

export interface ChaosInput extends Ground {
  minutes: number
  seed: number
  /** What happens, a line each. */
  onLine: (line: string) => void
  signal?: AbortSignal
}

export interface ChaosVerdict {
  passed: boolean
  seed: number
  /** How often each fault was done, and how many could not be since nobody was left to strike. */
  faults: Partial<Record<ChaosFault, number>>
  skipped: number
  sight: Sight
  /** Seconds from the last undo until every node was at work; null: what is lacking stands in `reasons`. */
  wholeAfter: number | null
  /** Why it did not pass; empty: it did. */
  reasons: string[]
}

/** Seconds that the cluster gets to be whole: right after it was built, and at the end. */
const settling = 180
const recovery = 600

/** Throws before anything is broken unless the cluster becomes whole within some minutes and can be written to. */
export async function runChaos(input: ChaosInput): Promise<ChaosVerdict> {
  const missing = await becomeWhole(input, settling)
  if (missing) throw new LabError('lab-not-whole', `Chaos needs a healthy cluster: ${missing}.`)
  const witness = await startWitness(input.spec, input.secrets, { patience: 30 })
  try {
    const played = await play(input)
    input.onLine('all faults are reverted and all nodes are powered on')
    const calmed = Date.now()
    await calm(input)
    const lack = await becomeWhole(input, recovery)
    const wholeAfter = lack === null ? (Date.now() - calmed) / 1000 : null
    const sight = await witness.finish(120)
    const differ = lack === null ? await differences(input, witness) : []
    return judge(input, { ...played, sight, wholeAfter, lack, differ })
  } finally {
    await witness.end()
  }
}

interface Played {
  faults: ChaosVerdict['faults']
  skipped: number
}

async function play(input: ChaosInput): Promise<Played> {
  const { minutes, seed, signal, onLine } = input
  const began = Date.now()
  const until = began + minutes * 60_000
  const at = () => `${((Date.now() - began) / 1000).toFixed(0).padStart(5)} s`
  const faults: ChaosVerdict['faults'] = {}
  let skipped = 0
  let number = 0
  /** Faults that were left standing for the next one to come on top. */
  const standing: Promise<void>[] = []
  for (const move of score(seed)) {
    if (Date.now() > until || signal?.aborted) break
    const strike = strikeFor(move, input, await takeHealth(input), ++number)
    if (!strike || !(await begun(strike, (why) => onLine(`${at()}  ${move.fault} is skipped: ${why}`)))) {
      skipped++
      continue
    }
    faults[move.fault] = (faults[move.fault] ?? 0) + 1
    onLine(
      `${at()}  ${move.fault} on ${strike.nodes.join(', ')} for ${move.hold} s${move.rest === 0 ? ', and the next one at the same time' : ''}`,
    )
    const over = ended(strike, move.hold, until, (why) => onLine(`${at()}  ${move.fault} is not reverted yet: ${why}`))
    if (move.rest === 0) {
      standing.push(over)
      await sleep(3_000)
    } else {
      await over
      await sleep(Math.max(0, Math.min(move.rest * 1000, until - Date.now())))
    }
  }
  await Promise.all(standing)
  return { faults, skipped }
}

async function begun({ strike }: Strike, onFailure: (why: string) => void): Promise<boolean> {
  try {
    await strike()
    return true
  } catch (error) {
    // A node that is off or cut already is no fault of the cluster.
    onFailure((error as Error).message)
    return false
  }
}

async function ended({ undo }: Strike, hold: number, until: number, onFailure: (why: string) => void): Promise<void> {
  await sleep(Math.max(0, Math.min(hold * 1000, until - Date.now())))
  await undo().catch((error: Error) => onFailure(error.message))
}

/** Whatever became of the single undos: every node has power, a cable, and no fault. */
async function calm(input: ChaosInput): Promise<void> {
  const { id, spec, fleet } = input
  const { nodes } = await status({ id })
  await Promise.all(
    nodes.map(async ({ name, state }) => {
      await (state === 'off' ? powerOn({ id, node: name }) : heal({ id, node: name })).catch(() => undefined)
      if (state === 'off') await heal({ id, node: name }).catch(() => undefined)
      const node = spec.nodes.find((entry) => entry.name === name)
      // Where no drill was, there is nothing to undo.
      if (node) await undoFault(await fleet.connect(node)).catch(() => undefined)
    }),
  )
}

async function becomeWhole(input: ChaosInput, seconds: number): Promise<string | null> {
  const until = Date.now() + seconds * 1000
  let told = ''
  let times = 0
  for (;;) {
    const missing = lacks(input.spec, await takeHealth(input)).join('; ')
    // It has to stay so: a replica may follow for a moment before Patroni finds that it has to be rewound.
    times = missing === '' ? times + 1 : 0
    if (times === 5) return null
    if (missing !== '' && missing !== told) input.onLine(`waiting: ${missing}`)
    told = missing
    if (Date.now() > until || input.signal?.aborted) return missing
    await sleep(1_000)
  }
}

/** Copies that do not hold the same rows; they get half a minute to catch up. */
async function differences({ spec, fleet }: ChaosInput, witness: Witness): Promise<string[]> {
  const query = `select count(*) || ' rows, sum ' || coalesce(sum(n), 0) from ${witness.table}`
  const until = Date.now() + 30_000
  for (;;) {
    const told = await Promise.all(
      nodesWith(spec, 'postgres').map(async (node) => {
        const argv = ['psql', '-At', '-d', spec.database.name, '-c', query]
        const { code, stdout, stderr } = await (await fleet.connect(node)).exec(argv, { as: 'postgres' })
        return `${node.name}: ${code === 0 ? stdout.trim() : stderr.trim()}`
      }),
    )
    if (new Set(told.map((words) => words.split(': ')[1])).size === 1) return []
    if (Date.now() > until) return told
    await sleep(1_000)
  }
}

interface Found extends Played {
  sight: Sight
  wholeAfter: number | null
  lack: string | null
  differ: string[]
}

function judge({ seed, spec }: ChaosInput, { faults, skipped, sight, wholeAfter, lack, differ }: Found): ChaosVerdict {
  const reasons = [
    ...(lack === null ? [] : [`the cluster is not healthy: ${lack}`]),
    ...(sight.lost === null ? ['writes have not recovered'] : []),
    // Without synchronous replication the last writes before a loss may go: told, and no failure.
    ...(spec.synchronous && sight.lost ? [`${sight.lost} acknowledged writes were lost`] : []),
    ...(differ.length > 0 ? [`the replicas do not have the same rows: ${differ.join('; ')}`] : []),
  ]
  return { passed: reasons.length === 0, seed, faults, skipped, sight, wholeAfter, reasons }
}

/** The verdict for people. */
export function verdictText({ passed, seed, faults, skipped, sight, wholeAfter, reasons }: ChaosVerdict): string {
  const done = Object.entries(faults).sort(([a], [b]) => a.localeCompare(b))
  const count = done.reduce((sum, [, times]) => sum + times, 0)
  const seconds = (value: number) => `${value.toFixed(1)} s`
  return [
    `${passed ? 'PASSED' : 'FAILED'}: seed ${seed}, ${count} faults (${done.map(([name, times]) => `${name} ${times}`).join(', ')})${skipped ? `, ${skipped} skipped` : ''}`,
    `writes: ${sight.acknowledged} acknowledged, ${sight.lost ?? 'an unknown number'} lost, longest outage ${seconds(sight.writeOutage)}`,
    `pages: ${sight.requests} requests, ${sight.failedRequests} failed, longest outage ${sight.siteOutage === null ? 'unknown' : seconds(sight.siteOutage)}`,
    wholeAfter === null
      ? 'the cluster did not recover'
      : `recovered ${seconds(wholeAfter)} after the last fault was reverted`,
    ...reasons.map((reason) => `- ${reason}`),
  ].join('\n')
}
