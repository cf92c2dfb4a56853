/** Words of the timeline. */
import type { GroupName, Tally } from '@/components/timeline/groups.ts'
import { listed, span } from './words.ts'

export const timeline = {
  title: 'Timeline',
  spans: 'Time that is shown',
  kinds: 'What is shown',
  everything: 'Everything',
  groups: {
    primary: 'Primary',
    address: 'Virtual IP',
    quorum: 'etcd',
    pis: 'Pis',
    servers: 'Web servers',
    alerts: 'Alerts',
    runs: 'Runs',
  } satisfies Record<GroupName, string>,
  node: 'Pi',
  allNodes: 'All Pis',
  charts: 'Charts at that moment',
  goesOn: 'goes on',
  unwatched: 'Nobody watched',
  band: 'The window from left to right: what happened, and how long it lasted',
  window: (from: string, to: string) => `${from} to ${to}`,
  live: 'Back to now',
  loading: 'Loading what happened',
  empty: 'Nothing happened in this time',
  emptyText:
    'Failovers, addresses that moved, Pis that went and came back, alerts and runs are written down as they happen, as long as the worker runs.',
  filtered: 'Nothing of this kind happened in this time',
  showAll: 'Show everything',
  newest: (count: number) => `Only the newest ${count} are listed. Choose a shorter time to see the others.`,
} as const

/** "2 changes of the primary, 48 s without one; 3 times a Pi was away." */
export function tallyWords({ changes, withoutPrimary, away, alerts, failedRuns }: Tally): string {
  const times = (count: number, one: string, many: (count: number) => string) =>
    count === 0 ? [] : [count === 1 ? one : many(count)]
  const gap = withoutPrimary >= 1 ? ` (${span(withoutPrimary)} without one)` : ''
  const parts = [
    ...times(changes, `one change of the primary${gap}`, (count) => `${count} changes of the primary${gap}`),
    ...(changes === 0 && gap ? [`${span(withoutPrimary)} without a primary`] : []),
    ...times(away, 'a Pi was away once', (count) => `Pis were away ${count} times`),
    ...times(alerts, 'one alert', (count) => `${count} alerts`),
    ...times(failedRuns, 'one run failed', (count) => `${count} runs failed`),
  ]
  if (parts.length === 0) return 'A quiet time.'
  const text = listed(parts)
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
