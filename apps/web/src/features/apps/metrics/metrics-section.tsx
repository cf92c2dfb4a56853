'use client'
/** The charts of an app. */
import { vipHolders } from '@bramble/cluster'
import { useMemo } from 'react'
import { ChartBoard } from '@/charts/board/chart-board.tsx'
import { RangeBar } from '@/charts/board/range-bar.tsx'
import { ChartGrid } from '@/charts/chart-grid.tsx'
import { SeriesChart } from '@/charts/series-chart.tsx'
import { useSpec, useWatch } from '@/live/watch-provider.tsx'
import { appCharts } from './app-charts.ts'
import { metrics as words } from './copy.ts'

export function MetricsSection({ app }: { app: string }) {
  const spec = useSpec()
  const [holder = null] = vipHolders(spec, useWatch())
  const plans = useMemo(() => appCharts(spec, app, holder), [spec, app, holder])
  return (
    <ChartBoard>
      {/* The bar sticks to the top of the screen only as long as the charts are there. */}
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <RangeBar />
        <ChartGrid title={words.title} text={words.text}>
          {plans.map((plan) => (
            <SeriesChart key={plan.title} {...plan} />
          ))}
        </ChartGrid>
      </div>
    </ChartBoard>
  )
}
