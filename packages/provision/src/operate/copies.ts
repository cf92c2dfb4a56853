/** Operations on the copies of the database: cloning one anew, and telling Patroni to elect nobody for a while. */
import { postgresVersions } from '@bramble/cluster'
import { because, type Step, settled } from '../core/types.ts'
import { fileState } from '../facts/file.ts'
import { patroniCluster, patroniMember } from '../facts/patroni.ts'
import { keptDataOf } from '../roles/postgres/kept-data.ts'
import { dataFolder } from '../roles/postgres/patroni.yml.ts'
import { patronictl } from '../roles/postgres/patronictl.ts'
import type { Move } from './moves.ts'

/** A replica's data is thrown away and copied from the primary. */
export function reinitOf({ spec, node, since }: Move): Step {
  return {
    id: 'postgres/reinit',
    title: `Clone the database to ${node.name} anew`,
    reads: [patroniMember, patroniCluster],
    check(facts) {
      const { answers, error, startedAt, state } = facts.of(patroniMember)
      if (!answers) return because(`Patroni does not answer (${error})`)
      if (startedAt <= since.getTime() / 1000) return because('it still has the copy that it had')
      if (state !== 'running' && state !== 'streaming') return because(state)
      return facts.of(patroniCluster)?.streaming.includes(node.name)
        ? settled
        : because('it does not follow the primary yet')
    },
    apply: () => [
      { kind: 'run', argv: patronictl('reinit', '--force', spec.name, node.name), as: 'postgres', timeout: 120 },
    ],
    // A large database takes its time over a card.
    patience: 4 * 3600,
    askAgain: true,
    destroys: `the copy of the database on ${node.name}`,
    disrupts: { what: 'postgres', words: `PostgreSQL on ${node.name} is away until it is cloned` },
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
    check: (facts) => (kept.every((one) => facts.of(one).kind === 'absent') ? settled : because('they are there')),
    apply: () => [{ kind: 'run', argv: ['rm', '-rf', '--one-file-system', '--', ...paths], timeout: 600 }],
    destroys: `the data that ${node.name} keeps from when it was the primary`,
  }
}

export function pauseOf(paused: boolean, { spec }: Pick<Move, 'spec'>): Step {
  const word = paused ? 'pause' : 'resume'
  return {
    id: `postgres/${word}`,
    title: paused ? 'Tell Patroni to elect nobody' : 'Let Patroni elect again',
    reads: [patroniMember],
    check(facts) {
      const member = facts.of(patroniMember)
      if (!member.answers) return because(`Patroni does not answer (${member.error})`)
      return member.paused === paused ? settled : because(paused ? 'Patroni elects' : 'Patroni is paused')
    },
    apply: () => [{ kind: 'run', argv: patronictl(word, '--wait', spec.name), as: 'postgres', timeout: 120 }],
    patience: 90,
    cure: 'On the Pi, "patronictl -c /etc/patroni/config.yml list" says whether Patroni reaches etcd.',
  }
}
