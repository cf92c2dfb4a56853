/** Addresses of a run, and of a filtered list of runs. */
import type { JobKind, RunStatus } from '@bramble/cluster'

export interface Filter {
  status: RunStatus | null
  cluster: string | null
}

export function runsPath(filter: Filter, before?: string): string {
  const query = new URLSearchParams()
  if (filter.status) query.set('status', filter.status)
  if (filter.cluster) query.set('cluster', filter.cluster)
  if (before) query.set('before', before)
  const text = query.toString()
  return text ? `/runs?${text}` : '/runs'
}

/** Where a run is watched: a flash has a page of its own, with its cards. */
export function runPath(run: { id: string; kind: JobKind }): string {
  return run.kind === 'flash' ? `/flash/${run.id}` : `/runs/${run.id}`
}
