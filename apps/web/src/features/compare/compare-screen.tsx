'use client'
/** One measure of several Pis, on one chart or one each, and the same time before. */
import { usePathname, useSearchParams } from 'next/navigation'
import { useMemo } from 'react'
import { ChartBoard } from '@/charts/board/chart-board.tsx'
import { RangeBar } from '@/charts/board/range-bar.tsx'
import { Chart, type ChartProps } from '@/charts/chart.tsx'
import type { Curve } from '@/charts/curve.ts'
import { nodeLook } from '@/charts/look.ts'
import { type CurveAsk, curvesOf } from '@/charts/series-chart.tsx'
import { watch } from '@/live/copy.ts'
import { useRange } from '@/live/use-range.ts'
import { useSeries } from '@/live/use-series.ts'
import { useSpec } from '@/live/watch-provider.tsx'
import { Empty } from '@/ui/page.tsx'
import { Choice } from './choice.tsx'
import { type Comparison, comparisonOf, measureLabel, withComparison } from './comparison.ts'
import { compare as words } from './copy.ts'
import { beforeWords, earlierWindow, laidOver } from './earlier.ts'
import { SummaryTable } from './summary-table.tsx'

export function CompareScreen() {
  const spec = useSpec()
  const params = useSearchParams()
  const path = usePathname()
  const chosen = useMemo(() => comparisonOf(params, spec), [params, spec])
  function choose(next: Comparison) {
    const query = withComparison(new URLSearchParams(params), spec, next).toString()
    window.history.pushState(null, '', query ? `${path}?${query}` : path)
  }
  return (
    <ChartBoard title={watch.tabs.compare}>
      <RangeBar />
      <Choice chosen={chosen} onChoose={choose} />
      {chosen.nodes.length === 0 ? <Empty title={words.none}>{words.noneText}</Empty> : <Compared chosen={chosen} />}
    </ChartBoard>
  )
}

function Compared({ chosen }: { chosen: Comparison }) {
  const spec = useSpec()
  const { kind, name, metric, before, view } = chosen
  const nodeKey = chosen.nodes.join()
  const asks = useMemo(
    () =>
      nodeKey.split(',').map(
        (node): CurveAsk => ({
          key: node,
          label: node,
          look: nodeLook(spec, node),
          of: { kind, node, name, metric },
        }),
      ),
    [spec, nodeKey, kind, name, metric],
  )
  const live = 'live' in useRange()
  const selectors = useMemo(() => asks.flatMap(({ of }) => of), [asks])
  const present = useSeries(selectors)
  const { data: past } = useSeries(before === null ? none : selectors, earlierWindow(present.window, before ?? 0))
  const bins = useMemo(() => present.data && { times: present.data.times, step: present.data.step }, [present.data])
  const curves = useMemo(() => (present.data ? curvesOf(present.data, asks) : null), [present.data, asks])
  const earlier = useMemo((): Curve[] | null => {
    if (before === null || !bins) return null
    const found = past ? curvesOf(past, asks) : []
    return asks.map(({ key, label, look }) => {
      const curve = found.find((one) => one.key === key)
      return {
        key: `${key} before`,
        label: words.earlier(label, beforeWords(before)),
        look: { ...look, dash: '3 3' },
        unit: curve?.unit ?? curves?.[0]?.unit ?? 'count',
        average: curve && past ? laidOver(curve.average, past, bins, before) : bins.times.map(() => null),
      }
    })
  }, [asks, before, bins, past, curves])
  const title = measureLabel(chosen)
  const common = {
    hint: before === null ? words.hint : words.hintBefore(beforeWords(before)),
    window: present.window,
    live,
    error: present.error,
    onRetry: present.retry,
    stale: present.stale,
  } satisfies Partial<ChartProps>
  const pastEntries =
    before === null
      ? []
      : asks.map(({ key, label, look }) => ({
          key: `${key} before`,
          label: words.earlier(label, beforeWords(before)),
          look: { ...look, dash: '3 3' },
        }))
  return (
    <>
      {view === 'overlay' ? (
        <Chart
          {...common}
          title={title}
          height={380}
          entries={[...asks, ...pastEntries]}
          data={bins && curves ? { bins, curves: [...curves, ...(earlier ?? [])] } : null}
        />
      ) : (
        <div className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,24rem),1fr))] gap-4">
          {asks.map((ask, at) => (
            <Chart
              key={ask.key}
              {...common}
              title={`${ask.label}: ${title}`}
              entries={[ask, ...pastEntries.slice(at, at + 1)]}
              reach={topOf([...(curves ?? []), ...(earlier ?? [])])}
              data={bins && curves ? { bins, curves: [curves[at]!, ...(earlier?.slice(at, at + 1) ?? [])] } : null}
            />
          ))}
        </div>
      )}
      <SummaryTable curves={curves} earlier={earlier} entries={asks} />
    </>
  )
}

const none: never[] = []

/** All small charts reach equally high, or they could not be compared. */
function topOf(curves: readonly Curve[]): number {
  let top = 0
  for (const { average, highest } of curves)
    for (const list of [average, highest])
      for (const value of list ?? []) if (value !== null && value > top) top = value
  return top
}
