/** Texts of the timeline. */

import { listed, span } from '@/format/words.ts'
import type { GroupName, Tally } from './groups.ts'

export const timeline = {
  title: 'Timeline',
  spans: 'Time range',
  kinds: 'Event types',
  everything: 'Everything',
  groups: {
    primary: 'Primary',
    address: 'Virtual IP',
    quorum: 'etcd',
    pis: 'Pis',
    servers: 'Web servers',
    apps: 'Apps',
    alerts: 'Alerts',
    runs: 'Runs',
  } satisfies Record<GroupName, string>,
  node: 'Pi',
  allNodes: 'All Pis',
  charts: 'Charts at that time',
  goesOn: 'ongoing',
  unwatched: 'Not monitored',
  band: 'Events in this time range and how long they lasted',
  window: (from: string, to: string) => `${from} to ${to}`,
  live: 'Back to now',
  loading: 'Loading events',
  empty: 'No events in this time range',
  emptyText:
    'Bramble records failovers, moves of the virtual IP, unreachable Pis, alerts, and runs while its worker runs.',
  filtered: 'No events of this type in this time range',
  showAll: 'Show all events',
  newest: (count: number) =>
    `Only the newest ${count} events are listed. Choose a shorter time range to see the others.`,
} as const

/** "2 primary changes (48 s without one), a Pi was unreachable 3 times and 1 alert." */
export function tallyWords({ changes, withoutPrimary, away, alerts, failedRuns }: Tally): string {
  const times = (count: number, one: string, many: (count: number) => string) =>
    count === 0 ? [] : [count === 1 ? one : many(count)]
  const gap = withoutPrimary >= 1 ? ` (${span(withoutPrimary)} without one)` : ''
  const parts = [
    ...times(changes, `1 change of the primary${gap}`, (count) => `${count} changes of the primary${gap}`),
    ...(changes === 0 && gap ? [`${span(withoutPrimary)} without a primary`] : []),
    ...times(away, 'a Pi was unreachable once', (count) => `Pis were unreachable ${count} times`),
    ...times(alerts, '1 alert', (count) => `${count} alerts`),
    ...times(failedRuns, '1 run failed', (count) => `${count} runs failed`),
  ]
  if (parts.length === 0) return 'No notable events.'
  const text = listed(parts)
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
