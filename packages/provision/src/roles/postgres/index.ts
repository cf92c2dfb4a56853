/**
 * postgres: PostgreSQL under Patroni, which elects the primary in etcd, clones and rewinds replicas and hands over.
 * Patroni starts and stops PostgreSQL; Debian's own cluster is never made. A clean stop hands the primary over first.
 */
import { postgresVersions, presets } from '@bramble/cluster'
import { fileState } from '../../engine/file.ts'
import { because, type RoleContext, type RoleDefinition, Secret, type Step, settled } from '../../engine/types.ts'
import { machine } from '../../facts/os.ts'
import { patroniCluster, patroniMember, patroniSettings } from '../../facts/patroni.ts'
import { postgresMajor, storeDriver, versionFacts } from '../../facts/releases.ts'
import { type FileStep, file, gate, packages, service } from '../../resources/index.ts'
import { caFile, certificateFile, keyFile, loadCertificate } from '../certificates.ts'
import { archiveStep, packagesOf } from './archive.ts'
import { databaseStep } from './database.ts'
import { keptDataScript, keptDataStep } from './kept-data.ts'
import { clusterSettings, patroniYaml } from './patroni.yml.ts'
import { rolePasswords } from './role-passwords.ts'
import { diskSize, sizeOfDisk, sizing } from './sizing.ts'
import { statementsStep } from './statements.ts'

const unit = 'patroni.service'

import { patroniConfig, patronictl } from './patronictl.ts'

export const postgres: RoleDefinition = {
  name: 'postgres',
  steps(context) {
    const key = keyFile(context, 'postgres')
    const config = configFile(context)
    const dropIn = unitDropIn(context)
    return [
      noDebianCluster(),
      dropIn,
      archiveStep(context),
      packagesStep(context),
      keptDataScript(),
      keptDataStep(context),
      key,
      config,
      // Patroni opens its own port again with it, and has PostgreSQL read its files.
      loadCertificate({
        id: 'postgres/certificate',
        unit,
        certificate: certificateFile(context),
        reload: { kind: 'run', argv: ['systemctl', 'reload', unit] },
      }),
      service({
        id: 'postgres/service',
        unit,
        files: [dropIn, caFile(context), key, config],
        onChange: 'reload',
      }),
      leaderGate(context),
      ...rolePasswords(context),
      memberGate(context),
      roundGate(context),
      storeGate(context),
      settingsStep(context),
      restartStep(context),
      databaseStep(context),
      statementsStep(context),
    ]
  },
}

/** Before the package: PostgreSQL's own first cluster would take port 5432. */
function noDebianCluster(): Step {
  return file({
    id: 'postgres/no-debian-cluster',
    path: '/etc/postgresql-common/createcluster.conf',
    content:
      '# Managed by Bramble. Local changes are overwritten. Patroni creates the PostgreSQL cluster.\ncreate_main_cluster = false\n',
  })
}

/** Never the package `postgresql`, which brings the newest version that apt finds. */
function packagesStep(context: RoleContext): Step {
  // python3-etcd serves both drivers; without Recommends it is not installed by itself.
  const always = ['patroni', 'python3-etcd']
  return packages({
    id: 'postgres/packages',
    title: 'Install PostgreSQL and Patroni',
    names: [...always, ...postgresVersions.flatMap(packagesOf)],
    wanted: (facts) => [...packagesOf(postgresMajor(context, facts)), ...always],
    reads: versionFacts,
  })
}

/** Stopping may take a checkpoint on a slow card, and must end in a hand-over, not in a kill. */
function unitDropIn({ node }: RoleContext): FileStep {
  const after = node.roles.includes('etcd') ? 'etcd.service ' : ''
  return file({
    id: 'postgres/unit',
    path: '/etc/systemd/system/patroni.service.d/bramble.conf',
    content: `# Managed by Bramble. Local changes are overwritten.
[Unit]
After=${after}network-online.target chrony.service
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
Restart=always
RestartSec=3
TimeoutStopSec=120
OOMScoreAdjust=-500
`,
    loadedBy: [unit],
  })
}

function configFile(context: RoleContext): FileStep {
  return file({
    id: 'postgres/config',
    path: patroniConfig,
    rival: 'Patroni',
    reads: [...versionFacts, machine, diskSize],
    content(facts) {
      return new Secret(
        patroniYaml(context, {
          postgresMajor: postgresMajor(context, facts),
          driver: storeDriver(facts),
          sizes: sizing(facts.of(machine).memory, sizeOfDisk(facts)),
        }),
      )
    },
    mode: 0o600,
    owner: 'postgres:postgres',
    loadedBy: [unit],
  })
}

export function leaderGate({ spec }: Pick<RoleContext, 'spec'>): Step {
  return gate({
    id: 'postgres/leader',
    title: 'Wait until a primary is elected',
    reads: [patroniMember, patroniCluster],
    check(facts) {
      const member = facts.of(patroniMember)
      if (!member.answers) return because(`Patroni is not responding (${member.error})`)
      const cluster = facts.of(patroniCluster)
      if (!cluster) return because('Patroni cannot reach etcd')
      return cluster.leader ? settled : because('no primary yet')
    },
    // One lost election and one first start on a slow card.
    patience: 600 + presets[spec.preset].ttl,
    cure: 'On a Pi, "journalctl -u patroni -n 80" shows what Patroni is waiting for.',
  })
}

export function memberGate({ node }: Pick<RoleContext, 'node'>): Step {
  return gate({
    id: 'postgres/member',
    title: `Wait until PostgreSQL runs on ${node.name}`,
    reads: [patroniMember, patroniCluster],
    check(facts) {
      const member = facts.of(patroniMember)
      if (member.state !== 'running') return because(member.state || `Patroni is not responding (${member.error})`)
      const cluster = facts.of(patroniCluster)
      const joined = cluster?.leader === node.name || cluster?.streaming.includes(node.name)
      return joined ? settled : because('not replicating from the primary yet')
    },
    // A first copy of a large database takes its time over a card.
    patience: 3600,
    cure: 'On the Pi, "journalctl -u patroni -n 80" shows why PostgreSQL is not running.',
  })
}

/** Patroni takes a reloaded file in at the start of its next round; before that it knows of no restart that is due. */
function roundGate({ spec }: RoleContext): Step {
  const stamp = fileState(`/var/lib/bramble/loaded/${unit}`)
  return gate({
    id: 'postgres/round',
    title: 'Wait until Patroni has loaded its configuration',
    reads: [patroniMember, stamp],
    check(facts) {
      const reloaded = Math.ceil(facts.of(stamp).mtime)
      return facts.of(patroniMember).lastRound > reloaded ? settled : because('its next cycle has not finished')
    },
    patience: 60 + presets[spec.preset].ttl,
    cure: 'On the Pi, "journalctl -u patroni -n 50" shows whether it can reach etcd.',
  })
}

/** A primary that has just got its lease writes the settings it was started with a round later: before, none can be changed. */
export function storeGate({ spec }: Pick<RoleContext, 'spec'>): Step {
  return gate({
    id: 'postgres/store',
    title: 'Wait until Patroni has stored its settings',
    reads: [patroniMember, patroniSettings],
    check: (facts) =>
      facts.of(patroniMember).role === 'replica' || facts.of(patroniSettings) !== null
        ? settled
        : because('the primary has not stored them yet'),
    patience: 60 + presets[spec.preset].ttl,
    cure: 'On the Pi, "journalctl -u patroni -n 50" shows whether it can reach etcd.',
  })
}

/** Settings in Patroni's store: looked after by the primary, valid for all. */
export function settingsStep({ spec }: Pick<RoleContext, 'spec'>): Step {
  const wanted = clusterSettings(spec)
  return {
    id: 'postgres/settings',
    title: 'Update the cluster-wide settings of Patroni',
    reads: [patroniMember, patroniSettings],
    check(facts) {
      const member = facts.of(patroniMember)
      if (!member.answers) return because('Patroni is not running yet')
      if (member.role === 'replica') return settled
      const now = facts.of(patroniSettings)
      if (!now) return because('Patroni cannot read its settings from etcd')
      const different = differences(wanted, now)
      return different.length === 0 ? settled : because(`different: ${different.join(', ')}`)
    },
    apply: () => [
      {
        kind: 'run',
        argv: patronictl('edit-config', '--quiet', '--force', '--apply', '-', spec.name),
        as: 'postgres',
        stdin: JSON.stringify(wanted),
      },
    ],
    cure: 'On the Pi, "patronictl -c /etc/patroni/config.yml show-config" shows the current settings.',
  }
}

/** Names of wanted values that the present ones lack, as `postgresql.parameters.wal_level`. */
export function differences(wanted: Record<string, unknown>, now: Record<string, unknown>, at = ''): string[] {
  return Object.entries(wanted).flatMap(([name, value]) => {
    const present = now[name]
    if (typeof value === 'object' && value !== null)
      return differences(
        value as Record<string, unknown>,
        (typeof present === 'object' && present !== null ? present : {}) as Record<string, unknown>,
        `${at}${name}.`,
      )
    // Patroni may give a number back as text.
    return String(present) === String(value) ? [] : [`${at}${name}`]
  })
}

/** Some settings hold only after PostgreSQL restarts. The engine hands the primary over first. */
function restartStep({ spec, node }: RoleContext): Step {
  return {
    id: 'postgres/restart',
    title: 'Restart PostgreSQL if a changed setting requires it',
    reads: [patroniMember],
    check: (facts) =>
      facts.of(patroniMember).pendingRestart ? because('a changed setting requires a restart') : settled,
    apply: () => [
      {
        kind: 'run',
        argv: patronictl('restart', '--force', spec.name, node.name),
        as: 'postgres',
        timeout: 300,
      },
    ],
    // Which settings need it is known only when they are set; the plan counts on it, so that the primary is handed over.
    follows: ['postgres/config', 'postgres/settings'],
    askAgain: true,
    patience: 120,
    disrupts: { what: 'postgres', words: `PostgreSQL restarts on ${node.name} if a setting requires it` },
  }
}
