/**
 * Every class of drill, again and again, with synchronous replication and without: how long writes and pages are away, and what
 * is lost. `pnpm --filter @bramble/lab drills -- --rounds 4 --mode both`. A line of JSON a drill goes to --out as it ends.
 */
import { randomUUID } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { DrillClass, type DrillResult, Preset } from '@bramble/cluster'
import { runDrill, Trouble } from '@bramble/provision'
import { lacks, takeHealth } from '@bramble/provision/drill'
import { eventually, openStage } from '../scenarios/stage.ts'

const { values } = parseArgs({
  // pnpm hands the separating "--" through.
  args: process.argv.slice(2).filter((arg) => arg !== '--'),
  options: {
    id: { type: 'string', default: '51' },
    rounds: { type: 'string', default: '4' },
    mode: { type: 'string', default: 'both' },
    preset: { type: 'string', default: 'fast' },
    nodes: { type: 'string', default: '4' },
    out: { type: 'string' },
  },
})

/** The clock of a lab's node cannot be set. */
const classes = DrillClass.options.filter((kind) => kind !== 'clock-skew')
const modes = values.mode === 'both' ? [true, false] : [values.mode !== 'async']

const stage = await openStage({
  id: Number(values.id),
  nodes: Number(values.nodes),
  diskMB: 4096,
  change: (spec) => ({ ...spec, preset: Preset.parse(values.preset) }),
})
const results: (DrillResult & { load: number })[] = []
try {
  for (const synchronous of modes) {
    stage.spec.synchronous = synchronous
    const { outcome } = await stage.apply()
    if (outcome.status !== 'succeeded') throw new Error(outcome.message)
    for (let round = 0; round < Number(values.rounds); round++) for (const kind of classes) await drill(kind)
  }
} finally {
  process.stdout.write(tables())
  await stage.close()
}

async function drill(kind: DrillClass): Promise<void> {
  const { spec, secrets, fleet } = stage
  await eventually(300, async () => {
    const missing = lacks(spec, await takeHealth(stage))
    if (missing.length > 0) throw new Error(missing.join('; '))
  })
  const input = { spec, secrets, fleet, drill: { class: kind }, id: randomUUID() }
  try {
    const { result } = await runDrill({ ...input, signal: new AbortController().signal, emit: () => undefined })
    if (!result) return
    const row = { ...result, load: Math.round(loadavg()[0]! * 10) / 10 }
    results.push(row)
    const line = JSON.stringify(row)
    process.stderr.write(`${line}\n`)
    if (values.out) appendFileSync(values.out, `${line}\n`)
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    process.stderr.write(`${kind} was not started: ${error.message}\n`)
  }
}

function tables(): string {
  const lines = [
    'class | replication | drills | write outage p50 | p95 | page outage p50 | p95 | recovery p50 | lost of acknowledged | held',
  ]
  lines.push(lines[0]!.replaceAll(/[^|]+/g, ' --- ').trim())
  for (const synchronous of modes)
    for (const kind of classes) {
      const of = results.filter((row) => row.class === kind && row.synchronous === synchronous)
      if (of.length === 0) continue
      const figure = (values: (number | null)[], share: number) =>
        (
          quantile(
            values.filter((value) => value !== null),
            share,
          ) ?? Number.NaN
        ).toFixed(1)
      const sum = (pick: (row: DrillResult) => number | null) => of.reduce((total, row) => total + (pick(row) ?? 0), 0)
      lines.push(
        [
          kind,
          synchronous ? 'sync' : 'async',
          of.length,
          figure(
            of.map((row) => row.writeOutage),
            0.5,
          ),
          figure(
            of.map((row) => row.writeOutage),
            0.95,
          ),
          figure(
            of.map((row) => row.siteOutage),
            0.5,
          ),
          figure(
            of.map((row) => row.siteOutage),
            0.95,
          ),
          figure(
            of.map((row) => row.secondsToWhole),
            0.5,
          ),
          `${sum((row) => row.lost)} of ${sum((row) => row.acknowledged)}`,
          `${of.filter((row) => row.verdict === 'held').length} of ${of.length}`,
        ].join(' | '),
      )
    }
  const loads = results.map((row) => row.load)
  lines.push('', `load of this machine while it ran: p50 ${quantile(loads, 0.5)}, highest ${Math.max(...loads)}`)
  return `${lines.join('\n')}\n`
}

/** By nearest rank. */
function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
}
