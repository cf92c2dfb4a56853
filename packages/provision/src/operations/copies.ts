/** Operations on the copies of the database: cloning one anew, and telling Patroni to elect nobody for a while. */
import { postgresVersions } from '@bramble/cluster'
import { fileState } from '../engine/file.ts'
import { because, type Step, settled } from '../engine/types.ts'
import { patroniCluster, patroniMember } from '../facts/patroni.ts'
import { keptDataOf } from '../roles/postgres/kept-data.ts'
import { dataFolder } from '../roles/postgres/patroni.yml.ts'
import { patronictl } from '../roles/postgres/patronictl.ts'
import type { Move } from './steps.ts'

/** A replica's data is thrown away and copied from the primary. */
export function reinitOf({ spec, node, since }: Move): Step {
  return {
    id: 'postgres/reinit',
    title: `Reinitialize the replica on ${node.name}`,
    reads: [patroniMember, patroniCluster],
    check(facts) {
      const { answers, error, startedAt, state } = facts.of(patroniMember)
      if (!answers) return because(`Patroni is not responding (${error})`)
      if (startedAt <= since.getTime() / 1000) return because('not reinitialized yet')
      if (state !== 'running' && state !== 'streaming') return because(state)
      return facts.of(patroniCluster)?.streaming.includes(node.name)
        ? settled
        : because('not replicating from the primary yet')
    },
    apply: () => [
      { kind: 'run', argv: patronictl('reinit', '--force', spec.name, node.name), as: 'postgres', timeout: 120 },
    ],
    // A large database takes its time over a card.
    patience: 4 * 3600,
    askAgain: true,
    destroys: `the database files on ${node.name}`,
    disrupts: { what: 'postgres', words: `PostgreSQL on ${node.name} is offline until it is cloned` },
    cure: 'On the Pi, "journalctl -u patroni -n 80" shows the cause.',
  }
}

/** What a failed pg_rewind left is deleted. */
export function deleteKeptOf({ spec, node }: Pick<Move, 'spec' | 'node'>): Step {
  const kept = postgresVersions.map((version) => fileState(keptDataOf(dataFolder(spec, version))))
  const paths = postgresVersions.map((version) => keptDataOf(dataFolder(spec, version)))
  return {
    id: 'postgres/kept-data',
    title: `Delete the kept data of ${node.name}`,
    reads: kept,
    check: (facts) => (kept.every((one) => facts.of(one).kind === 'absent') ? settled : because('still present')),
    apply: () => [{ kind: 'run', argv: ['rm', '-rf', '--one-file-system', '--', ...paths], timeout: 600 }],
    destroys: `the data that ${node.name} keeps from when it was the primary`,
  }
}

export function pauseOf(paused: boolean, { spec }: Pick<Move, 'spec'>): Step {
  const word = paused ? 'pause' : 'resume'
  return {
    id: `postgres/${word}`,
    title: paused ? 'Pause Patroni' : 'Resume Patroni',
    reads: [patroniMember],
    check(facts) {
      const member = facts.of(patroniMember)
      if (!member.answers) return because(`Patroni is not responding (${member.error})`)
      return member.paused === paused ? settled : because(paused ? 'Patroni is not paused' : 'Patroni is paused')
    },
    apply: () => [{ kind: 'run', argv: patronictl(word, '--wait', spec.name), as: 'postgres', timeout: 120 }],
    patience: 90,
    cure: 'On the Pi, "patronictl -c /etc/patroni/config.yml list" shows whether Patroni can reach etcd.',
  }
}
