/**
 * etcd: the small, strict store that decides who the primary is.
 * Three voters (five on big clusters) outlive one (two) of them. All traffic is TLS with client certificates.
 * The data lies in a folder of its own, so the one-member store that Debian would start is never in the way.
 * Who belongs to a store that lives is changed member by member: see `members`.
 */
import { type ClusterSpec, nodesWith, presets, quorumNeeded } from '@bramble/cluster'
import { because, type Facts, type RoleContext, type RoleDefinition, type Step, settled } from '../engine/types.ts'
import { brokenStore } from '../etcd/broken-store.ts'
import { etcdData, firstStartPath, rosterOf } from '../etcd/members.ts'
import { dismissDead, firstStart, hasVote, join, learns, letGo, promoteLearners } from '../etcd/membership.ts'
import { etcdHealth } from '../facts/etcd.ts'
import { caPath, certificatePath } from '../facts/identity.ts'
import { machine } from '../facts/os.ts'
import { storeDriver, versionFacts } from '../facts/releases.ts'
import { type FileStep, file, gate, packages, service } from '../resources/index.ts'
import { caFile, keyFile } from './certificates.ts'

const unit = 'etcd.service'
const keyPath = '/etc/bramble/etcd.key'

export const etcd: RoleDefinition = {
  name: 'etcd',
  steps(context) {
    const key = keyFile(context, 'etcd')
    const settings = settingsFile(context)
    const dropIn = unitDropIn()
    return [
      dropIn,
      packages({ id: 'etcd/packages', names: ['etcd-server', 'etcd-client'] }),
      key,
      settings,
      brokenStore(context),
      dismissDead(context),
      firstStart(context),
      join(context),
      service({
        id: 'etcd/service',
        unit,
        // Not the certificate: etcd reads it again at each handshake.
        files: [dropIn, caFile(context), key, settings],
        disrupts: { what: 'etcd', words: `etcd restarts on ${context.node.name}` },
      }),
      promoteLearners(context),
      quorum(context),
      letGo(context),
    ]
  },
}

/** Written before the package, so that Debian's start at installation waits for the key instead of making a store. */
function unitDropIn(): FileStep {
  return file({
    id: 'etcd/unit',
    path: '/etc/systemd/system/etcd.service.d/bramble.conf',
    content: `# Managed by Bramble. Local changes are overwritten.
[Unit]
ConditionPathExists=${keyPath}
After=network-online.target chrony.service
StartLimitIntervalSec=0

[Service]
EnvironmentFile=-${firstStartPath}
# The "notify" of Debian would delay the start until the other members are online.
Type=simple
Restart=always
RestartSec=3
Nice=-5
IOSchedulingClass=best-effort
IOSchedulingPriority=0
`,
    loadedBy: [unit],
  })
}

function settingsFile(context: RoleContext): FileStep {
  return file({
    id: 'etcd/settings',
    path: '/etc/default/etcd',
    rival: 'etcd',
    reads: versionFacts,
    content: (facts) => settings(context, facts),
    loadedBy: [unit],
  })
}

function settings({ spec, node }: RoleContext, facts: Facts): string {
  const { etcdHeartbeat, etcdElection } = presets[spec.preset]
  const lines = [
    '# Managed by Bramble. Local changes are overwritten.',
    `ETCD_NAME="${node.name}"`,
    `ETCD_DATA_DIR="${etcdData}"`,
    `ETCD_LISTEN_PEER_URLS="https://${node.address}:2380"`,
    `ETCD_LISTEN_CLIENT_URLS="https://${node.address}:2379,https://127.0.0.1:2379"`,
    `ETCD_INITIAL_ADVERTISE_PEER_URLS="https://${node.address}:2380"`,
    `ETCD_ADVERTISE_CLIENT_URLS="https://${node.address}:2379"`,
    `ETCD_INITIAL_CLUSTER_TOKEN="bramble-${spec.name}"`,
    '# SD cards sync slowly: one slow write must not start an election.',
    `ETCD_HEARTBEAT_INTERVAL="${etcdHeartbeat}"`,
    `ETCD_ELECTION_TIMEOUT="${etcdElection}"`,
    '# A member that was partitioned asks before it starts an election, so the others keep their leader when it returns.',
    'ETCD_PRE_VOTE="true"',
    '# Low memory use, for a Pi with 1 GB.',
    `ETCD_QUOTA_BACKEND_BYTES="${256 * 1024 * 1024}"`,
    'ETCD_AUTO_COMPACTION_MODE="periodic"',
    'ETCD_AUTO_COMPACTION_RETENTION="1h"',
    'ETCD_SNAPSHOT_COUNT="10000"',
    '# Only clients with a certificate of this cluster can connect.',
    `ETCD_CERT_FILE="${certificatePath}"`,
    `ETCD_KEY_FILE="${keyPath}"`,
    `ETCD_TRUSTED_CA_FILE="${caPath}"`,
    'ETCD_CLIENT_CERT_AUTH="true"',
    `ETCD_PEER_CERT_FILE="${certificatePath}"`,
    `ETCD_PEER_KEY_FILE="${keyPath}"`,
    `ETCD_PEER_TRUSTED_CA_FILE="${caPath}"`,
    'ETCD_PEER_CLIENT_CERT_AUTH="true"',
  ]
  if (storeDriver(facts) === 'etcd') lines.push('# Patroni 3 can lose writes over the v3 API.', 'ETCD_ENABLE_V2="true"')
  const architecture = facts.of(machine).architecture
  if (architecture === 'armhf') lines.push('ETCD_UNSUPPORTED_ARCH="arm"')
  return `${lines.join('\n')}\n`
}

function quorum(context: RoleContext): Step {
  const voters = nodesWith(context.spec, 'etcd').length
  const roster = rosterOf(context.spec)
  return gate({
    id: 'etcd/quorum',
    title: `Wait for the etcd quorum (${quorumNeeded(voters)} of ${voters} members)`,
    reads: [etcdHealth, roster],
    check(facts) {
      const health = facts.of(etcdHealth)
      if (health.healthy) return settled
      const members = facts.of(roster)
      // It gets its vote together with the ones that are still to come.
      return learns(context, members) && !hasVote(context, members) ? settled : because(health.because)
    },
    patience: 1800,
    cure: 'Check the other etcd members: a majority of them must be online. "journalctl -u etcd -n 50" on a Pi shows more.',
  })
}

/** Where programs on a node find etcd: its own member first. */
export function endpointsFor(spec: ClusterSpec, node: string): string[] {
  const voters = nodesWith(spec, 'etcd')
  const others = voters.filter(({ name }) => name !== node).map(({ address }) => address)
  return [...(voters.length > others.length ? ['127.0.0.1'] : []), ...others]
}
