/** After a restore: the repository and the other copies come to what was restored; or all go back to what they had. */
import type { ClusterSpec, NodeSpec } from '@bramble/cluster'
import { command } from '../engine/command.ts'
import { fileState } from '../engine/file.ts'
import { because, type Step, settled } from '../engine/types.ts'
import { infoArgv, pgbackrest, repositoryState } from '../facts/backup.ts'
import { patroniCluster, patroniMember } from '../facts/patroni.ts'
import { postgresMajor, versionFacts } from '../facts/releases.ts'
import { unitState } from '../facts/unit.ts'
import { leaderGate, memberGate } from '../roles/postgres/index.ts'
import { dataFolder } from '../roles/postgres/patroni.yml.ts'
import { begunMark, binaries, type RestoreInput, touchedMark, unit } from './restore-steps.ts'
import { backupTool, backupToolFile } from './tool.ts'
import { explainBackup } from './words.ts'

/** Files of another database than the one with that identifier: Patroni would refuse to start on them. */
export function clearStep(spec: ClusterSpec, major: number, system: string): Step {
  const data = dataFolder(spec, major)
  const control = command(['env', 'LC_ALL=C', `${binaries(major)}/pg_controldata`, data])
  return {
    id: 'restore/clear',
    title: 'Delete the previous database',
    reads: [control],
    check(facts) {
      const own = /Database system identifier:\s+(\d+)/.exec(facts.of(control).stdout)?.[1]
      return own === undefined || own === system ? settled : because('the files belong to a different database')
    },
    apply: () => [
      { kind: 'run', argv: ['systemctl', 'stop', unit], timeout: 180 },
      { kind: 'run', argv: ['rm', '-rf', '--', data], long: true },
    ],
    destroys: 'all data in the cluster database',
  }
}

/** The repository learns that another database writes to it from now on. */
export function stanzaStep(spec: ClusterSpec, system: string): Step {
  const info = command(infoArgv(spec.name), { timeout: 60 })
  return {
    id: 'restore/stanza',
    title: 'Update the database ID in the repository',
    reads: [info],
    check(facts) {
      const { code, stdout, stderr } = facts.of(info)
      if (code !== 0) return because(stderr.trim().split('\n').at(-1) ?? 'pgBackRest is not responding')
      const known = repositoryState(stdout)
      // Without any the backup makes it.
      if (!known.stanza || known.system === null || known.system === Number(system)) return settled
      return because('the repository expects a different database ID')
    },
    apply: () => [{ kind: 'run', argv: pgbackrest(spec.name, 'stanza-upgrade'), long: true, timeout: 300 }],
    explain: explainBackup,
    cure: 'WAL cannot be archived until this succeeds. Press Retry.',
  }
}

/** A replica with a later state than its leader is rewound by Patroni, or cloned anew. `first`: before it starts. */
export function followSteps({ spec }: Pick<RestoreInput, 'spec'>, node: NodeSpec, first: readonly Step[] = []): Step[] {
  return [
    backupToolFile(),
    ...first,
    startStep(),
    {
      id: 'restore/follow',
      title: `Bring ${node.name} onto the timeline of the primary`,
      reads: [patroniMember, patroniCluster],
      check: (facts) =>
        facts.of(patroniCluster)?.following.includes(node.name)
          ? settled
          : because(facts.of(patroniMember).state || 'not replicating yet'),
      apply: () => [
        { kind: 'run', argv: [backupTool, 'follow', '--stanza', spec.name, '--name', node.name], timeout: 300 },
      ],
      patience: 4 * 3600,
      cure: 'On the Pi, "journalctl -u patroni -n 80" shows the cause.',
    },
  ]
}

function startStep(): Step {
  const state = unitState(unit)
  return {
    id: 'restore/start',
    title: 'Start Patroni',
    reads: [state],
    check: (facts) =>
      facts.of(state).active === 'active' ? settled : because(`the service is ${facts.of(state).active}`),
    apply: () => [{ kind: 'run', argv: ['systemctl', 'start', unit], timeout: 180 }],
    patience: 60,
  }
}

/** Of the node with every write: it leads again. */
export function leadAgainSteps(spec: ClusterSpec, node: NodeSpec): Step[] {
  const context = { spec, node }
  return [startStep(), leaderGate(context), memberGate(context), forgetStep()]
}

/** Of one whose files were replaced halfway: they are worth nothing, and it is cloned anew. */
export function rejoinSteps(spec: ClusterSpec, node: NodeSpec): Step[] {
  const touched = fileState(touchedMark)
  return [
    {
      id: 'restore/empty',
      title: 'Delete the partially restored files',
      reads: [touched, ...versionFacts],
      check: (facts) => (facts.of(touched).kind === 'absent' ? settled : because('an earlier restore did not finish')),
      apply: (facts) => [
        { kind: 'run', argv: ['rm', '-rf', '--', dataFolder(spec, postgresMajor({ spec }, facts))], long: true },
        { kind: 'run', argv: ['rm', '-f', touchedMark] },
      ],
    },
    ...followSteps({ spec }, node),
    forgetStep(),
  ]
}

export function electSteps(spec: ClusterSpec): Step[] {
  return [startStep(), leaderGate({ spec })]
}

/** The next attempt begins afresh. */
function forgetStep(): Step {
  const mark = fileState(begunMark)
  return {
    id: 'restore/unmark',
    title: 'Remove the record of this restore',
    reads: [mark],
    check: (facts) => (facts.of(mark).kind === 'absent' ? settled : because('the restore has finished')),
    apply: () => [{ kind: 'run', argv: ['rm', '-f', begunMark] }],
  }
}
