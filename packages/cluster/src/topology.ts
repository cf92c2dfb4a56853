/** Which Pi does what: the proposal for N Pis and the rules that hold whatever the user moves. */
import { sameSubnet } from './addresses.ts'
import { reviewApps } from './apps/review.ts'
import { nodesWith } from './nodes.ts'
import type { ClusterSpec, Role } from './spec.ts'

/** Roles for each of `count` Pis, in order: the table of docs/cluster-file.md. */
export function proposeRoles(count: number): Role[][] {
  const voters = count >= 7 ? 5 : Math.min(3, count)
  const placed: Role[][] = Array.from({ length: count }, () => [])
  if (count <= 3)
    return placed.map((_, i) => (i < 2 ? ['etcd', 'postgres', 'balancer', 'web'] : ['etcd', 'postgres', 'web']))
  // The first Pi is the leader of the old guides: it balances. Data lives on the ones after it.
  placed[0]!.push('balancer')
  if (count >= 7) placed[1]!.push('balancer')
  const data = count >= 7 ? 2 : 1
  for (let i = data; i < data + 3; i++) placed[i]!.push('etcd', 'postgres')
  if (count < 7) placed[count - 1]!.push('balancer')
  const spare = placed.filter((list) => !list.includes('etcd')).slice(0, voters - 3)
  for (const list of spare) list.push('etcd')
  for (let i = count === 4 ? 1 : 4; i < count; i++) placed[i]!.push('web')
  if (count === 5) placed[3]!.push('web')
  return placed.map((list) => (['etcd', 'postgres', 'balancer', 'web'] as const).filter((role) => list.includes(role)))
}

export interface Finding {
  /** `error`: nothing is built. `warning`: it is built and the page says so. */
  level: 'error' | 'warning'
  /** Stable name, e.g. `etcd-even`. */
  code: string
  /** The field it speaks of, as a path: `nodes.2.address`, `vip`. */
  path: string
  message: string
  /** What to do next, one sentence. */
  cure: string
}

/** Everything about a spec that would break, or that would not survive the death of one Pi. Pure; needs no node. */
export function reviewSpec(spec: ClusterSpec): Finding[] {
  const findings: Finding[] = []
  const add = (level: Finding['level'], code: string, path: string, message: string, cure: string) =>
    findings.push({ level, code, path, message, cure })

  for (const key of ['name', 'address'] as const) {
    const seen = new Map<string, number>()
    spec.nodes.forEach((node, i) => {
      const first = seen.get(node[key])
      if (first !== undefined)
        add(
          'error',
          `duplicate-${key}`,
          `nodes.${i}.${key}`,
          `Nodes ${first + 1} and ${i + 1} have the same ${key}: ${node[key]}.`,
          `Give each node its own ${key}.`,
        )
      else seen.set(node[key], i)
    })
  }
  spec.nodes.forEach((node, i) => {
    if (node.address === spec.vip)
      add(
        'error',
        'vip-is-node',
        'vip',
        `The virtual IP ${spec.vip} is the address of ${node.name}.`,
        'Choose an address on your network that no machine uses.',
      )
    if (node.leaving && node.roles.length > 0)
      add(
        'error',
        'leaving-roles',
        `nodes.${i}.roles`,
        `${node.name} is being removed and still has ${node.roles.join(', ')}.`,
        'Give its roles to other nodes first.',
      )
    const twice = node.roles.find((role, at) => node.roles.indexOf(role) !== at)
    if (twice)
      add(
        'error',
        'duplicate-role',
        `nodes.${i}.roles`,
        `${node.name} lists the role ${twice} twice.`,
        'List each role once.',
      )
  })
  if (!spec.nodes.some((node) => sameSubnet(node.address, spec.vip, 16)))
    add(
      'error',
      'vip-subnet',
      'vip',
      `The virtual IP ${spec.vip} is not in the network of any node.`,
      'Choose a free address from the same network as the nodes.',
    )

  const voters = nodesWith(spec, 'etcd').length
  if (voters === 0)
    add(
      'error',
      'etcd-none',
      'nodes',
      'No node has the role etcd, and Patroni needs it to elect a primary.',
      'Give the role etcd to three nodes.',
    )
  else if (voters % 2 === 0)
    add(
      'error',
      'etcd-even',
      'nodes',
      `${voters} nodes have the role etcd: an even number survives no more failures than ${voters - 1} and loses quorum sooner.`,
      `Use ${voters - 1} or ${voters + 1} etcd members.`,
    )
  else if (voters > 7)
    add('error', 'etcd-many', 'nodes', `${voters} etcd members slow down every write.`, 'Use 3 or 5 etcd members.')
  else if (voters === 1)
    add(
      'warning',
      'spof-etcd',
      'nodes',
      'Single point of failure: one etcd member. If its Pi fails, the database becomes read-only.',
      'Give the role etcd to three nodes.',
    )

  const copies = nodesWith(spec, 'postgres').length
  if (copies === 0)
    add(
      'error',
      'postgres-none',
      'nodes',
      'No node has the role postgres.',
      'Give the role postgres to at least two nodes.',
    )
  else if (copies === 1)
    add(
      'warning',
      'spof-postgres',
      'nodes',
      'Single point of failure: the database has no replica.',
      'Give the role postgres to a second node.',
    )
  if (spec.synchronous && copies === 2)
    add(
      'warning',
      'sync-two',
      'synchronous',
      'With one replica and synchronous replication, writes continue unprotected while the replica is offline.',
      'Give the role postgres to a third node.',
    )

  backups(spec, add)
  reviewApps(spec, add)

  const balancers = nodesWith(spec, 'balancer').length
  if (balancers === 0)
    add(
      'error',
      'balancer-none',
      'nodes',
      'No node has the role balancer, so the virtual IP is unreachable.',
      'Assign the role balancer to two nodes.',
    )
  else if (balancers === 1)
    add(
      'warning',
      'spof-balancer',
      'nodes',
      'Single point of failure: one load balancer. If its Pi fails, the site is unavailable until it returns.',
      'Give the role balancer to a second node.',
    )

  const sites = nodesWith(spec, 'web').length
  if (sites === 0)
    add(
      'warning',
      'web-none',
      'nodes',
      'No node has the role web: HTTP requests get 503.',
      'Give the role web to at least two nodes.',
    )
  else if (sites === 1)
    add('warning', 'spof-web', 'nodes', 'Single point of failure: one web node.', 'Give the role web to a second node.')
  return findings
}

function backups(
  spec: ClusterSpec,
  add: (level: Finding['level'], code: string, path: string, message: string, cure: string) => void,
): void {
  const repository = spec.backup?.repository
  if (repository?.kind !== 'node') return
  const keeper = spec.nodes.find((node) => node.name === repository.node)
  if (!keeper)
    add(
      'error',
      'backup-node',
      'backup.repository.node',
      `No node is named ${repository.node}, which is set as the location of the backups.`,
      `Name one of the nodes: ${spec.nodes.map(({ name }) => name).join(', ')}.`,
    )
  else if (keeper.roles.includes('postgres') && !repository.mounted)
    add(
      'warning',
      'backup-beside-data',
      'backup.repository.node',
      `The backups are stored on the card of ${keeper.name}, which also has the role postgres: one failed card takes both.`,
      'Choose a node without the role postgres, a mounted disk, SFTP, or a bucket.',
    )
}
