'use client'
/** The connections of one node by what they do, against how many there may be. */
import { useMemo } from 'react'
import { Chart } from '@/charts/chart.tsx'
import type { Curve } from '@/charts/curve.ts'
import { looks } from '@/charts/look.ts'
import type { SeriesAnswer } from '@/live/series-answer.ts'
import { useRange } from '@/live/use-range.ts'
import { useSeries } from '@/live/use-series.ts'
import { postgres } from './copy.ts'
import { connectionSelectors } from './postgres-charts.ts'

const words = postgres.sessions.states
const entries = [
  { key: 'active', label: words.active, look: looks.strong },
  { key: 'waiting', label: words.waiting, look: looks.bad },
  { key: 'idleInTransaction', label: words.idleInTransaction, look: looks.warn },
  { key: 'idle', label: words.idle, look: looks.pale },
]

export function ConnectionsChart({ node }: { node: string }) {
  const live = 'live' in useRange()
  const selectors = useMemo(() => connectionSelectors(node), [node])
  const { data, window, error, stale, retry } = useSeries(selectors)
  const drawn = useMemo(
    () => (data ? { bins: { times: data.times, step: data.step }, curves: partsOf(data) } : null),
    [data],
  )
  const most = useMemo(() => mostOf(data), [data])
  const limits = useMemo(() => (most === null ? [] : [{ value: most, label: `${most} ${words.limit}` }]), [most])
  return (
    <Chart
      title={words.title(node)}
      hint={words.hint}
      entries={entries}
      data={drawn}
      shape="stack"
      limits={limits}
      {...{ window, live, error, stale }}
      onRetry={retry}
    />
  )
}

function partsOf({ series, times }: SeriesAnswer): Curve[] {
  const of = (metric: string) => series.find((one) => one.metric === metric)?.average ?? []
  const [active, waiting, held, all] = [of('active'), of('waitingForLock'), of('idleInTransaction'), of('connections')]
  const idle = times.map((_, at) => {
    const total = all[at]
    return total == null ? null : Math.max(0, total - (active[at] ?? 0) - (waiting[at] ?? 0) - (held[at] ?? 0))
  })
  return [active, waiting, held, idle].map((average, at) => ({
    ...entries[at]!,
    unit: 'count',
    average: times.map((_, bin) => average[bin] ?? null),
  }))
}

function mostOf(data: SeriesAnswer | undefined): number | null {
  const limit = data?.series.find((one) => one.metric === 'maxConnections')?.average
  return limit?.findLast((value) => value !== null) ?? null
}
