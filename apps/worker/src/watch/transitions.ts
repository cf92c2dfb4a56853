/** What happened between two looks at a cluster, as events for its timeline. Pure. */
import {
  answers,
  type ClusterSpec,
  type ClusterWatch,
  frontDoor,
  type NewTimelineEvent,
  nodesWith,
  primaryOf,
  silentPrimary,
  stateOf,
  type TimelineEvent,
  type TimelineKind,
  vipHolders,
} from '@bramble/cluster'
import { appChanges, downFrom } from './app-changes.ts'
import type { Told } from './told.ts'

/** What the states alone do not tell: who was it before it was nobody, and for how many looks something has lasted. */
export interface Memory {
  /** Who was it last; null: nobody knows. */
  primary: string | null
  vip: string | null
  etcdLeader: string | null
  /** Told as lost, and not yet as back. */
  lost: { primary: boolean; vip: boolean; quorum: boolean }
  /** Nodes told as away. */
  away: ReadonlySet<string>
  /** Apps told as down. */
  appsDown: ReadonlySet<string>
  boots: ReadonlyMap<string, string>
  /** Looks in a row with that finding; by `unreachable pi-2`, `vip`, `quorum`. */
  lasting: ReadonlyMap<string, number>
}

/** One look may miss an answer because a node is busy; two in a row are told. */
const looksToTell = 2

export const nothingKnown: Memory = {
  primary: null,
  vip: null,
  etcdLeader: null,
  lost: { primary: false, vip: false, quorum: false },
  away: new Set(),
  appsDown: new Set(),
  boots: new Map(),
  lasting: new Map(),
}

/** What a watcher knows that takes over from another: the last states, and what was told of late. `events` oldest first. */
export function rememberFrom(
  spec: ClusterSpec,
  watch: ClusterWatch,
  events: readonly (Pick<TimelineEvent, 'kind' | 'node'> & Partial<Pick<TimelineEvent, 'link'>>)[],
): Memory {
  const last = (...kinds: TimelineKind[]) => events.filter(({ kind }) => kinds.includes(kind)).at(-1)
  const seen = look(spec, watch)
  return {
    primary: seen.primary ?? last('primary-changed', 'primary-back', 'primary-lost')?.node ?? null,
    vip: seen.vip ?? last('vip-moved', 'vip-lost')?.node ?? null,
    etcdLeader: seen.etcdLeader,
    lost: {
      primary: last('primary-lost', 'primary-changed', 'primary-back')?.kind === 'primary-lost',
      vip: last('vip-lost', 'vip-moved')?.kind === 'vip-lost',
      quorum: last('quorum-lost', 'quorum-back')?.kind === 'quorum-lost',
    },
    away: new Set(
      spec.nodes
        .map(({ name }) => name)
        .filter(
          (name) => events.filter(({ node, kind }) => node === name && isPresence(kind)).at(-1)?.kind === 'node-away',
        ),
    ),
    appsDown: downFrom(spec, events),
    boots: seen.boots,
    lasting: new Map(),
  }
}

const isPresence = (kind: TimelineKind) => kind === 'node-away' || kind === 'node-back'

/** The events between `before` and `after`, and what to remember for the next look. */
export function transitions(
  spec: ClusterSpec,
  memory: Memory,
  before: ClusterWatch,
  after: ClusterWatch,
): { events: NewTimelineEvent[]; memory: Memory } {
  const now = look(spec, after)
  const events: NewTimelineEvent[] = []
  const at = after.at ?? new Date().toISOString()
  const tell = (kind: TimelineKind, level: TimelineEvent['level'], node: string | null, words: string, link?: string) =>
    events.push({ at, until: null, kind, level, node, words, link: link ?? null })
  const lasting = new Map<string, number>()
  const lasts = (what: string, is: boolean) => {
    if (is) lasting.set(what, (memory.lasting.get(what) ?? 0) + 1)
    return (lasting.get(what) ?? 0) >= looksToTell
  }
  const lost = { ...memory.lost }

  const away = new Set(memory.away)
  const boots = new Map([...memory.boots, ...now.boots])
  for (const { name } of spec.nodes) {
    const state = stateOf(after, name)
    if (!state) continue
    if (lasts(`unreachable ${name}`, state.trouble !== null) && !away.has(name)) {
      away.add(name)
      tell('node-away', 'warning', name, `${name} is unreachable. ${state.trouble!.message}`)
    }
    if (state.trouble === null && away.delete(name)) tell('node-back', 'good', name, `${name} is reachable again.`)
    const [boot, earlier] = [now.boots.get(name), memory.boots.get(name)]
    if (boot && earlier && boot !== earlier) tell('node-rebooted', 'info', name, `${name} rebooted.`)
  }

  const leads = leadership(memory, now, lasts('primary', now.primaryGone), lost)
  for (const event of leads) tell(...event)

  if (now.vip && memory.vip && now.vip !== memory.vip)
    tell('vip-moved', 'info', now.vip, `${spec.vip} moved from ${memory.vip} to ${now.vip}.`)
  else if (now.vip && lost.vip) tell('vip-moved', 'good', now.vip, `${spec.vip} is held again, by ${now.vip}.`)
  if (lasts('vip', now.vipGone) && !lost.vip && memory.vip) {
    lost.vip = true
    tell('vip-lost', 'critical', memory.vip, `No load balancer holds ${spec.vip}; ${memory.vip} held it before.`)
  } else if (now.vip) lost.vip = false

  if (lasts('quorum', now.quorum === false) && !lost.quorum) {
    lost.quorum = true
    tell('quorum-lost', 'critical', null, 'etcd has lost its quorum: not enough members can reach each other.')
  } else if (now.quorum === true && lost.quorum) {
    lost.quorum = false
    tell('quorum-back', 'good', null, 'etcd has its quorum again.')
  }
  if (now.etcdLeader && memory.etcdLeader && now.etcdLeader !== memory.etcdLeader)
    tell(
      'etcd-leader-changed',
      'info',
      now.etcdLeader,
      `${now.etcdLeader} became the etcd leader; it was ${memory.etcdLeader} before.`,
    )

  for (const event of serverChanges(spec, before, after)) tell(...event)

  const apps = appChanges(spec, memory.appsDown, { before, after }, (app, is) => lasts(`app ${app}`, is))
  for (const event of apps.told) tell(...event)

  return {
    events,
    memory: {
      primary: now.primary ?? memory.primary,
      vip: now.vip ?? memory.vip,
      etcdLeader: now.etcdLeader ?? memory.etcdLeader,
      lost,
      away,
      appsDown: apps.down,
      boots,
      lasting,
    },
  }
}

function leadership(memory: Memory, now: Finding, gone: boolean, lost: { primary: boolean }): Told[] {
  const { primary: earlier } = memory
  if (now.primary) {
    const wasLost = lost.primary
    lost.primary = false
    if (earlier && earlier !== now.primary)
      return [
        [
          'primary-changed',
          wasLost ? 'good' : 'info',
          now.primary,
          `${now.primary} became the primary; it was ${earlier} before.`,
        ],
      ]
    return wasLost ? [['primary-back', 'good', now.primary, `${now.primary} is the primary again.`]] : []
  }
  if (!gone || lost.primary || !earlier) return []
  lost.primary = true
  return [['primary-lost', 'critical', earlier, `There is no primary; it was ${earlier} before. Writes fail.`]]
}

/** Of the databases each stands as down in one backend all the time: there only the change of the primary is told. */
const isDatabase = (backend: string) => backend.startsWith('postgres-')

function serverChanges(spec: ClusterSpec, before: ClusterWatch, after: ClusterWatch): Told[] {
  const then = new Map(
    (frontDoor(spec, before)?.haproxy.servers ?? []).map((server) => [`${server.backend}/${server.server}`, server]),
  )
  return (frontDoor(spec, after)?.haproxy.servers ?? []).flatMap((server): Told[] => {
    const name = `${server.backend}/${server.server}`
    const was = then.get(name)?.status
    const node = spec.nodes.some((entry) => entry.name === server.server) ? server.server : null
    if (isDatabase(server.backend)) return []
    if (was === 'up' && server.status === 'down')
      return [
        [
          'server-down',
          'warning',
          node,
          `HAProxy marked ${name} as down: ${server.check || 'its health check fails'}.`,
        ],
      ]
    if (was === 'down' && server.status === 'up')
      return [['server-up', 'good', node, `HAProxy marked ${name} as up again.`]]
    return []
  })
}

interface Finding {
  primary: string | null
  /** Nobody is it, and who could tell answers. */
  primaryGone: boolean
  vip: string | null
  vipGone: boolean
  /** Null: nobody can tell. */
  quorum: boolean | null
  etcdLeader: string | null
  boots: Map<string, string>
}

function look(spec: ClusterSpec, watch: ClusterWatch): Finding {
  const present = (role: 'postgres' | 'balancer' | 'etcd') =>
    nodesWith(spec, role).filter(({ name }) => answers(watch, name)).length > 0
  const primary = primaryOf(watch) ?? silentPrimary(spec, watch)
  const holders = vipHolders(spec, watch)
  const voters = watch.states.flatMap(({ etcd }) => etcd ?? [])
  return {
    primary,
    primaryGone: primary === null && present('postgres'),
    // Two that carry it at once are no move: an alert tells that.
    vip: holders.length === 1 ? holders[0]! : null,
    vipGone: holders.length === 0 && present('balancer'),
    // A voter that is healthy has just read through the quorum.
    quorum: voters.some(({ healthy }) => healthy) ? true : present('etcd') ? false : null,
    etcdLeader: watch.states.find(({ etcd }) => etcd?.leader)?.node ?? null,
    boots: new Map(watch.states.flatMap(({ node, machine }) => (machine ? [[node, machine.bootId] as const] : []))),
  }
}
