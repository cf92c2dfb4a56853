/** What must be right before anything is changed, and what is worth saying. */
import {
  backupNodes,
  type ClusterSpec,
  type NodeSpec,
  nodesWith,
  type Plan,
  postgresVersions,
  repositoryNode,
  sameSubnet,
} from '@bramble/cluster'
import { command } from '../engine/command.ts'
import { fileState } from '../engine/file.ts'
import type { Pulse } from '../engine/pulse.ts'
import type { Fact, Facts, RoleContext } from '../engine/types.ts'
import { address, machine } from '../facts/os.ts'
import { postgresMajor, storeDriver, supportedReleases, versionFacts } from '../facts/releases.ts'
import { hostsFile, hostsNow } from '../resources/hosts.ts'
import { dataFolder } from '../roles/postgres/patroni.yml.ts'

type Finding = Plan['findings'][number]
type Add = (level: Finding['level'], code: string, node: string | null, message: string, cure: string) => void

const MiB = 1024 ** 2
const leastVoterMemory = 900 * MiB
const leastDisk = 2 * 1024 * MiB
/** Seconds; certificates and tokens fail beyond. */
const mostClockError = 60

/** PostgreSQL clusters that Debian knows of: version, name, port, status. */
const debianClusters = command(['pg_lsclusters', '--no-header'])

export function preflightFacts({ spec, node }: RoleContext): readonly Fact<unknown>[] {
  return [
    machine,
    hostsFile,
    ...(node.roles.includes('postgres')
      ? [...versionFacts, debianClusters, ...dataOf(spec).map(({ file }) => file)]
      : []),
    ...(node.roles.includes('balancer') ? [address(spec.vip)] : []),
  ]
}

/** Where each version would keep its data. */
const dataOf = (spec: ClusterSpec) =>
  postgresVersions.map((version) => ({ version, file: fileState(`${dataFolder(spec, version)}/PG_VERSION`) }))

/** Between which moments of this machine's clock a node answered. */
export interface Moments {
  from: Date
  to: Date
}

/** Findings about the nodes whose facts are known. An error stops a run before it changes anything. */
export function preflight(
  spec: ClusterSpec,
  known: ReadonlyMap<string, Facts>,
  asked: ReadonlyMap<string, Moments>,
  pulse: Pulse,
): Finding[] {
  const findings: Finding[] = []
  const add: Add = (level, code, node, message, cure) => findings.push({ level, code, node, message, cure })
  for (const node of spec.nodes) {
    const facts = known.get(node.name)
    if (!facts) continue
    system(node, facts, add)
    hostNames(node, facts, add)
    size(node, facts, add)
    clock(node, facts, asked.get(node.name), add)
    if (node.roles.includes('balancer')) network(spec, node, facts, add)
    if (node.roles.includes('postgres')) {
      foreignDatabase(node, facts, add)
      otherVersion(spec, node, facts, pulse, add)
    }
  }
  oneDriver(spec, known, add)
  oneBackupTool(spec, known, add)
  freeAddress(
    spec,
    known,
    [...asked.keys()].some((name) => !known.has(name)),
    add,
  )
  firstVoters(spec, known, pulse, add)
  return findings
}

/** A new etcd settles its version only when all its voters have met: until then Patroni waits, and so would the run. */
function firstVoters(spec: ClusterSpec, known: ReadonlyMap<string, Facts>, pulse: Pulse, add: Add): void {
  if (pulse.primary !== null || pulse.voters.length > 0 || known.size === 0) return
  for (const { name } of nodesWith(spec, 'etcd'))
    if (!known.has(name))
      add(
        'error',
        'voter-away',
        name,
        `${name} is unreachable, and the first start of etcd needs all its members.`,
        'Bring it online or assign the role etcd to another Pi, then plan again.',
      )
}

function system(node: NodeSpec, facts: Facts, add: Add): void {
  const { id, idLike, codename, architecture } = facts.of(machine)
  const debian = [id, ...idLike.split(' ')].some((name) => ['debian', 'raspbian'].includes(name))
  if (!debian || id === 'ubuntu')
    add(
      'error',
      'not-debian',
      node.name,
      `${node.name} runs ${id || 'an unknown system'}, not Raspberry Pi OS or Debian.`,
      'Flash its card with Raspberry Pi OS Lite (64-bit).',
    )
  else if (!supportedReleases.includes(codename))
    add(
      'error',
      'release',
      node.name,
      `${node.name} runs Debian ${codename || 'of an unknown release'}; Bramble supports ${supportedReleases.join(' and ')}.`,
      'Flash its card with the current Raspberry Pi OS Lite.',
    )
  if (architecture === 'armhf')
    add(
      'warning',
      'armhf',
      node.name,
      `${node.name} runs a 32-bit system, which the etcd project does not support.`,
      'Flash its card with the 64-bit Raspberry Pi OS if the Pi can run it (3, 4, 5, Zero 2).',
    )
}

/** Names are added to what is there; what cannot be read is not replaced. */
function hostNames(node: NodeSpec, facts: Facts, add: Add): void {
  if (hostsNow(facts) !== null) return
  const { kind, size: bytes } = facts.of(hostsFile)
  add(
    'error',
    'hosts-unread',
    node.name,
    kind === 'file'
      ? `/etc/hosts of ${node.name} has ${Math.round(bytes / 1e6)} MB, more than Bramble can edit.`
      : `/etc/hosts of ${node.name} is a ${kind}, not a file that Bramble can edit.`,
    'Make it a plain file of at most 16 MB, then plan again.',
  )
}

function size(node: NodeSpec, facts: Facts, add: Add): void {
  const { memory, diskFree } = facts.of(machine)
  if (node.roles.includes('etcd') && memory < leastVoterMemory)
    add(
      'error',
      'memory',
      node.name,
      `${node.name} has ${Math.round(memory / MiB)} MB of memory: too little for an etcd member.`,
      'Assign the role etcd to a Pi with 1 GB or more.',
    )
  if (diskFree < leastDisk)
    add(
      'error',
      'disk',
      node.name,
      `${node.name} has ${Math.round(diskFree / MiB)} MB free on its disk; it needs 2 GB.`,
      'Free some space, or use a larger card.',
    )
}

function clock(node: NodeSpec, facts: Facts, asked: Moments | undefined, add: Add): void {
  if (!asked) return
  const shown = facts.of(machine).clock
  const [from, to] = [asked.from.getTime() / 1000, asked.to.getTime() / 1000]
  const off = Math.round(shown < from ? shown - from : shown > to ? shown - to : 0)
  if (Math.abs(off) <= mostClockError) return
  const far = Math.abs(off) > 86_400 ? `${Math.round(Math.abs(off) / 86_400)} days` : `${Math.abs(off)} s`
  add(
    'error',
    'clock',
    node.name,
    `The clock of ${node.name} is ${far} ${off > 0 ? 'ahead' : 'behind'}: certificates would be rejected.`,
    'Wait until the Pi has synchronized its clock, or run sudo date -s "<the time>", then plan again.',
  )
}

function network(spec: ClusterSpec, node: NodeSpec, facts: Facts, add: Add): void {
  const { addresses } = facts.of(machine)
  const usable = addresses.filter((entry) => !spec.interface || entry.interface === spec.interface)
  if (spec.interface && usable.length === 0)
    add(
      'error',
      'interface',
      node.name,
      `${node.name} has no interface ${spec.interface} with an IPv4 address.`,
      `Its interfaces are ${[...new Set(addresses.map((entry) => entry.interface))].join(', ')}: choose one of them.`,
    )
  // A /32 is the virtual IP itself when this node carries it.
  else if (!usable.some((entry) => entry.prefix < 32 && sameSubnet(entry.address, spec.vip, entry.prefix)))
    add(
      'error',
      'vip-subnet',
      node.name,
      `The virtual IP ${spec.vip} is in none of the networks of ${node.name} (${usable.map((entry) => `${entry.address}/${entry.prefix}`).join(', ')}).`,
      'Choose a free address in the network of the load balancers.',
    )
}

function foreignDatabase(node: NodeSpec, facts: Facts, add: Add): void {
  const { code, stdout } = facts.of(debianClusters)
  if (code !== 0) return
  const rival = stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find(([, , port, status]) => port === '5432' && status?.startsWith('online'))
  if (rival)
    add(
      'error',
      'foreign-database',
      node.name,
      `Another PostgreSQL cluster (${rival[0]}/${rival[1]}) runs on port 5432 of ${node.name}. Bramble does not change its data.`,
      `Back up what you need, then run: sudo systemctl disable --now postgresql@${rival[0]}-${rival[1]}`,
    )
}

/** A copy of one version never becomes one of another by its settings alone: it would be cloned from nobody. */
function otherVersion(spec: ClusterSpec, node: NodeSpec, facts: Facts, pulse: Pulse, add: Add): void {
  const wanted = postgresMajor({ spec, pulse }, facts)
  // What the cluster runs is right; a node with older data is cloned anew.
  if (pulse.postgresMajor === wanted) return
  const kept = dataOf(spec).filter(({ file }) => facts.of(file).kind !== 'absent')
  if (kept.length === 0 || kept.some(({ version }) => version === wanted)) return
  const present = kept.map(({ version }) => version).join(' and ')
  add(
    'error',
    'postgres-version',
    node.name,
    `${node.name} has data of PostgreSQL ${present}, but the settings require ${wanted}.`,
    `Set the version back to ${kept.at(-1)?.version}, then use Operate → Upgrade PostgreSQL.`,
  )
}

/** Two ways of talking to etcd in one cluster would elect two primaries that do not see each other. */
function oneDriver(spec: ClusterSpec, known: ReadonlyMap<string, Facts>, add: Add): void {
  const drivers = nodesWith(spec, 'postgres').flatMap(({ name }) => {
    const facts = known.get(name)
    const codename = facts?.of(machine).codename ?? ''
    // A system that Bramble does not build on has its own finding.
    return facts && supportedReleases.includes(codename) ? [{ name, driver: storeDriver(facts), codename }] : []
  })
  const [first] = drivers
  const other = drivers.find((entry) => entry.driver !== first?.driver || entry.codename !== first?.codename)
  if (first && other)
    add(
      'error',
      'mixed-releases',
      other.name,
      `${first.name} runs ${first.codename} and ${other.name} runs ${other.codename}: their PostgreSQL and Patroni cannot form one cluster.`,
      'Flash the cards of all postgres nodes with the same release of Raspberry Pi OS.',
    )
}

/** pgBackRest talks to its own version only, and Debian 12's knows no SFTP. */
function oneBackupTool(spec: ClusterSpec, known: ReadonlyMap<string, Facts>, add: Add): void {
  const releases = backupNodes(spec).flatMap(({ name }) => {
    const codename = known.get(name)?.of(machine).codename
    return codename && supportedReleases.includes(codename) ? [{ name, codename }] : []
  })
  const keeper = releases.find(({ name }) => name === repositoryNode(spec)?.name)
  const other = releases.find(({ codename }) => keeper && codename !== keeper.codename)
  if (keeper && other)
    add(
      'error',
      'backup-release',
      keeper.name,
      `${keeper.name} runs ${keeper.codename} and ${other.name} runs ${other.codename}: their versions of pgBackRest are not compatible.`,
      'Store the backups on a Pi with the same release as the database, on an SFTP server, or in a bucket.',
    )
  const old = releases.find(({ codename }) => codename === 'bookworm')
  if (old && spec.backup?.repository.kind === 'sftp')
    add(
      'error',
      'backup-sftp',
      old.name,
      `${old.name} runs bookworm, whose pgBackRest does not support SFTP.`,
      'Store the backups on a Pi or in a bucket, or flash the cards with the current Raspberry Pi OS.',
    )
}

/** `unsure`: a node cannot be asked, and may be the one that carries it. */
function freeAddress(spec: ClusterSpec, known: ReadonlyMap<string, Facts>, unsure: boolean, add: Add): void {
  const uses = nodesWith(spec, 'balancer').flatMap(({ name }) => known.get(name)?.of(address(spec.vip)) ?? [])
  const stranger = uses.find((use) => use.answeredBy !== null)?.answeredBy
  // Also a node that was a balancer before and has still to give it away.
  const ours = [...known.values()].some((facts) =>
    facts.of(machine).addresses.some((entry) => entry.address === spec.vip),
  )
  if (!stranger || ours || uses.some((use) => use.holder)) return
  add(
    unsure ? 'warning' : 'error',
    'vip-taken',
    null,
    `The virtual IP ${spec.vip} is already in use by another machine (${stranger}).`,
    'Choose an unused address outside the DHCP range of your router.',
  )
}
