/** What the address of the list of runs says. What makes no sense there is left out. */
import { ClusterName, JobKind, RunStatus } from '@bramble/cluster'
import type { RunFilter } from '@bramble/db/runs'
import { z } from 'zod'
import { type Filter, type Period, periods } from './run-path.ts'

const Seconds = z.coerce.number().int().min(0).max(1e11).optional().catch(undefined)

const Query = z.object({
  q: z.string().trim().max(200).optional().catch(undefined),
  cluster: ClusterName.optional().catch(undefined),
  kind: JobKind.optional().catch(undefined),
  status: RunStatus.optional().catch(undefined),
  by: z.string().max(200).optional().catch(undefined),
  range: z
    .enum(Object.keys(periods) as [Period, ...Period[]])
    .optional()
    .catch(undefined),
  from: Seconds,
  to: Seconds,
  before: z.iso.datetime().optional().catch(undefined),
})

export function runsAsked(parameters: Record<string, unknown>): { filter: Filter; before: string | undefined } {
  const { q, cluster, kind, status, by, range, from, to, before } = Query.parse(parameters)
  const between = from === undefined && to === undefined ? null : { from: from ?? null, to: to ?? null }
  const filter = {
    cluster: cluster ?? null,
    kind: kind ?? null,
    status: status ?? null,
    by: by ?? null,
    when: range ?? between,
    words: q ?? '',
  }
  return { filter, before }
}

/** For the database. `now`: milliseconds. */
export function runFilter({ cluster, kind, status, by, when }: Filter, now: number): RunFilter {
  const moment = (seconds: number | null) => (seconds === null ? undefined : new Date(seconds * 1000))
  const span =
    typeof when === 'string'
      ? { from: new Date(now - periods[when] * 1000) }
      : { from: moment(when?.from ?? null), to: moment(when?.to ?? null) }
  return {
    cluster: cluster ?? undefined,
    kind: kind ?? undefined,
    status: status ?? undefined,
    by: by ?? undefined,
    ...span,
  }
}
