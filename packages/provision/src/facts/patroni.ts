/** Facts about Patroni and PostgreSQL, asked of Patroni's REST API on the node. */
import type { Fact } from '../engine/types.ts'
import { type HttpAnswer, http } from './http.ts'
import { identity } from './identity.ts'

const base = 'https://127.0.0.1:8008'

function asked<T>(path: string, read: (answer: HttpAnswer) => T): Fact<T> {
  const fact = http(`${base}${path}`, identity)
  return { key: fact.key, query: fact.query, read: (answer) => read(fact.read(answer)) }
}

export interface PatroniMember {
  /** False: Patroni does not answer; `error` says why. */
  answers: boolean
  error: string
  /** `running` when PostgreSQL takes connections; else starting, stopped, creating replica … */
  state: string
  role: 'primary' | 'replica' | 'unknown'
  pendingRestart: boolean
  /** Seconds since 1970 of its last round, in which it reads etcd; Infinity when it does not tell. */
  lastRound: number
  /** Seconds since 1970 when PostgreSQL was started; 0: it does not run. */
  startedAt: number
  /** Patroni elects nobody until somebody resumes it. */
  paused: boolean
  /** Patroni's version, e.g. `4.0.7`; empty when it does not answer. */
  version: string
  /** Major version of the PostgreSQL that runs; null: none does. */
  postgresMajor: number | null
}

/** The node's own member. */
export const patroniMember: Fact<PatroniMember> = asked('/patroni', ({ status, body, error }) => {
  const json = parsed(body)
  if (status === null || !json)
    return {
      answers: false,
      error: error ?? `HTTP ${status}`,
      state: '',
      role: 'unknown',
      pendingRestart: false,
      lastRound: 0,
      startedAt: 0,
      paused: false,
      version: '',
      postgresMajor: null,
    }
  // Patroni 3 still says "master" for what everybody calls the primary.
  const said = String(json.role)
  const role = ['primary', 'master'].includes(said) ? 'primary' : said === 'replica' ? 'replica' : 'unknown'
  const version = String((json.patroni as { version?: unknown } | undefined)?.version ?? '')
  return {
    answers: true,
    error: '',
    state: String(json.state),
    role,
    pendingRestart: awaitsRestart(json),
    startedAt: Date.parse(String(json.postmaster_start_time).replace(' ', 'T')) / 1000 || 0,
    paused: json.pause === true,
    lastRound: typeof json.dcs_last_seen === 'number' ? json.dcs_last_seen : Number.POSITIVE_INFINITY,
    version,
    postgresMajor: typeof json.server_version === 'number' ? Math.floor(json.server_version / 10_000) : null,
  }
})

/** What GET /patroni says of settings that only a restart brings into force. */
export const awaitsRestart = (said: { pending_restart?: unknown; pending_restart_reason?: unknown }): boolean =>
  said.pending_restart === true && !onlyLowered(said.pending_restart_reason)

/** Limits that a replica must keep as high as its primary has had them. */
const followed = [
  'max_connections',
  'max_locks_per_transaction',
  'max_prepared_transactions',
  'max_wal_senders',
  'max_worker_processes',
]

/**
 * A lowered limit takes hold only when the whole cluster has been down: no restart of one node settles it, and the
 * higher one does no harm. Patroni 4 gives the reason: `{ max_connections: { old_value: 50, new_value: 40 } }`.
 */
function onlyLowered(reason: unknown): boolean {
  const entries = Object.entries((reason ?? {}) as Record<string, { old_value?: unknown; new_value?: unknown }>)
  const lowered = ([name, { old_value, new_value }]: (typeof entries)[number]) =>
    followed.includes(name) && Number(new_value) < Number(old_value)
  return entries.length > 0 && entries.every(lowered)
}

/** As GET /cluster tells of one. */
interface Member {
  name: string
  role: string
  state: string
  timeline?: number
  lag?: number | string
}

export interface PatroniCluster {
  /** Name of the member that holds the leader lock and runs; null: none. */
  leader: string | null
  /** Names of replicas that run and stream. */
  streaming: string[]
  /** Of those: the ones on the leader's timeline. Another one runs, but waits to be rewound. */
  following: string[]
  /** Of those that stream: the ones that synchronous replication waits for. */
  synchronous: string[]
  /** Replication lag of each replica in bytes; null: unknown. */
  lag: Record<string, number | null>
}

/** All members as the store of the cluster knows them; null when Patroni does not answer. */
export const patroniCluster: Fact<PatroniCluster | null> = asked('/cluster', ({ status, body }) => {
  const json = parsed(body)
  if (status !== 200 || !json || !Array.isArray(json.members)) return null
  const members = json.members as Member[]
  const leader = members.find((member) => ['leader', 'standby_leader'].includes(member.role))
  const replicas = members.filter((member) => member !== leader)
  const streaming = replicas.filter((member) => ['running', 'streaming'].includes(member.state))
  return {
    leader: leader && ['running', 'streaming'].includes(leader.state) ? leader.name : null,
    // Before 3.1 a replica that streams says only "running".
    streaming: streaming.map(({ name }) => name),
    following: streaming.filter(({ timeline }) => timeline === leader?.timeline).map(({ name }) => name),
    synchronous: streaming
      .filter(({ role }) => ['sync_standby', 'quorum_standby'].includes(role))
      .map(({ name }) => name),
    lag: Object.fromEntries(replicas.map(({ name, lag }) => [name, typeof lag === 'number' ? lag : null])),
  }
})

/** Bytes of the log that the node's copy wrote or received; null: it does not run. */
export const walPosition: Fact<number | null> = asked('/patroni', ({ body }) => {
  const xlog = parsed(body)?.xlog as Partial<Record<string, number>> | undefined
  if (!xlog) return null
  return xlog.location ?? Math.max(xlog.received_location ?? 0, xlog.replayed_location ?? 0)
})

/** The settings that Patroni keeps in its store for the whole cluster; null when it does not answer. */
export const patroniSettings: Fact<Record<string, unknown> | null> = asked('/config', ({ status, body }) =>
  status === 200 ? parsed(body) : null,
)

function parsed(body: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
