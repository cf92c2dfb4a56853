/** The way of a request through the stack by the last look: who stands where, and which ways are open. Pure. */
import {
  acceptsWrites,
  type ClusterSpec,
  type ClusterWatch,
  frontDoor,
  type HaproxyService,
  haproxyNames,
  leaseHolderOf,
  nodesWith,
  primaryOf,
  type ServerState,
  stateOf,
  vipHolders,
} from '@bramble/cluster'
import { figure } from '@/format/figure.ts'
import { path } from './copy.ts'

/** `carries`: traffic goes over it. `ready`: it could. `off`: a person took it out. `unknown`: nobody looked. */
export type PostState = 'carries' | 'ready' | 'off' | 'broken' | 'unknown'

export interface Post {
  node: string
  state: PostState
  /** Under the name: what it does, or why it does not. */
  note: string
  /** Sessions of clients on it now; null: not known. */
  sessions: number | null
}

export interface Replica extends Post {
  /** How far it is behind, with its unit; null: it does not tell. */
  behind: string | null
  late: boolean
}

export interface Traffic {
  vip: string
  /** Nobody holds the address, or two do. */
  address: { state: PostState; note: string }
  balancers: Post[]
  webs: Post[]
  apps: AppPost[]
  primary: Post | null
  /** In the place of the primary when there is none. */
  noPrimary: string
  replicas: Replica[]
  /** Client sessions that HAProxy leads to the primary, and to the replicas through port 5001. */
  writing: number | null
  reading: number | null
}

/** `off`: it is deployed nowhere. */
export interface AppPost {
  name: string
  state: Exclude<PostState, 'ready'>
  note: string
}

/** Bytes behind from which a replica is late: HAProxy leaves it out of port 5001 there. */
const lateBytes = 16 * 1024 ** 2

export function trafficOf(spec: ClusterSpec, watch: ClusterWatch): Traffic {
  const door = frontDoor(spec, watch)
  const servers = door?.haproxy.servers ?? []
  const holders = vipHolders(spec, watch)
  const primary = primaryOf(watch)
  const sum = (backend: string) =>
    door === null
      ? null
      : servers.filter((server) => server.backend === backend).reduce((total, { sessions }) => total + sessions, 0)
  return {
    vip: spec.vip,
    address: addressState(watch, holders),
    balancers: nodesWith(spec, 'balancer').map(({ name }) => balancer(watch, name, holders)),
    webs: nodesWith(spec, 'web').map(({ name }) =>
      web(
        watch,
        name,
        servers.find((server) => server.backend === 'web' && server.server === name),
      ),
    ),
    apps: (spec.apps ?? []).map(({ name }) => appPost(name, door?.haproxy.apps?.[name])),
    primary: primary === null ? null : primaryPost(watch, primary, servers),
    noPrimary: noPrimaryWords(watch),
    replicas: nodesWith(spec, 'postgres')
      .filter(({ name }) => name !== primary)
      .map(({ name }) => replica(watch, name, primary)),
    writing: sum('postgres-primary'),
    reading: sum('postgres-replicas'),
  }
}

function addressState(watch: ClusterWatch, holders: readonly string[]): Traffic['address'] {
  if (watch.at === null) return { state: 'unknown', note: path.ports }
  if (holders.length === 0) return { state: 'broken', note: path.nobodyHolds }
  if (holders.length > 1) return { state: 'broken', note: path.heldTwice(holders) }
  return { state: 'carries', note: path.ports }
}

function balancer(watch: ClusterWatch, node: string, holders: readonly string[]): Post {
  const state = stateOf(watch, node)
  const post = (state: PostState, note: string) => ({ node, state, note, sessions: null })
  if (!state) return post('unknown', '')
  if (state.trouble) return post('broken', path.away)
  if (!state.haproxy) return post('broken', path.noHaproxy)
  const half = Object.keys(state.haproxy.silent ?? {})[0] as HaproxyService | undefined
  if (half) return post('broken', path.halfSilent(haproxyNames[half]))
  return holders.includes(node) ? post('carries', path.holds) : post('ready', path.standsBy)
}

function web(watch: ClusterWatch, node: string, server: ServerState | undefined): Post {
  const state = stateOf(watch, node)
  const post = (state: PostState, note: string) => ({ node, state, note, sessions: server?.sessions ?? null })
  if (!state) return post('unknown', '')
  if (state.trouble) return post('broken', path.away)
  if (server?.status === 'drain') return post('off', path.drained)
  if (server?.status === 'maint') return post('off', path.maintenance)
  if (server?.status === 'down') return post('broken', path.checkFails(server.check))
  if (!server && state.web && !state.web.healthy) return post('broken', state.web.because || path.noSite)
  return server || state.web ? post('carries', path.serves) : post('broken', path.noSite)
}

function appPost(name: string, servers: { up: number; down: number } | undefined): AppPost {
  if (!servers) return { name, state: 'unknown', note: '' }
  const { up, down } = servers
  if (up + down === 0) return { name, state: 'off', note: path.notDeployed }
  return { name, state: up === 0 ? 'broken' : 'carries', note: path.nodesReady(up, up + down) }
}

function primaryPost(watch: ClusterWatch, node: string, servers: readonly ServerState[]): Post {
  const open = servers.find((server) => server.backend === 'postgres-primary' && server.server === node)
  const post = (state: PostState, note: string) => ({ node, state, note, sessions: open?.sessions ?? null })
  if (!acceptsWrites(watch)) return post('broken', path.refusesWrites)
  if (open && open.status !== 'up') return post('broken', path.notSeen)
  return post('carries', path.writes)
}

function noPrimaryWords(watch: ClusterWatch): string {
  if (watch.at === null) return path.notLooked
  const holder = leaseHolderOf(watch)
  return holder === null ? path.noPrimary : path.leaseOf(holder)
}

function replica(watch: ClusterWatch, node: string, primary: string | null): Replica {
  const state = stateOf(watch, node)
  const post = (state: PostState, note: string, behind: string | null = null, late = false) => ({
    node,
    state,
    note,
    sessions: null,
    behind,
    late,
  })
  if (!state) return post('unknown', '')
  if (state.trouble) return post('broken', path.away)
  if (!state.patroni) return post('broken', path.noPatroni)
  const streams = state.patroni.state === 'streaming' || state.patroni.state === 'in archive recovery'
  if (!streams) return post(state.patroni.state === 'running' ? 'ready' : 'broken', state.patroni.state)
  const sent =
    primary === null ? undefined : stateOf(watch, primary)?.postgres?.replication.find(({ name }) => name === node)
  const bytes = sent?.lagBytes ?? state.patroni.lagBytes
  const behind = bytes === null ? null : bytes === 0 ? path.level : figure(bytes, 'bytes')
  const seconds = sent?.lagSeconds ? ` · ${figure(sent.lagSeconds, 'seconds')}` : ''
  const note = state.patroni.sync ? path.syncReplica : path.follows
  return post('carries', note, behind && behind + (bytes ? seconds : ''), (bytes ?? 0) > lateBytes)
}
