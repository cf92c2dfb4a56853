/** What of a node is watched, from its roles: the parts of the script that it needs, and what the script is told. */
import { type ClusterSpec, haproxyUnits, type NodeSpec, type Role } from '@bramble/cluster'
import { caPath, certificatePath, keyPath } from '../facts/identity.ts'

/** Parts of the script in their order; those that only some roles need are not sent to the others. */
const parts: readonly (readonly [string, readonly Role[] | 'all'])[] = [
  ['ask', 'all'],
  ['http', ['etcd', 'postgres', 'web']],
  ['identity', ['etcd', 'postgres']],
  ['machine', 'all'],
  ['board', 'all'],
  ['upkeep', 'all'],
  ['haproxy', ['balancer']],
  ['patroni', ['postgres']],
  ['etcd', ['etcd']],
  ['postgres', ['postgres']],
  ['web', ['web']],
  ['apps', ['web']],
  ['main', 'all'],
]

export const partsFor = ({ roles }: NodeSpec): string[] =>
  parts.filter(([, needed]) => needed === 'all' || needed.some((role) => roles.includes(role))).map(([name]) => name)

/** systemd units whose state is told. */
const units: Record<Role | 'base', readonly string[]> = {
  base: ['ssh.service', 'chrony.service', 'bramble-firewall.service'],
  etcd: ['etcd.service'],
  postgres: ['patroni.service'],
  balancer: [...haproxyUnits, 'keepalived.service'],
  web: ['bramble-site.service'],
}

/** The first line that the script gets. Nothing secret is in it. */
export const settingsFor = (spec: ClusterSpec, { roles }: NodeSpec) => ({
  roles,
  units: [...units.base, ...roles.flatMap((role) => units[role])],
  ca: caPath,
  certificate: certificatePath,
  key: keyPath,
  database: spec.database.name,
  apps: (spec.apps ?? []).length,
})
