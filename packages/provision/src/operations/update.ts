/** Bringing one node up to date: fresh lists, the packages, a reboot where one is due, and then all its parts at work again. */
import { haproxyServices } from '@bramble/cluster'
import { command } from '../engine/command.ts'
import { fileState } from '../engine/file.ts'
import { because, type ClusterSecrets, type Fact, type Step, settled } from '../engine/types.ts'
import { machine } from '../facts/os.ts'
import { pendingUpgrades, type Upgrade } from '../facts/upgrades.ts'
import { stepsFor } from '../roles/index.ts'
import type { Move } from './steps.ts'

/** Touched when apt's lists were fetched for an update. */
const marker = '/var/lib/bramble/lists-fetched'
/** Debian's packages leave it when the running kernel or library is an old one. */
const rebootDue = fileState('/run/reboot-required')
const halfDone = command(['dpkg', '--audit'])

/** Seconds that the node's clock and the worker's may differ by. */
const clockSlack = 2

const quietly = ['env', 'DEBIAN_FRONTEND=noninteractive', 'NEEDRESTART_MODE=a', 'apt-get', '-q', '-y']
const keepOurs = [
  ...['-o', 'Dpkg::Options::=--force-confold', '-o', 'Dpkg::Options::=--force-confdef'],
  ...['-o', 'DPkg::Lock::Timeout=600'],
]

/** `packages`: only these; default: all that are pending. */
export function updateOf(move: Move, packages: readonly string[] | undefined, secrets: ClusterSecrets): Step[] {
  const { spec, node } = move
  const gates = stepsFor({ spec, node, secrets }).filter(({ apply, visit }) => !apply && !visit)
  return [lists(move), upgrade(move, packages), ...newHaproxy(move), reboot(move), ...gates]
}

function lists({ since }: Move): Step {
  const fetched = fileState(marker)
  return {
    id: 'update/lists',
    title: 'Update the package lists',
    reads: [fetched],
    check: (facts) =>
      facts.of(fetched).mtime > since.getTime() / 1000 - clockSlack ? settled : because('not updated in this run'),
    apply: () => [
      // A power cut in the middle of an installation leaves dpkg half done.
      { kind: 'run', argv: ['dpkg', '--configure', '-a', '--force-confold'], long: true },
      { kind: 'run', argv: ['apt-get', 'update', '-q'], long: true },
      { kind: 'run', argv: ['mkdir', '-p', '/var/lib/bramble'] },
      { kind: 'run', argv: ['touch', marker] },
    ],
    patience: 60,
    cure: 'Usually the Pi has no internet connection or its clock is wrong: the log shows which list is missing.',
  }
}

function upgrade({ node }: Move, packages: readonly string[] | undefined): Step {
  const wanted = (found: readonly Upgrade[]) => found.filter(({ name }) => packages?.includes(name) ?? true)
  const reads: Fact<unknown>[] = [pendingUpgrades, halfDone]
  return {
    id: 'update/packages',
    title: `Upgrade ${packages ? `${packages.length} selected packages` : 'all packages'} on ${node.name}`,
    reads,
    check(facts) {
      if (facts.of(halfDone).stdout.trim() !== '') return because('an installation was interrupted')
      const found = facts.of(pendingUpgrades)
      if (!found) return because('apt cannot list pending upgrades')
      const names = wanted(found).map(({ name }) => name)
      return names.length === 0 ? settled : because(`${names.length} pending: ${names.slice(0, 12).join(', ')}`)
    },
    apply: (facts) => [
      { kind: 'run', argv: ['dpkg', '--configure', '-a', '--force-confold'], long: true },
      {
        kind: 'run',
        argv: packages
          ? [
              ...quietly,
              ...keepOurs,
              'install',
              '--only-upgrade',
              ...wanted(facts.of(pendingUpgrades) ?? []).map(({ name }) => name),
            ]
          : [...quietly, ...keepOurs, '--with-new-pkgs', 'upgrade'],
        long: true,
        timeout: 3600,
      },
    ],
    // The packages of etcd, Patroni and PostgreSQL restart what they bring.
    disrupts: { what: 'node', words: `packages are upgraded on ${node.name}, and their services restart` },
    askAgain: true,
    patience: 120,
    cure: 'The last lines of the log show the error of apt. The other Pis were not changed.',
  }
}

const database = haproxyServices.postgres
const exeOf = 'readlink "/proc/$(systemctl show --property=MainPID --value "$1")/exe"'

/** Debian's package restarts its own service, not that for PostgreSQL, which goes on with the program of before. */
function newHaproxy({ node }: Move): Step[] {
  if (!node.roles.includes('balancer')) return []
  const program = command(['sh', '-c', exeOf, 'sh', database])
  return [
    {
      id: 'update/haproxy-postgres',
      title: `Restart ${database} on ${node.name} to load the new HAProxy`,
      reads: [program],
      check: (facts) =>
        facts.of(program).stdout.trimEnd().endsWith('(deleted)')
          ? because('still running the previous version')
          : settled,
      apply: () => [{ kind: 'run', argv: ['systemctl', 'restart', database], timeout: 60 }],
      disrupts: { what: 'balancer', words: `open database sessions through ${node.name} are closed and reconnect` },
      askAgain: true,
      patience: 60,
      cure: `On the Pi, "journalctl -u ${database} -n 50" shows the cause.`,
    },
  ]
}

/** The file lies in memory, so its absence proves that the machine has booted anew. */
function reboot({ node }: Move): Step {
  return {
    id: 'update/reboot',
    title: `Reboot ${node.name} if the upgrade requires it`,
    reads: [rebootDue, machine],
    check: (facts) => (facts.of(rebootDue).kind === 'absent' ? settled : because('a package requires a reboot')),
    apply: () => [{ kind: 'run', argv: ['systemctl', '--no-block', 'reboot'] }],
    disrupts: { what: 'node', words: `${node.name} reboots` },
    askAgain: true,
    patience: 900,
    cure: `Check ${node.name}: its lights, its network cable, or a connected screen. The other Pis were not changed.`,
  }
}
