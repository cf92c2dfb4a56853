/** How many of the connections that clients can have on a copy of the database are taken. */

import type { ClusterWatch } from './state.ts'
import { stateOf } from './summary.ts'

export interface ConnectionUse {
  /** Taken by clients; those that have not signed in count too. */
  used: number
  /** As many as clients can have. */
  most: number
  idle: number
  /** Clients that HAProxy lets wait for one. */
  waiting: number
  /** Clients that HAProxy holds and PostgreSQL has not let in yet. */
  unknown: number
}

/** What PostgreSQL keeps for superusers unless it says otherwise. */
const usualReserve = 3

/** Null: neither PostgreSQL nor a balancer says how many there are. */
export function connectionUse(watch: ClusterWatch, node: string): ConnectionUse | null {
  const count = stateOf(watch, node)?.postgres?.connections
  const rows = watch.states.flatMap(({ haproxy }) =>
    (haproxy?.servers ?? [])
      .filter(({ backend, server }) => backend.startsWith('postgres-') && server === node)
      .map((row) => ({ ...row, waiting: haproxy?.waiting?.[row.backend] ?? 0 })),
  )
  const limits = rows.flatMap(({ limit }) => (limit === undefined ? [] : [limit]))
  const held = rows.reduce((sum, { sessions }) => sum + sessions, 0)
  // A queue belongs to a backend: those who wait there wait for a server of it that is full.
  const waiting = rows
    .filter(({ limit, sessions }) => limit !== undefined && sessions >= limit)
    .reduce((sum, row) => sum + row.waiting, 0)
  if (!count && limits.length === 0) return null
  const own = count?.own ?? 0
  const known = count ? count.active + count.idle + count.idleInTransaction + count.waiting + count.other - own : 0
  const most = count ? count.max - (count.reserved ?? usualReserve) - own : Number.POSITIVE_INFINITY
  return {
    used: Math.max(known, held),
    most: Math.max(1, Math.min(most, ...limits)),
    idle: count ? count.idle + count.idleInTransaction : 0,
    waiting,
    unknown: count ? Math.max(0, held - known) : 0,
  }
}
