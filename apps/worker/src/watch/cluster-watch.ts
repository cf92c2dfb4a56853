/** One cluster under watch: every five seconds all its nodes at once, written down as states, samples and events. */
import type { ClusterWatch, NodeSpec, NodeState, Sample } from '@bramble/cluster'
import {
  claimWatch,
  listTimeline,
  readWatch,
  recordTick,
  releaseWatch,
  type WatchableCluster,
} from '@bramble/db/metrics'
import type { Fleet } from '@bramble/provision'
import { evaluateAlerts } from '../alerts/evaluate.ts'
import { watchApps } from '../apps/app-watch.ts'
import type { AppPlaces } from '../apps/places.ts'
import { clusterSample, withVip } from '../collect/cluster.ts'
import { readHostDisk } from '../host-disk.ts'
import { openWays } from '../sites.ts'
import { NodeWatch, type Seen } from './node-watch.ts'
import { Sightings } from './sightings.ts'
import { type Memory, rememberFrom, transitions } from './transitions.ts'

/** Milliseconds. */
export const tickMs = 5_000
const lookMs = 4_000
/** Somebody else may have taken the watch over after this: then nothing more is written. */
const leaseMs = 15_000
const rememberMs = 7 * 24 * 3_600_000

export class ClusterWatcher {
  readonly #cluster: WatchableCluster
  readonly #owner: string
  readonly #ending = new AbortController()
  readonly #nodes: readonly { node: NodeSpec; watch: NodeWatch }[]
  readonly #fleet: Fleet
  readonly #sightings: Sightings
  /** As they were last written down. */
  #known: ClusterWatch
  #memory: Memory
  /** After the last look; null: not known yet. */
  #openAlerts: number | null = null
  #claimedAt = performance.now()
  /** Resolves when it has ended: it was stopped, or another worker watches. */
  readonly ended: Promise<void>

  private constructor(
    cluster: WatchableCluster,
    owner: string,
    fleet: Fleet,
    known: ClusterWatch,
    memory: Memory,
    apps: AppPlaces,
  ) {
    this.#cluster = cluster
    this.#owner = owner
    this.#fleet = fleet
    this.#known = known
    this.#memory = memory
    this.#sightings = new Sightings(cluster.id)
    const { spec } = cluster
    const { signal } = this.#ending
    this.#nodes = spec.nodes.map((node) => ({
      node,
      watch: new NodeWatch(spec, node, (stop) => fleet.connect(node, stop), signal),
    }))
    this.ended = this.#run(apps)
  }

  /** Null: another worker watches it. */
  static async start(cluster: WatchableCluster, owner: string, apps: AppPlaces): Promise<ClusterWatcher | null> {
    if (!(await claimWatch({ cluster: cluster.id, owner }))) return null
    const known = await readWatch(cluster.id)
    const now = new Date()
    const events = await listTimeline({ cluster: cluster.id, from: new Date(now.getTime() - rememberMs), to: now })
    const memory = rememberFrom(cluster.spec, known, events)
    return new ClusterWatcher(cluster, owner, await openWays(cluster), known, memory, apps)
  }

  /** Ends it and gives the watch back, for another worker to take at once. */
  async stop(): Promise<void> {
    this.#ending.abort()
    await this.ended
    await releaseWatch({ cluster: this.#cluster.id, owner: this.#owner }).catch(logged)
  }

  async #run(places: AppPlaces): Promise<void> {
    const { signal } = this.#ending
    const apps = watchApps({ ...this.#cluster, fleet: this.#fleet }, places, signal)
    try {
      while (!signal.aborted) {
        try {
          if (!(await this.#tick(new Date()))) break
        } catch (error) {
          if (!signal.aborted) logged(error)
        }
        await untilNextTick(signal)
      }
    } finally {
      this.#ending.abort()
      await Promise.allSettled(this.#nodes.map(({ watch }) => watch.close()))
      await this.#fleet.close()
      await apps
    }
  }

  /** False: the watch is another worker's now. */
  async #tick(at: Date): Promise<boolean> {
    const { id: cluster, spec } = this.#cluster
    if (!(await claimWatch({ cluster, owner: this.#owner }))) return false
    this.#claimedAt = performance.now()
    const seen = await Promise.all(
      this.#nodes.map(async ({ node, watch }) => ({ node, seen: await watch.look(lookMs) })),
    )
    if (this.#ending.signal.aborted) return false
    const states = seen.flatMap((entry) => stateOf(entry.node, entry.seen, at) ?? [])
    const after = merged(this.#known, states, at)
    const told = transitions(spec, this.#memory, this.#known, after)
    const collected = seen.flatMap(({ seen }) => (seen.kind === 'look' ? seen.collected.samples : []))
    const samples: Sample[] = [clusterSample(spec, after, this.#openAlerts), ...withVip(spec, after, collected)]
    // A worker that was asleep: its watch may have passed to another one, which tells the same.
    if (performance.now() - this.#claimedAt > leaseMs) return true
    await recordTick({ cluster, at, states, samples, events: told.events })
    // Only what was written down counts as known, so that no event is lost with a database that was away.
    this.#known = after
    this.#memory = told.memory
    await this.#sightings.tell(states)
    const hostDisk = await readHostDisk()
    this.#openAlerts = await evaluateAlerts({ cluster, spec, watch: after, samples, hostDisk, now: at })
    return true
  }
}

function stateOf({ name }: NodeSpec, seen: Seen, at: Date): NodeState | null {
  if (seen.kind === 'look') return seen.collected.state
  if (seen.kind === 'unknown') return null
  const parts = { machine: null, patroni: null, postgres: null, etcd: null, haproxy: null, web: null }
  return { node: name, at: at.toISOString(), trouble: seen.trouble, ...parts, silent: {} }
}

/** The newest state of each node. */
function merged(known: ClusterWatch, states: readonly NodeState[], at: Date): ClusterWatch {
  const fresh = new Set(states.map(({ node }) => node))
  return { at: at.toISOString(), states: [...known.states.filter(({ node }) => !fresh.has(node)), ...states] }
}

/** Ticks stand on whole multiples of five seconds; one that took too long makes the next ones be left out. */
function untilNextTick(signal: AbortSignal): Promise<void> {
  const wait = tickMs - (Date.now() % tickMs)
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, wait)
    signal.addEventListener('abort', done, { once: true })
    if (signal.aborted) done()
  })
}

const logged = (error: unknown) => console.error(`watch: ${error instanceof Error ? error.message : error}`)
