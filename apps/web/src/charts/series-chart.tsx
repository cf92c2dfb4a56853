'use client'
/** A chart of stored measures: says what it wants, draws what comes. */
import { useMemo } from 'react'
import { type Range, withRange } from '@/live/range.ts'
import type { Selector, SeriesAnswer } from '@/live/series-answer.ts'
import { selectorKey } from '@/live/series-answer.ts'
import { useRange } from '@/live/use-range.ts'
import { useSeries } from '@/live/use-series.ts'
import { useSpec } from '@/live/watch-provider.tsx'
import { Chart, type ChartProps } from './chart.tsx'
import type { Curve, Look } from './curve.ts'

export interface CurveAsk {
  key: string
  label: string
  look: Look
  /** Several are added up. */
  of: Selector | readonly Selector[]
}

/** All that a chart of stored measures is. */
export interface ChartPlan extends Pick<ChartProps, 'title' | 'hint' | 'shape' | 'limits' | 'afloat'> {
  asks: readonly CurveAsk[]
}

interface SeriesChartProps extends ChartPlan, Pick<ChartProps, 'height' | 'className'> {}

export function SeriesChart({ asks, ...props }: SeriesChartProps) {
  const range = useRange()
  const { name } = useSpec()
  const live = 'live' in range
  const selectors = useMemo(() => asks.flatMap(({ of }) => of), [asks])
  const { data, window, error, stale, retry } = useSeries(selectors)
  const drawn = useMemo(
    () => (data ? { bins: { times: data.times, step: data.step }, curves: curvesOf(data, asks) } : null),
    [data, asks],
  )
  return (
    <Chart
      {...props}
      compare={compareLink(name, asks, range)}
      entries={asks}
      data={drawn}
      window={window}
      live={live}
      error={error}
      onRetry={retry}
      stale={stale}
    />
  )
}

/** A curve for each ask; one that nobody measured yet is empty. */
export function curvesOf(answer: SeriesAnswer, asks: readonly CurveAsk[]): Curve[] {
  const found = new Map(answer.series.map((series) => [selectorKey(series), series]))
  return asks.map(({ key, label, look, of }) => {
    const parts = [of].flat().flatMap((selector: Selector) => found.get(selectorKey(selector)) ?? [])
    const [first, ...others] = parts
    const unit = first?.unit ?? 'count'
    if (!first) return { key, label, look, unit, average: answer.times.map(() => null) }
    if (others.length === 0) return { key, label, look, unit, average: first.average, highest: first.highest }
    // The highest of a sum is not the sum of the highest: they need not have come together.
    return { key, label, look, unit, average: answer.times.map((_, at) => sum(parts.map((part) => part.average[at]))) }
  })
}

/** A chart of one measure of several nodes can be looked at closer on the page that compares. */
function compareLink(cluster: string, asks: readonly CurveAsk[], range: Range): string | undefined {
  const measures = new Set(asks.map(({ of }) => ('metric' in of ? `${of.kind}:${of.name}:${of.metric}` : 'several')))
  const [measure] = measures
  if (measures.size !== 1 || !measure || measure === 'several') return undefined
  return `/clusters/${cluster}/compare?${withRange(new URLSearchParams({ m: measure }), range)}`
}

function sum(values: readonly (number | null | undefined)[]): number | null {
  const known = values.filter((value) => value != null)
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0)
}
