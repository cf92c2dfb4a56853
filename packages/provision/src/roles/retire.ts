/** What a node gives up: the services of roles that it had, and, when it leaves, everything that opens the cluster. */
import { dirname } from 'node:path'
import { backupNodes, haproxyUnits, nodesWith, type Role } from '@bramble/cluster'
import { command } from '../engine/command.ts'
import { fileState } from '../engine/file.ts'
import { type Action, because, type Facts, type RoleContext, type Step, settled } from '../engine/types.ts'
import { etcdData, etcdStore, firstStartPath, peerUrl, rosterOf } from '../etcd/members.ts'
import { caPath, certificatePath, keyPath } from '../facts/identity.ts'
import { patroniMember } from '../facts/patroni.ts'
import { unitState } from '../facts/unit.ts'
import {
  certificateFolder,
  httpsSettingsPath,
  httpsStatusPath,
  httpsUnit,
  issuerPaths,
  storeKeyPath,
} from '../tls/index.ts'
import { backupConfig, backupKeyPath, backupSecrets, sftpKeyPath } from './backup/pgbackrest.conf.ts'
import { siteAuthorityPath } from './balancer/haproxy.cfg.ts'
import { patroniConfig, patronictl } from './postgres/patronictl.ts'
import { retiredApps } from './retired-apps.ts'

interface Retired {
  /** A file of Bramble's own: where it is missing, the service is none of Bramble's. Removed last. */
  mark: string
  units: readonly string[]
  /** Removed with it: secrets, and what would start it again. */
  gone: readonly string[]
  disrupts?: NonNullable<Step['disrupts']>['what']
}

/** `backup` is placed by nobody: the copies of the database and the keeper of the repository carry it. */
type Carried = Role | 'backup'

const retired: Record<Carried, Retired> = {
  etcd: {
    mark: '/etc/systemd/system/etcd.service.d/bramble.conf',
    units: ['etcd.service'],
    gone: [etcdData, firstStartPath, '/etc/bramble/etcd.key', '/etc/default/etcd'],
    disrupts: 'etcd',
  },
  // The data stays: Patroni brings it up to date when the role returns.
  postgres: {
    mark: '/etc/systemd/system/patroni.service.d/bramble.conf',
    units: ['patroni.service'],
    gone: [patroniConfig, '/etc/bramble/postgres.key', '/var/lib/postgresql/.bramble-pgpass'],
    disrupts: 'postgres',
  },
  balancer: {
    mark: '/etc/systemd/system/haproxy.service.d/bramble.conf',
    // The address moves before HAProxy stops.
    units: ['keepalived.service', httpsUnit, ...haproxyUnits],
    gone: [
      ...['/etc/keepalived/keepalived.conf', '/etc/haproxy/bramble.pem', '/etc/haproxy/statistics.cfg'],
      ...[
        certificateFolder,
        issuerPaths.key,
        issuerPaths.certificate,
        storeKeyPath,
        httpsSettingsPath,
        httpsStatusPath,
      ],
      ...[siteAuthorityPath, `/etc/systemd/system/${httpsUnit}`],
      ...['/etc/haproxy/postgres.cfg', '/etc/systemd/system/haproxy-postgres.service'],
    ],
    disrupts: 'balancer',
  },
  web: {
    mark: '/etc/systemd/system/bramble-site.service',
    units: ['bramble-site.service'],
    gone: ['/etc/bramble/site.json'],
    disrupts: 'web',
  },
  // The repository itself stays: without the passphrase nobody reads it, and the backups may be all that is left.
  backup: {
    mark: backupConfig,
    units: ['pgbackrest.service'],
    gone: [backupSecrets, backupKeyPath, sftpKeyPath, '/var/lib/bramble/restore-source'],
  },
}

/** For a role that the node does not carry. */
function retire(context: RoleContext, role: Carried): Step {
  const { mark, units, gone, disrupts } = retired[role]
  const { node } = context
  const state = fileState(mark)
  const states = units.map((unit) => [unit, unitState(unit)] as const)
  return {
    id: `${role}/retired`,
    title: role === 'backup' ? `Remove the backup keys from ${node.name}` : `Remove the role ${role} from ${node.name}`,
    reads: [state, ...states.map(([, unit]) => unit)],
    check: (facts) => (facts.of(state).kind === 'absent' ? settled : because('still present')),
    apply: (facts) => [
      // A node that an older Bramble made may lack one.
      ...states
        .filter(([, unit]) => facts.of(unit).load !== 'not-found')
        .map(([unit]): Action => ({ kind: 'run', argv: ['systemctl', 'disable', '--now', unit], timeout: 180 })),
      { kind: 'run', argv: ['rm', '-rf', ...gone] },
      { kind: 'run', argv: ['rm', '-f', mark] },
      { kind: 'run', argv: ['systemctl', 'daemon-reload'] },
    ],
    visit: isEarly(context, role) ? 'first' : 'late',
    ...(disrupts
      ? {
          disrupts: {
            what: disrupts,
            words: `${units.join(', ')} ${units.length > 1 ? 'stop' : 'stops'} on ${node.name}`,
          },
        }
      : {}),
  }
}

/**
 * A balancer goes before the others forget it, so that the address moves at once; a replica, so that nobody waits for its
 * commits or makes it the primary. Where nobody could take over at once, they stay until the others have their roles.
 */
function isEarly(context: RoleContext, role: Carried): boolean {
  const { node, pulse } = context
  if (role === 'balancer') return hasHeir(context)
  return role === 'postgres' && pulse !== undefined && pulse.primary !== node.name && pulse.streaming.length > 0
}

const hasHeir = ({ spec, node, pulse }: RoleContext): boolean =>
  nodesWith(spec, 'balancer').some(({ name }) => name !== node.name && !pulse?.joining.includes(name))

/** Before another node is changed: those forget it, and a primary that they forget is no primary for the clients. */
function handOverStep({ spec, node }: RoleContext): Step {
  return {
    id: 'postgres/hand-over',
    title: `Switch the primary from ${node.name}`,
    reads: [patroniMember],
    check: (facts) =>
      facts.of(patroniMember).role === 'primary' ? because(`${node.name} loses the role postgres`) : settled,
    apply: (facts: Facts) => {
      const from = Number.parseInt(facts.of(patroniMember).version, 10) >= 4 ? '--leader' : '--master'
      const argv = patronictl('switchover', spec.name, '--force', from, node.name)
      return [{ kind: 'run', argv, as: 'postgres', timeout: 180 }]
    },
    patience: 120,
    visit: 'first',
    disrupts: { what: 'postgres', words: 'another node becomes the primary: writes wait for a few seconds' },
    cure: 'No replica is in sync. The Postgres page shows the replication lag.',
  }
}

/** Its store is thrown away only when etcd does not count on it any more. */
function releaseGate({ spec, node }: RoleContext): Step {
  const roster = rosterOf(spec)
  return {
    id: 'etcd/released',
    title: `Wait until etcd has removed ${node.name}`,
    reads: [etcdStore, roster],
    check(facts) {
      if (facts.of(etcdStore).kind === 'absent') return settled
      const members = facts.of(roster)
      // A node that was shut out cannot ask; then nobody counts on it.
      return members?.some(({ peer }) => peer === peerUrl(node)) ? because('still a member') : settled
    },
    patience: 120,
    visit: 'late',
    cure: 'Press Reprovision again: an earlier step removes the member.',
  }
}

/** The roles that a node does not carry, taken from it. */
export function retirement(context: RoleContext): Step[] {
  const { spec, node } = context
  const lost = (['balancer', 'web', 'postgres', 'etcd'] as const).filter((role) => !node.roles.includes(role))
  return [
    ...(lost.includes('postgres') ? [handOverStep(context)] : []),
    ...lost.flatMap((role) =>
      role === 'etcd' ? [releaseGate(context), retire(context, role)] : [retire(context, role)],
    ),
    ...(backupNodes(spec).includes(node) ? [] : [retire(context, 'backup')]),
    ...retiredApps(context),
  ]
}

/**
 * Files of Bramble's alone that open a door of the cluster. Others are taken with the role whose mark tells that they are
 * Bramble's: a Pi may have a keepalived of its own.
 */
const secrets = [
  ...[keyPath, certificatePath, caPath],
  ...Object.values(retired).flatMap(({ gone }) => gone.filter((path) => path.includes('bramble'))),
  '/etc/bramble/firewall.nft',
]

/** The copy on a node that leaves: all that people wrote, and the passwords' verifiers. Whoever has the card has it. */
function copyGone({ spec, node }: RoleContext): Step {
  const parent = '/var/lib/postgresql'
  // Patroni leaves its settings in its folders; a database of the same name that somebody else made stays.
  const inside = `/${spec.name}/patroni.dynamic.json`
  const found = command(['find', parent, '-mindepth', '3', '-maxdepth', '3', '-path', `*${inside}`])
  const drill = fileState(`${parent}/bramble-drill`)
  const folders = (facts: Facts) =>
    facts
      .of(found)
      .stdout.split('\n')
      .flatMap((path) => (path.endsWith(inside) ? [dirname(path)] : []))
  return {
    id: 'postgres/copy-gone',
    title: `Delete the database files on ${node.name}`,
    reads: [found, drill],
    check: (facts) =>
      folders(facts).length === 0 && facts.of(drill).kind === 'absent'
        ? settled
        : because('the node leaves the cluster'),
    apply: (facts) => [
      { kind: 'run', argv: ['rm', '-rf', '--', ...folders(facts), `${parent}/bramble-drill`], long: true },
    ],
    visit: 'late',
    destroys: `the database files on ${node.name}`,
  }
}

/** A node that leaves: it gives up every role and its copy, and with its keys the ways in. SSH stays as it is. */
export function farewell(context: RoleContext): Step[] {
  const { node } = context
  const states = secrets.map((path) => fileState(path))
  return [
    ...retirement(context),
    copyGone(context),
    {
      id: 'base/farewell',
      title: `Delete the keys and passwords of the cluster on ${node.name}`,
      reads: states,
      check: (facts) =>
        states.every((state) => facts.of(state).kind === 'absent') ? settled : because('the node leaves the cluster'),
      apply: () => [
        { kind: 'run', argv: ['systemctl', 'disable', '--now', 'bramble-firewall.service'], timeout: 60 },
        { kind: 'run', argv: ['rm', '-rf', '--', ...secrets] },
      ],
      visit: 'late',
    },
  ]
}
