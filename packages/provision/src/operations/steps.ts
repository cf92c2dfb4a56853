/** The steps of an operation. Each asks whether it happened since the operation was asked for, so that running again resumes. */
import { type ClusterSpec, haproxyServices, type NodeSpec, type RestartPart } from '@bramble/cluster'
import { because, type Step, settled } from '../engine/types.ts'
import { etcdHealth } from '../facts/etcd.ts'
import { machine } from '../facts/os.ts'
import { patroniCluster, patroniMember } from '../facts/patroni.ts'
import { unitState } from '../facts/unit.ts'
import { patronictl } from '../roles/postgres/patronictl.ts'

/** Seconds: the clock of a node and that of the worker may differ by as much. */
const clockSlack = 2

export interface Move {
  spec: ClusterSpec
  node: NodeSpec
  /** When the operation was asked for. */
  since: Date
}

const units: Record<Exclude<RestartPart, 'postgres' | 'node'>, string> = {
  etcd: 'etcd.service',
  haproxy: haproxyServices.web,
  'haproxy-postgres': haproxyServices.postgres,
  keepalived: 'keepalived.service',
  site: 'bramble-site.service',
}

export function restartOf(part: RestartPart, move: Move): Step {
  if (part === 'postgres') return restartPostgres(move)
  if (part === 'node') return reboot(move)
  return restartUnit(part, move)
}

const later = (moment: number, { since }: Move) => moment > since.getTime() / 1000 - clockSlack

function restartPostgres(move: Move): Step {
  const { spec, node } = move
  return {
    id: 'postgres/restart',
    title: `Restart PostgreSQL on ${node.name}`,
    reads: [patroniMember, patroniCluster],
    check(facts) {
      const member = facts.of(patroniMember)
      if (!member.answers) return because(`Patroni is not responding (${member.error})`)
      if (!later(member.startedAt, move)) return because('not restarted yet')
      return joined(member.state, facts.of(patroniCluster), node.name)
    },
    apply: () => [
      { kind: 'run', argv: patronictl('restart', '--force', spec.name, node.name), as: 'postgres', timeout: 300 },
    ],
    patience: 300,
    askAgain: true,
    disrupts: { what: 'postgres', words: `PostgreSQL restarts on ${node.name}` },
    cure: 'On the Pi, "journalctl -u patroni -n 50" shows why PostgreSQL does not start.',
  }
}

function joined(state: string, cluster: { leader: string | null; streaming: string[] } | null, node: string) {
  if (state !== 'running' && state !== 'streaming') return because(state)
  return cluster?.leader === node || cluster?.streaming.includes(node)
    ? settled
    : because('not replicating from the primary yet')
}

function restartUnit(part: keyof typeof units, move: Move): Step {
  const unit = units[part]
  const state = unitState(unit)
  const { node } = move
  const base = {
    id: `${part}/restart`,
    title: `Restart ${unit} on ${node.name}`,
    apply: () => [{ kind: 'run' as const, argv: ['systemctl', 'restart', unit], timeout: 180 }],
    patience: 120,
    askAgain: true as const,
    cure: `On the Pi, "journalctl -u ${unit} -n 50" shows the cause.`,
  }
  const restarted = (now: { active: string; since: number }) =>
    now.active !== 'active'
      ? because(`the service is ${now.active}`)
      : later(now.since, move)
        ? settled
        : because('not restarted yet')
  if (part === 'etcd')
    return {
      ...base,
      reads: [state, etcdHealth],
      check(facts) {
        const verdict = restarted(facts.of(state))
        const health = facts.of(etcdHealth)
        return verdict.settled && !health.healthy ? because(health.because) : verdict
      },
      disrupts: { what: 'etcd', words: `etcd restarts on ${node.name}` },
    }
  return {
    ...base,
    reads: [state],
    check: (facts) => restarted(facts.of(state)),
    disrupts: { what: part === 'site' ? 'web' : 'balancer', words: `${unit} restarts on ${node.name}` },
  }
}

/** Proven by the age of its first process. */
function reboot(move: Move): Step {
  const { node } = move
  return {
    id: 'node/reboot',
    title: `Reboot ${node.name}`,
    reads: [machine],
    check: (facts) =>
      later(facts.of(machine).clock - facts.of(machine).age, move) ? settled : because('not rebooted yet'),
    apply: () => [{ kind: 'run', argv: ['systemctl', '--no-block', 'reboot'] }],
    patience: 600,
    askAgain: true,
    disrupts: { what: 'node', words: `${node.name} reboots` },
    cure: `Check ${node.name}: its lights, its network cable, or a connected screen.`,
  }
}
