'use client'
/** The HAProxy page. */
import { vipHolders } from '@bramble/cluster'
import { useMemo } from 'react'
import { ChartBoard } from '@/charts/board/chart-board.tsx'
import { RangeBar } from '@/charts/board/range-bar.tsx'
import { ChartGrid } from '@/charts/chart-grid.tsx'
import { type ChartPlan, SeriesChart } from '@/charts/series-chart.tsx'
import { watch } from '@/live/copy.ts'
import { useSpec, useWatch } from '@/live/watch-provider.tsx'
import { BackendBoard } from './backend-board.tsx'
import { haproxy as words } from './copy.ts'
import { backendCharts, frontendCharts } from './haproxy-charts.ts'
import { RightNow } from './right-now.tsx'
import { VipLanes } from './vip-lanes.tsx'

export function HaproxyScreen({ canOperate }: { canOperate: boolean }) {
  const spec = useSpec()
  const [holder = null] = vipHolders(spec, useWatch())
  const fronts = useMemo(() => frontendCharts(spec), [spec])
  const backs = useMemo(() => backendCharts(spec, holder), [spec, holder])
  return (
    <ChartBoard title={watch.tabs.haproxy}>
      <RangeBar />
      <RightNow />
      <VipLanes />
      <BackendBoard canOperate={canOperate} />
      <ChartGrid title={words.frontends.title} text={words.frontends.text}>
        {fronts.map(planned)}
      </ChartGrid>
      <ChartGrid title={words.backends.title}>{backs.map(planned)}</ChartGrid>
    </ChartBoard>
  )
}

const planned = (plan: ChartPlan) => <SeriesChart key={plan.title} {...plan} />
