/** Restores the newest backup into a temporary instance on a copy that is not the primary, and counts its rows. */
import { randomBytes } from 'node:crypto'
import {
  type BackupRecord,
  type ClusterSpec,
  countText,
  type NodeSpec,
  nodesWith,
  type PastRestore,
  type RestoreDrillResult,
  type RunOutcome,
  restoreTarget,
} from '@bramble/cluster'
import { z } from 'zod'
import { act } from '../engine/act.ts'
import { gather } from '../engine/gather.ts'
import type { Pulse } from '../engine/pulse.ts'
import { type Action, Trouble } from '../engine/types.ts'
import { pgbackrest } from '../facts/backup.ts'
import { postgresMajor, versionFacts } from '../facts/releases.ts'
import type { Rolling } from '../rollout/rollout.ts'
import { takePulse } from '../rollout/survey.ts'
import { nodeNamed, readRepository } from './place.ts'
import { backupTool, putBackupTool } from './tool.ts'
import { explainBackup } from './words.ts'

interface DrillInput extends Rolling {
  restores: readonly PastRestore[]
}

const Rows = z.record(z.string(), z.number())
const Answer = z.object({ restoreSeconds: z.number(), recoverySeconds: z.number(), bytes: z.number(), rows: Rows })

const longest = 12 * 3600

/** Troubles: `no-backups`, `no-backup`, `no-primary`, `no-room`, `backup-corrupt`, …: the drill did not come through. */
export async function restoreDrill(input: DrillInput): Promise<{ outcome: RunOutcome; result: RestoreDrillResult }> {
  const started = Date.now()
  const { spec } = input
  const { backups } = await readRepository(input)
  const target = restoreTarget(backups, input.restores, null)
  if ('refused' in target)
    throw new Trouble('no-backup', `There is no backup of ${spec.name} to test.`, 'Make a backup first.')
  const backup = backups.find(({ label }) => label === target.label)!
  const { pulse } = await takePulse(input)
  if (pulse.primary === null)
    throw new Trouble(
      'no-primary',
      'The cluster has no primary.',
      'Bring the Pis back online first; the Stack page shows what is wrong.',
    )
  const primary = nodeNamed(spec, pulse.primary)
  const place = placeOf(spec, pulse)
  const point = `bramble_drill_${randomBytes(6).toString('hex')}`

  const before = Rows.parse(await told(input, primary, 'Count rows in the cluster', countActions(spec)))
  await told(input, primary, 'Create a restore point in the WAL', markActions(spec, point))
  const after = Rows.parse(await told(input, primary, 'Count rows again', countActions(spec)))
  const facts = await gather(await input.fleet.connect(place, input.signal), versionFacts, { signal: input.signal })
  const title = `Restore ${backup.label} into a temporary instance`
  const answer = Answer.parse(
    await told(input, place, title, drillActions(spec, backup, point, postgresMajor({ spec, pulse }, facts))),
  )
  const result = judged({ place, backup, answer, before, after })
  return { outcome: outcomeOfDrill(place, result, (Date.now() - started) / 1000), result }
}

function placeOf(spec: ClusterSpec, pulse: Pulse): NodeSpec {
  const replica = nodesWith(spec, 'postgres').find(({ name }) => pulse.streaming.includes(name))
  return replica ?? nodeNamed(spec, pulse.primary!)
}

const countActions = (spec: ClusterSpec): Action[] => [
  putBackupTool,
  { kind: 'run', argv: [backupTool, 'count', '--database', spec.database.name], long: true, timeout: 3600 },
]

/** A named point, and the file that holds it handed to the archive. */
const markActions = (spec: ClusterSpec, point: string): Action[] => [
  {
    kind: 'run',
    argv: ['psql', '-XAtqw', '-d', 'postgres', '-c', `select pg_create_restore_point('${point}')`],
    as: 'postgres',
  },
  { kind: 'run', argv: pgbackrest(spec.name, '--archive-timeout=120', 'check'), timeout: 180 },
]

const drillActions = (spec: ClusterSpec, backup: BackupRecord, point: string, major: number): Action[] => [
  putBackupTool,
  {
    kind: 'run',
    argv: [
      ...[backupTool, 'drill', '--stanza', spec.name, '--set', backup.label, '--name', point, '--timeline', 'latest'],
      ...['--database', spec.database.name, '--binaries', `/usr/lib/postgresql/${major}/bin`],
      ...['--size', String(Math.round(backup.size))],
    ],
    long: true,
    timeout: longest,
  },
]

/** Does it as one step of the run and returns the JSON of the last line; null when there is none. */
async function told(input: Rolling, node: NodeSpec, title: string, actions: readonly Action[]): Promise<unknown> {
  const { emit, signal, fleet } = input
  const step = `backup/${title
    .toLowerCase()
    .replace(/[^a-z]+/g, '-')
    .slice(0, 40)}`
  const began = Date.now()
  let last = ''
  emit({ type: 'step-started', node: node.name, step, title, because: 'part of the restore test' })
  try {
    const transport = await fleet.connect(node, signal)
    for (const action of actions)
      await act(transport, action, {
        signal,
        step,
        log(text, stream) {
          if (stream === 'stdout') last = text
          emit({ type: 'log', node: node.name, step, stream, text })
        },
      })
    emit({ type: 'step-settled', node: node.name, step, title, changed: true, seconds: (Date.now() - began) / 1000 })
    return last.startsWith('{') ? JSON.parse(last) : null
  } catch (error) {
    const known = error instanceof Trouble && error.code === 'action-failed' ? explainBackup(error.message) : null
    const trouble = known ? new Trouble(known.code, known.message, known.cure, { cause: error }) : error
    if (trouble instanceof Trouble && !signal.aborted) {
      const { code, message, cure } = trouble
      emit({ type: 'step-failed', node: node.name, step, title, code, message, cure })
    }
    throw trouble
  }
}

/** While it was counted people may have written: a table is right when its count lies between the two. */
function judged(seen: {
  place: NodeSpec
  backup: BackupRecord
  answer: z.infer<typeof Answer>
  before: Record<string, number>
  after: Record<string, number>
}): RestoreDrillResult {
  const { answer, before, after } = seen
  const different = [...new Set([...Object.keys(before), ...Object.keys(answer.rows)])].filter((table) => {
    const found = answer.rows[table]
    const [a, b] = [before[table], after[table]]
    // Made or dropped meanwhile.
    if (a === undefined || b === undefined) return a === b
    return found === undefined || found < Math.min(a, b) || found > Math.max(a, b)
  })
  const sum = (rows: Record<string, number>) => Object.values(rows).reduce((total, count) => total + count, 0)
  return {
    node: seen.place.name,
    label: seen.backup.label,
    restoreSeconds: answer.restoreSeconds,
    recoverySeconds: answer.recoverySeconds,
    bytes: answer.bytes,
    tables: Object.keys(answer.rows).length,
    rows: sum(answer.rows),
    rowsExpected: sum(before),
    different,
  }
}

function outcomeOfDrill({ name }: NodeSpec, result: RestoreDrillResult, seconds: number): RunOutcome {
  const good = result.different.length === 0
  const time = `${(result.restoreSeconds + result.recoverySeconds).toFixed(0)} s`
  const message = good
    ? `The backup is good: restored on ${name} in ${time}, ${countText(result.rows, 'row')} in ${countText(result.tables, 'table')}, as many as in the cluster. The temporary instance was deleted.`
    : `The restored copy differs from the cluster in ${result.different.slice(0, 5).join(', ')}. Make a full backup and test again.`
  const outcome = good ? 'succeeded' : 'failed'
  return { status: outcome, changed: 0, seconds, message, nodes: [{ node: name, outcome, changed: 0, message }] }
}
