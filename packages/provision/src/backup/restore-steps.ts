/** The steps of a restore, of the cluster's own backups or of another one's. */
import type { ClusterSpec, NodeSpec, PastRestore } from '@bramble/cluster'
import { z } from 'zod'
import { command } from '../engine/command.ts'
import { fileState } from '../engine/file.ts'
import { gather } from '../engine/gather.ts'
import type { Transport } from '../engine/transport.ts'
import { because, type RoleContext, type Step, settled } from '../engine/types.ts'
import { pgbackrest } from '../facts/backup.ts'
import { postgresMajor, versionFacts } from '../facts/releases.ts'
import { unitState } from '../facts/unit.ts'
import { databaseStep } from '../roles/postgres/database.ts'
import { leaderGate, memberGate, settingsStep, storeGate } from '../roles/postgres/index.ts'
import { dataFolder } from '../roles/postgres/patroni.yml.ts'
import { patronictl } from '../roles/postgres/patronictl.ts'
import { statementsStep } from '../roles/postgres/statements.ts'
import type { Rolling } from '../rollout/rollout.ts'
import { type ForeignSource, sourceArgv, sourceFiles } from './source.ts'
import { backupTool, backupToolFile, restoredMark } from './tool.ts'
import { explainBackup } from './words.ts'

export interface RestoreInput extends Rolling {
  /** Null: the newest state that the archive holds. */
  to: Date | null
  /** When requested. */
  since: Date
  /** Earlier ones of the cluster that the backups are of: they tell which branch of history a moment lies on. */
  restores: readonly PastRestore[]
  /** Whose backups; null: its own. */
  source: ForeignSource | null
  /** The signal means that a person cancelled, not that another worker takes over. */
  cancelled: () => boolean
}

export const unit = 'patroni.service'
const longest = 12 * 3600

/** On the node that restores: what was begun, so that whoever takes over goes on with the same. */
export const begunMark = '/var/lib/bramble/restore-begun.json'

export const Begun = z.object({
  token: z.string(),
  node: z.string(),
  label: z.string(),
  /** The branch to restore, for pgBackRest. */
  target: z.string(),
  /** The one that is left. */
  timeline: z.int(),
})
export type Begun = z.infer<typeof Begun>

/** Everything until now goes to the archive, so that this restore can be undone by another. */
export function saveStep(spec: ClusterSpec, now: Date): Step {
  const since = Math.floor(now.getTime() / 1000)
  const sql = `select coalesce(last_archived_time > to_timestamp(${since}), false) from pg_stat_archiver`
  const archived = command(['psql', '-XAtqw', '-d', 'postgres', '-c', sql], { as: 'postgres' })
  return {
    id: 'restore/save',
    title: 'Archive the latest WAL',
    reads: [archived],
    check: (facts) =>
      facts.of(archived).stdout.trim() === 't' ? settled : because('one WAL file is not archived yet'),
    apply: () => [{ kind: 'run', argv: pgbackrest(spec.name, '--archive-timeout=120', 'check'), timeout: 180 }],
    explain: explainBackup,
    cure: 'Archiving must work before a restore; without it the latest writes would be lost.',
  }
}

export function beginStep(begun: Begun): Step {
  const mark = fileState(begunMark, { content: true })
  const text = `${JSON.stringify(begun)}\n`
  return {
    id: 'restore/begin',
    title: `Restore on ${begun.node} from backup ${begun.label}`,
    reads: [mark],
    check: (facts) => (facts.of(mark).content === text ? settled : because('not recorded yet')),
    apply: () => [{ kind: 'put', path: begunMark, content: text, mode: 0o600 }],
  }
}

const restoredFact = fileState(restoredMark, { content: true })
const isRestored = (content: string | null, { token }: Begun) => content?.includes(JSON.stringify(token)) ?? false

export function stopStep(begun: Begun): Step {
  const state = unitState(unit)
  return {
    id: 'restore/stop',
    title: 'Stop PostgreSQL and Patroni',
    reads: [state, restoredFact],
    check(facts) {
      if (isRestored(facts.of(restoredFact).content, begun)) return settled
      const { active } = facts.of(state)
      return active === 'inactive' || active === 'failed' ? settled : because(`the service is ${active}`)
    },
    apply: () => [{ kind: 'run', argv: ['systemctl', 'stop', unit], timeout: 180 }],
    patience: 60,
    disrupts: { what: 'postgres', words: 'the database is offline until it is restored' },
  }
}

/** Where the database lies, and which program reads it. */
export const binaries = (major: number) => `/usr/lib/postgresql/${major}/bin`

export function restoreSteps({ spec, secrets, to, source }: RestoreInput, begun: Begun): Step[] {
  const what = source ? `the database of ${source.name}` : 'the database'
  return [
    backupToolFile(),
    {
      id: 'restore/data',
      title: to ? `Restore ${what} as of ${to.toISOString()}` : `Restore the latest state of ${what}`,
      reads: [restoredFact, ...versionFacts],
      check: (facts) => (isRestored(facts.of(restoredFact).content, begun) ? settled : because('requested')),
      apply(facts) {
        const major = postgresMajor({ spec }, facts)
        const stanza = source?.stanza ?? spec.name
        const argv = [backupTool, 'restore', '--stanza', stanza, '--set', begun.label, '--token', begun.token]
        argv.push('--data', dataFolder(spec, major), '--binaries', binaries(major))
        if (source) argv.push(...sourceArgv(spec))
        if (to) argv.push('--time', pgTime(to))
        argv.push('--timeline', begun.target)
        const files = source ? sourceFiles(source, { spec, secrets, major }) : []
        return [...files, { kind: 'run', argv, long: true, timeout: longest }]
      },
      explain: explainBackup,
      destroys: source ? 'all data in the cluster database' : 'everything written to the database after that time',
      cure: 'The log shows the cause.',
    },
  ]
}

/** As PostgreSQL reads it: `2026-11-27 21:07:14.500+00`. */
const pgTime = (moment: Date) => `${moment.toISOString().replace('T', ' ').replace('Z', '')}+00`

/** The restored node becomes the leader of the cluster, whose store forgets what it knew of the old history. */
export function leadSteps(input: Pick<RestoreInput, 'spec' | 'secrets'>, node: NodeSpec): Step[] {
  const { spec } = input
  const context: RoleContext = { ...input, node }
  const state = unitState(unit)
  return [
    {
      id: 'restore/forget',
      title: 'Remove the old cluster state from Patroni',
      reads: [state],
      check: (facts) =>
        facts.of(state).active === 'active' ? settled : because('it describes the database before the restore'),
      apply: () => [
        {
          kind: 'run',
          argv: patronictl('remove', spec.name),
          as: 'postgres',
          stdin: `${spec.name}\nYes I am aware\n`,
        },
        { kind: 'run', argv: ['systemctl', 'start', unit], timeout: 180 },
      ],
      patience: 30,
    },
    leaderGate(context),
    memberGate(context),
    storeGate(context),
    settingsStep(context),
    // A backup has the password of its day.
    databaseStep(context, { password: 'set' }),
    statementsStep(context),
  ]
}

/** Identifier of the database that was restored, as PostgreSQL writes it; null: the program did not tell. */
export async function restoredSystem(transport: Transport): Promise<string | null> {
  const { content } = (await gather(transport, [restoredFact])).of(restoredFact)
  return z.object({ system: z.string().nullish() }).safeParse(jsonOf(content)).data?.system ?? null
}

export function jsonOf(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null')
  } catch {
    return null
  }
}

/** Absent: the files are still those that the cluster had. The program on the node names it too. */
export const touchedMark = '/var/lib/bramble/restore-touched'

/** What stands on the node that restores: how far it came. */
export async function progressOf(transport: Transport, begun: Begun): Promise<'untouched' | 'touched' | 'restored'> {
  const touched = fileState(touchedMark)
  const facts = await gather(transport, [touched, restoredFact])
  if (isRestored(facts.of(restoredFact).content, begun)) return 'restored'
  return facts.of(touched).kind === 'absent' ? 'untouched' : 'touched'
}
