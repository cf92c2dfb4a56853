/** /etc/patroni/config.yml as a template, and the settings that Patroni keeps for the whole cluster. */
import { type ClusterSpec, nodesWith, presets } from '@bramble/cluster'
import type { RoleContext } from '../../engine/types.ts'
import { caPath, certificatePath } from '../../facts/identity.ts'
import { sharedParameters } from './sizing.ts'

export const postgresKeyPath = '/etc/bramble/postgres.key'

/** What Patroni's store should say: changed there while the cluster runs, on all nodes at once. */
export function clusterSettings(spec: ClusterSpec) {
  const { ttl, loopWait, retryTimeout } = presets[spec.preset]
  return {
    ttl,
    loop_wait: loopWait,
    retry_timeout: retryTimeout,
    maximum_lag_on_failover: 1024 ** 2,
    check_timeline: true,
    // When etcd is away but all members answer the primary, it stays the primary.
    failsafe_mode: true,
    synchronous_mode: spec.synchronous,
    synchronous_node_count: 1,
    postgresql: { use_pg_rewind: true, use_slots: true, parameters: { ...sharedParameters } },
  }
}

/** The commonly wanted part of PostgreSQL's settings; sizes come from `sizing`. */
const parameters = {
  unix_socket_directories: '/var/run/postgresql',
  ssl: 'on',
  ssl_cert_file: certificatePath,
  ssl_key_file: postgresKeyPath,
  ssl_ca_file: caPath,
  password_encryption: 'scram-sha-256',
  hot_standby_feedback: 'on',
  full_page_writes: 'on',
  wal_compression: 'on',
  checkpoint_timeout: '15min',
  checkpoint_completion_target: '0.9',
  random_page_cost: '1.1',
  log_checkpoints: 'on',
  log_line_prefix: '%m [%p] %q%u@%d ',
  log_lock_waits: 'on',
  // The journal of a Pi is read by more people than its tables: no statement, and no value of a row, stands in it.
  log_min_duration_statement: '-1',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  // The watching shows the costliest statements; a thousand of them take less than a megabyte.
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.max': '1000',
  // Who does not sign in gives the connection back soon.
  authentication_timeout: '10s',
  // A peer that lost its power says no goodbye.
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
  tcp_user_timeout: '15s',
  wal_sender_timeout: '15s',
  wal_receiver_timeout: '15s',
}

/** Every finished file of the write-ahead log goes to the repository. Patroni gives no replica a restore_command: one whose
 * repository is away would hold up a failover. */
function archiving(spec: ClusterSpec): Record<string, string> {
  if (!spec.backup) return {}
  return {
    archive_mode: 'on',
    archive_command: `pgbackrest --stanza=${spec.name} archive-push %p`,
    // So much is lost at most when every copy is; more often would wear the cards out.
    archive_timeout: '5min',
  }
}

export interface PatroniConfig {
  postgresMajor: number
  driver: 'etcd' | 'etcd3'
  sizes: Record<string, string>
}

/** The whole file; it holds passwords. */
export function patroniYaml(context: RoleContext, { postgresMajor, driver, sizes }: PatroniConfig): string {
  const { spec, node, secrets } = context
  const q = JSON.stringify
  const block = (indent: number, entries: Record<string, string | number | boolean>) =>
    Object.entries(entries)
      .map(([name, value]) => `${' '.repeat(indent)}${name}: ${q(value)}`)
      .join('\n')
  const { postgresql, ...timings } = clusterSettings(spec)
  const stores = nodesWith(spec, 'etcd').map((voter) => `${voter.address}:2379`)
  return `# Managed by Bramble. Local changes are overwritten.
scope: ${q(spec.name)}
namespace: /bramble/
name: ${q(node.name)}

log:
  level: INFO

restapi:
  listen: 0.0.0.0:8008
  connect_address: ${node.address}:8008
  certfile: ${certificatePath}
  keyfile: ${postgresKeyPath}
  cafile: ${caPath}
  authentication:
    username: bramble
    password: ${q(secrets.restApi.reveal())}

ctl:
  cacert: ${caPath}
  certfile: ${certificatePath}
  keyfile: ${postgresKeyPath}

${driver}:
  hosts: ${q(stores)}
  protocol: https
  cacert: ${caPath}
  cert: ${certificatePath}
  key: ${postgresKeyPath}

bootstrap:
  dcs:
${block(4, timings)}
    postgresql:
      use_pg_rewind: ${postgresql.use_pg_rewind}
      use_slots: ${postgresql.use_slots}
      parameters:
${block(8, postgresql.parameters)}
  initdb:
    - encoding: UTF8
    - locale: C.UTF-8
    - data-checksums

postgresql:
  listen: 0.0.0.0:5432
  connect_address: ${node.address}:5432
  data_dir: ${dataFolder(spec, postgresMajor)}
  bin_dir: /usr/lib/postgresql/${postgresMajor}/bin
  pgpass: /var/lib/postgresql/.bramble-pgpass
  use_unix_socket: true
  remove_data_directory_on_rewind_failure: true
  remove_data_directory_on_diverged_timelines: true
  create_replica_methods:
    - basebackup
  basebackup:
    - checkpoint: fast
  authentication:
    superuser:
      username: postgres
      password: ${q(secrets.superuser.reveal())}
    replication:
      username: replicator
      password: ${q(secrets.replication.reveal())}
      sslmode: verify-ca
      sslrootcert: ${caPath}
    rewind:
      username: rewind
      password: ${q(secrets.rewind.reveal())}
      sslmode: verify-ca
      sslrootcert: ${caPath}
  parameters:
${block(4, { ...parameters, ...sizes, ...archiving(spec) })}
  pg_hba:
${accessRules(spec)
  .map((rule) => `    - ${q(rule)}`)
  .join('\n')}

watchdog:
  mode: "off"
`
}

export function dataFolder(spec: ClusterSpec, postgresMajor: number): string {
  return `/var/lib/postgresql/${postgresMajor}/${spec.name}`
}

/** pg_hba.conf: the superuser through the local socket only, everybody else by password and TLS. */
function accessRules(spec: ClusterSpec): string[] {
  const copies = nodesWith(spec, 'postgres').map((node) => `${node.address}/32`)
  // Clients arrive from the balancers; the nodes themselves may ask directly.
  const clients = [...spec.nodes.map((node) => node.address), spec.vip].map((address) => `${address}/32`)
  return [
    'local all postgres peer',
    'local all all scram-sha-256',
    'host replication replicator 127.0.0.1/32 scram-sha-256',
    ...copies.map((address) => `hostssl replication replicator ${address} scram-sha-256`),
    ...copies.map((address) => `hostssl all rewind ${address} scram-sha-256`),
    'host all postgres,replicator,rewind 0.0.0.0/0 reject',
    'host all all 127.0.0.1/32 scram-sha-256',
    ...clients.map((address) => `hostssl all all ${address} scram-sha-256`),
  ]
}
