/** Which node builds an app, and what the build may use there. */
import { type ClusterSpec, type NodeSpec, nodesWith } from '@bramble/cluster'
import { z } from 'zod'
import { gather } from '../../engine/gather.ts'
import type { Fleet } from '../../engine/transport.ts'
import { type Fact, Trouble } from '../../engine/types.ts'
import { machine } from '../../facts/os.ts'
import { patroniCluster } from '../../facts/patroni.ts'
import type { DebianRelease } from '../detect/detected.ts'

/** A node as a place for a build. Memory and disk in MB. */
export interface BuildCandidate {
  name: string
  /** dpkg's: arm64, armhf, amd64. */
  architecture: string
  debian: DebianRelease
  memoryMB: number
  diskMB: number
  /** It holds the primary of the database. */
  primary: boolean
  /** Seconds that its clock is ahead of this machine's; negative: behind. */
  clockError: number
}

export interface BuildNeed {
  memoryMB: number
  diskMB: number
}

export interface BuildPlace extends BuildCandidate {
  limits: BuildLimits
}

/** Enforced on the node while the app is built. */
export interface BuildLimits {
  memoryMB: number
  /** Of all files that the build writes. */
  diskMB: number
  /** Free space that stays on the node. */
  keepFreeMB: number
  seconds: number
}

/** Left to the database and everything else that the node runs. */
const reserve = { memoryMB: 128, diskMB: 500 }
const most = { diskMB: 8_000, seconds: 1_800 }
/** Seconds; registries of packages are not believed beyond. */
const mostClockError = 60

/**
 * The one with the most free memory that is not the primary; the primary only when there is no other. `serving`: names of the
 * nodes that run the app. Troubles, before anything is started: build-no-node, build-architecture, build-clock, build-memory, build-disk.
 */
export function chooseBuildNode(
  candidates: readonly BuildCandidate[],
  serving: readonly string[],
  need: BuildNeed,
): BuildPlace {
  if (candidates.length === 0)
    throw new Trouble(
      'build-no-node',
      'No node can be reached, so the app cannot be built.',
      'Check the power and network of the nodes, then deploy again.',
    )
  const machines = new Map<string, string[]>()
  for (const { name, architecture, debian } of candidates.filter(({ name }) => serving.includes(name)))
    machines.set(`${architecture}, ${debian}`, [...(machines.get(`${architecture}, ${debian}`) ?? []), name])
  if (machines.size > 1)
    throw new Trouble(
      'build-architecture',
      `The app is built once, and its nodes differ: ${[...machines].map(([what, names]) => `${names.join(', ')} (${what})`).join('; ')}.`,
      'Name nodes of one architecture and Debian release in "nodes" of the app, or upload the app already built with an empty "build".',
    )
  const [wanted] = machines.keys()
  const alike = candidates.filter(({ architecture, debian }) => !wanted || `${architecture}, ${debian}` === wanted)
  const right = alike.filter(({ clockError }) => Math.abs(clockError) <= mostClockError)
  if (right.length === 0)
    throw new Trouble(
      'build-clock',
      `The build would refuse the certificates of package registries: ${alike.map(clockWords).join(', ')}.`,
      'Wait until the nodes have found the time over the network, and compare with the clock of the machine that Bramble runs on. Then deploy again.',
    )
  const others = right.filter(({ primary }) => !primary)
  const places = (others.length > 0 ? others : right).toSorted((a, b) => b.memoryMB - a.memoryMB)
  const withMemory = places.filter(({ memoryMB }) => memoryMB - reserve.memoryMB >= need.memoryMB)
  if (withMemory.length === 0)
    throw new Trouble(
      'build-memory',
      `The build needs ${need.memoryMB + reserve.memoryMB} MB of free memory, and ${places.map(({ name, memoryMB }) => `${name} has ${memoryMB} MB`).join(', ')}.`,
      'Build the app on your own computer and upload it with its result and an empty "build", or add a node with more memory.',
    )
  const place = withMemory.find(({ diskMB }) => diskMB - reserve.diskMB >= need.diskMB)
  if (!place)
    throw new Trouble(
      'build-disk',
      `The build needs ${need.diskMB + reserve.diskMB} MB of free space, and ${withMemory.map(({ name, diskMB }) => `${name} has ${diskMB} MB`).join(', ')}.`,
      'Free some space on a node, or use a larger card.',
    )
  return {
    ...place,
    limits: {
      memoryMB: place.memoryMB - reserve.memoryMB,
      diskMB: Math.min(most.diskMB, place.diskMB - reserve.diskMB),
      keepFreeMB: reserve.diskMB,
      seconds: most.seconds,
    },
  }
}

function clockWords({ name, clockError }: BuildCandidate): string {
  const seconds = Math.abs(clockError)
  const far = seconds > 86_400 ? `${Math.round(seconds / 86_400)} days` : `${Math.round(seconds)} s`
  return `the clock of ${name} is ${far} ${clockError > 0 ? 'ahead' : 'behind'}`
}

const Available = z.object({ available: z.number() })
const availableMemory: Fact<number> = {
  key: 'build available memory',
  query: { kind: 'command', argv: ['cat', '/proc/meminfo'] },
  read: (answer) => {
    const { stdout } = z.object({ stdout: z.string() }).parse(answer)
    const kB = Number(/^MemAvailable: +(\d+) kB$/m.exec(stdout)?.[1] ?? 0)
    return Available.parse({ available: Math.floor(kB / 1024) }).available
  },
}

/** Asks all nodes at once. Those that do not answer, or run another system, are left out. */
export async function buildCandidates(input: {
  spec: ClusterSpec
  fleet: Fleet
  signal?: AbortSignal
}): Promise<BuildCandidate[]> {
  const { spec, fleet, signal } = input
  const postgres = new Set(nodesWith(spec, 'postgres').map(({ name }) => name))
  const found = await Promise.all(spec.nodes.map((node) => ask(node).catch(ignoreTrouble)))
  const leaders = new Set(found.flatMap((one) => one?.leader ?? []))
  return found.flatMap((one) => (one ? [{ ...one.candidate, primary: leaders.has(one.candidate.name) }] : []))

  async function ask(node: NodeSpec) {
    const asksPatroni = postgres.has(node.name)
    const transport = await fleet.connect(node, signal)
    const from = Date.now() / 1000
    const facts = await gather(
      transport,
      [machine, availableMemory, ...(asksPatroni ? [patroniCluster] : [])],
      signal ? { signal } : {},
    )
    const to = Date.now() / 1000
    const { architecture, codename, diskFree, clock } = facts.of(machine)
    if (codename !== 'bookworm' && codename !== 'trixie') return null
    const candidate = {
      ...{ name: node.name, architecture, debian: codename as DebianRelease },
      memoryMB: facts.of(availableMemory),
      diskMB: Math.floor(diskFree / 1e6),
      clockError: clock < from ? clock - from : clock > to ? clock - to : 0,
    }
    return { candidate, leader: asksPatroni ? (facts.of(patroniCluster)?.leader ?? null) : null }
  }
}

function ignoreTrouble(error: unknown): null {
  if (error instanceof Trouble && error.code !== 'cancelled') return null
  throw error
}

/** MB by kind; what the build of a small app takes on a Pi. */
const memoryOf = { node: 384, ruby: 384, php: 192, python: 192, static: 256, image: 192 } as const
/** MB. The size of an image in a registry is not known before. */
const diskOf = { image: 1_500 } as const

/** `sourceBytes`: of all files of the app. */
export function buildNeed(kind: string, sourceBytes: number): BuildNeed {
  const memoryMB = (memoryOf as Record<string, number>)[kind] ?? 128
  const least = (diskOf as Record<string, number>)[kind] ?? 500
  return { memoryMB, diskMB: least + Math.ceil((4 * sourceBytes) / 1e6) }
}
