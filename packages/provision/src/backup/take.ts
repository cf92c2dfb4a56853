/** One more backup. */
import { type BackupType, type ClusterSpec, type NodeSpec, type RunOutcome, sizeText } from '@bramble/cluster'
import { type CommandAnswer, command } from '../engine/command.ts'
import { because, type Fact, type Step, settled } from '../engine/types.ts'
import { infoArgv, pgbackrest, repositoryState } from '../facts/backup.ts'
import { gate } from '../resources/index.ts'
import { outcomeOf, type Rolling, workOn } from '../rollout/rollout.ts'
import { takePulse } from '../rollout/survey.ts'
import { runnerOf } from './place.ts'
import { explainBackup } from './words.ts'

/** Seconds: the clock of a node and that of the worker may differ by as much. */
const clockSlack = 2
/** Bytes beside what the last backup of the kind took: the write-ahead log lies there too. */
const leastRoom = 64 * 1024 ** 2
/** A large database over a card takes its time. */
const longest = 12 * 3600

interface TakeInput extends Rolling {
  type: BackupType
  /** When requested: a backup that was begun since then is the one. */
  since: Date
}

/** Troubles: `no-backups`, `no-primary`; what goes wrong on the node is in the outcome. */
export async function takeBackup(input: TakeInput): Promise<RunOutcome> {
  const started = Date.now()
  const { pulse } = await takePulse(input)
  const node = runnerOf(input.spec, pulse)
  const steps = backupSteps(input, node)
  const end = await workOn(input, { node: node.name, steps, settled: new Set(), todo: steps })
  const words = `A ${typeWords[input.type]} backup was made.`
  return outcomeOf([end], (Date.now() - started) / 1000, words)
}

const typeWords: Record<BackupType, string> = { full: 'full', diff: 'differential', incr: 'incremental' }

/** On a repository that is full PostgreSQL's log waits too, and pgBackRest would speak of that after a minute only. */
function roomGate(spec: ClusterSpec, type: BackupType, info: Fact<CommandAnswer>): Step[] {
  const repository = spec.backup?.repository
  if (repository?.kind !== 'node') return []
  const free = command(['df', '--block-size=1', '--output=avail', repository.path])
  return [
    gate({
      id: 'backup/room',
      title: 'Check free space for the backup',
      reads: [free, info],
      check(facts) {
        const { code, stdout, stderr } = facts.of(free)
        if (code !== 0) return because(stderr.trim() || 'the repository folder does not exist')
        const before = repositoryState(facts.of(info).stdout).backups.findLast((backup) => backup.type === type)
        const needed = leastRoom + (before?.added ?? 0)
        const bytes = Number(stdout.trim().split('\n').at(-1))
        return bytes >= needed
          ? settled
          : because(`not enough free space for the backup: ${sizeText(bytes)} free, ${sizeText(needed)} needed`)
      },
      patience: 1,
      cure: 'Free some space there, keep fewer full backups, or move the repository to a larger disk. Existing backups are not affected.',
    }),
  ]
}

function backupSteps({ spec, type, since }: TakeInput, node: NodeSpec): Step[] {
  const info = command(infoArgv(spec.name), { timeout: 60 })
  return [
    ...roomGate(spec, type, info),
    {
      id: 'backup/stanza',
      title: 'Create the stanza of this cluster in the repository',
      reads: [info],
      check(facts) {
        const { code, stdout, stderr } = facts.of(info)
        if (code !== 0) return because(stderr.trim().split('\n').at(-1) ?? 'pgBackRest is not responding')
        const { trouble, stanza } = repositoryState(stdout)
        if (trouble !== null) return because(trouble.trim().slice(0, 200))
        return stanza ? settled : because('the repository has no stanza for this cluster yet')
      },
      apply: () => [{ kind: 'run', argv: pgbackrest(spec.name, 'stanza-create'), long: true, timeout: 300 }],
      explain: explainBackup,
      cure: `On ${node.name}, "sudo -u postgres pgbackrest info" shows more.`,
    },
    {
      id: 'backup/take',
      title: `Make a ${typeWords[type]} backup`,
      reads: [info],
      check(facts) {
        const { code, stdout } = facts.of(info)
        if (code !== 0) return because('the repository is not responding')
        const after = since.getTime() - clockSlack * 1000
        const made = repositoryState(stdout).backups.some(({ startedAt }) => Date.parse(startedAt) >= after)
        return made ? settled : because('no backup was made since the request')
      },
      apply: () => [
        {
          kind: 'run',
          argv: pgbackrest(spec.name, `--type=${type}`, '--log-level-console=info', 'backup'),
          long: true,
          timeout: longest,
        },
      ],
      explain: explainBackup,
      cure: 'The log shows the error of pgBackRest. Existing backups are not affected.',
    },
  ]
}
