/** The repository takes the database with its new version in, and a full backup of it is made. */
import type { RunOutcome } from '@bramble/cluster'
import { runnerOf } from '../backup/place.ts'
import { takeBackup } from '../backup/take.ts'
import { explainBackup } from '../backup/words.ts'
import { command } from '../engine/command.ts'
import { because, type Step, settled } from '../engine/types.ts'
import { infoArgv, pgbackrest, repositoryState } from '../facts/backup.ts'
import type { Rolling } from '../rollout/rollout.ts'
import { takePulse } from '../rollout/survey.ts'
import { on } from './preflight.ts'

/** The same outcome when there are no backups; `partial` when the new one could not be made. */
export async function withBackup(input: Rolling, done: RunOutcome): Promise<RunOutcome> {
  if (!input.spec.backup) return done
  const { pulse } = await takePulse(input)
  const node = runnerOf(input.spec, pulse)
  const taken = await on(input, node, [stanzaStep(input, pulse.postgresMajor)])
  const backup =
    taken.outcome === 'succeeded'
      ? await takeBackup({ ...input, type: 'full', since: new Date() }).catch((error: Error) => ({
          status: 'failed' as const,
          message: error.message,
        }))
      : { status: 'failed' as const, message: taken.message }
  if (backup.status === 'succeeded') return { ...done, message: `${done.message} A full backup was made.` }
  return { ...done, status: 'partial', message: `${done.message} The backup after it failed: ${backup.message}` }
}

function stanzaStep({ spec }: Rolling, major: number | null): Step {
  const info = command(infoArgv(spec.name), { timeout: 60 })
  return {
    id: 'upgrade/stanza',
    title: 'Update the PostgreSQL version in the repository',
    reads: [info],
    check(facts) {
      const { version } = repositoryState(facts.of(info).stdout)
      return version === major ? settled : because(`the repository has ${version ?? 'no version'}`)
    },
    apply: () => [{ kind: 'run', argv: pgbackrest(spec.name, 'stanza-upgrade'), long: true, timeout: 300 }],
    explain: explainBackup,
    cure: 'The Backups page shows more. The database is not affected.',
  }
}
