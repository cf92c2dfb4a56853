/** Addresses of a run, and of a filtered list of runs. Pure. */
import type { JobKind, RunStatus } from '@bramble/cluster'

/** Seconds. */
export const periods = { '1d': 86_400, '7d': 604_800, '30d': 2_592_000, '1y': 31_536_000 } as const
export type Period = keyof typeof periods

export interface Filter {
  cluster: string | null
  kind: JobKind | null
  status: RunStatus | null
  /** E-mail of who asked. */
  by: string | null
  /** The last so long, or between two moments (seconds since 1970, either may be open); null: whenever. */
  when: Period | { from: number | null; to: number | null } | null
  /** Words in the log; empty: none are sought. */
  words: string
}

export const everyRun: Filter = { cluster: null, kind: null, status: null, by: null, when: null, words: '' }

export function isFiltered(filter: Filter): boolean {
  return runsPath(filter) !== '/runs'
}

export function runsPath(filter: Filter, before?: string): string {
  const query = new URLSearchParams()
  if (filter.words.trim()) query.set('q', filter.words.trim())
  for (const name of ['cluster', 'kind', 'status', 'by'] as const) if (filter[name]) query.set(name, filter[name])
  const { when } = filter
  if (typeof when === 'string') query.set('range', when)
  else if (when) {
    if (when.from !== null) query.set('from', String(when.from))
    if (when.to !== null) query.set('to', String(when.to))
  }
  if (before) query.set('before', before)
  const text = query.toString()
  return text ? `/runs?${text}` : '/runs'
}

/** Where a run is watched: a flash has a page of its own, with its cards. */
export function runPath(run: { id: string; kind: JobKind }): string {
  return run.kind === 'flash' ? `/flash/${run.id}` : `/runs/${run.id}`
}

/** A line of a run's log, with the words that led there marked. */
export function linePath(run: string, seq: number, words: string): string {
  return `/runs/${run}?find=${encodeURIComponent(words)}#L${seq}`
}
