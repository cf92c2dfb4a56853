'use client'
/** The charts of an app. */
import { vipHolders } from '@bramble/cluster'
import { useMemo } from 'react'
import { ChartBoard } from '@/components/chart/chart-board.tsx'
import { ChartGrid } from '@/components/chart/chart-grid.tsx'
import { RangeBar } from '@/components/chart/range-bar.tsx'
import { SeriesChart } from '@/components/chart/series-chart.tsx'
import { useSpec, useWatch } from '@/components/watch/watch-provider.tsx'
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
