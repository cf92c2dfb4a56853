/** Kinds of events as people ask for them, days, sums, and the way to the charts of that moment. Pure. */
import type { TimelineEvent, TimelineKind } from '@bramble/cluster'
import { withEnds } from './ends.ts'

export const groups = {
  primary: ['primary-changed', 'primary-lost', 'primary-back'],
  address: ['vip-moved', 'vip-lost'],
  quorum: ['quorum-lost', 'quorum-back', 'etcd-leader-changed'],
  pis: ['node-away', 'node-back', 'node-rebooted'],
  servers: ['server-down', 'server-up', 'server-switched'],
  apps: ['deploy', 'app-down', 'app-back', 'app-restarted'],
  alerts: ['alert', 'alert-over'],
  runs: ['run'],
} as const satisfies Record<string, readonly TimelineKind[]>
export type GroupName = keyof typeof groups
export const groupNames = Object.keys(groups) as GroupName[]

export const groupOf = (kind: TimelineKind): GroupName =>
  groupNames.find((name) => (groups[name] as readonly TimelineKind[]).includes(kind))!

export interface Filter {
  /** Empty: all. */
  groups: readonly GroupName[]
  node: string | null
}

/** `?kind=primary,pis&node=pi-2`; what makes no sense is left out. */
export function filterOf(params: { get(name: string): string | null }, nodes: readonly string[]): Filter {
  const asked = params.get('kind')?.split(',') ?? []
  const node = params.get('node')
  return {
    groups: groupNames.filter((name) => asked.includes(name)),
    node: node !== null && nodes.includes(node) ? node : null,
  }
}

/** The same parameters with this filter in them; all others stay. */
export function withFilter(params: { toString(): string }, filter: Filter): URLSearchParams {
  const next = new URLSearchParams(params.toString())
  next.delete('kind')
  next.delete('node')
  if (filter.groups.length > 0) next.set('kind', filter.groups.join(','))
  if (filter.node) next.set('node', filter.node)
  return next
}

export const matches = (event: TimelineEvent, filter: Filter): boolean =>
  (filter.groups.length === 0 || filter.groups.includes(groupOf(event.kind))) &&
  (filter.node === null || event.node === filter.node)

export interface Day {
  key: string
  /** Newest first. */
  events: TimelineEvent[]
}

/** Newest day first. `keyOf` names the day of a moment in the reader's zone. */
export function daysOf(events: readonly TimelineEvent[], keyOf: (at: Date) => string): Day[] {
  const days = new Map<string, TimelineEvent[]>()
  for (const event of [...events].reverse()) {
    const key = keyOf(new Date(event.at))
    days.set(key, [...(days.get(key) ?? []), event])
  }
  return [...days].map(([key, list]) => ({ key, events: list }))
}

export interface Tally {
  changes: number
  /** Seconds without a primary, as the looks saw it. */
  withoutPrimary: number
  away: number
  alerts: number
  failedRuns: number
}

/** Oldest first; what still goes on counts until `now` (ms). */
export function tallyOf(events: readonly TimelineEvent[], now: number): Tally {
  const ended = withEnds(events)
  const count = (test: (event: TimelineEvent) => boolean) => ended.filter(test).length
  return {
    changes: count(({ kind }) => kind === 'primary-changed'),
    withoutPrimary: ended
      .filter(({ kind }) => kind === 'primary-lost')
      .reduce((sum, { at, until }) => sum + ((until === null ? now : Date.parse(until)) - Date.parse(at)) / 1000, 0),
    away: count(({ kind }) => kind === 'node-away'),
    alerts: count(({ kind }) => kind === 'alert'),
    failedRuns: count(({ kind, level }) => (kind === 'run' || kind === 'deploy') && level === 'critical'),
  }
}

/** Seconds of the charts before and after what happened. */
const margin = 600

/** The charts that show this moment. */
export function momentPath(cluster: string, event: TimelineEvent, now: number): string {
  const at = Date.parse(event.at) / 1000
  const end = event.until === null ? at : Date.parse(event.until) / 1000
  const query = `from=${Math.floor(at - margin)}&to=${Math.ceil(Math.min(now / 1000, end + margin))}`
  return `/clusters/${cluster}${pageOf(event)}?${query}`
}

function pageOf({ kind, node, link }: TimelineEvent): string {
  const group = groupOf(kind)
  if (group === 'primary' || group === 'quorum') return '/postgres'
  if (group === 'address' || group === 'servers') return '/haproxy'
  const app = /\/apps\/[^/]+$/.exec(link ?? '')
  if (group === 'apps') return app ? app[0] : '/haproxy'
  return node === null ? '/postgres' : `/nodes/${node}`
}
