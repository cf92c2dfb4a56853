'use client'
/** The Postgres page below its range bar. */
import { nodesWith, primaryOf } from '@bramble/cluster'
import { type ReactNode, useMemo, useState } from 'react'
import { ChartBoard } from '@/charts/board/chart-board.tsx'
import { NodeChoice } from '@/charts/board/node-choice.tsx'
import { RangeBar } from '@/charts/board/range-bar.tsx'
import { ChartGrid } from '@/charts/chart-grid.tsx'
import { nodeLook } from '@/charts/look.ts'
import { type ChartPlan, SeriesChart } from '@/charts/series-chart.tsx'
import { watch } from '@/live/copy.ts'
import { useSpec, useWatch } from '@/live/watch-provider.tsx'
import { ConnectionsChart } from './connections-chart.tsx'
import { postgres as words } from './copy.ts'
import { Inside } from './inside.tsx'
import { replicationCharts, sessionCharts, upkeepCharts, workCharts } from './postgres-charts.ts'
import { RightNow } from './right-now.tsx'
import { RoleLanes } from './role-lanes.tsx'

export function PostgresScreen({ actions }: { actions: ReactNode }) {
  const spec = useSpec()
  const plans = useMemo(
    () => ({
      work: workCharts(spec),
      sessions: sessionCharts(spec),
      replication: replicationCharts(spec),
      upkeep: upkeepCharts(spec),
    }),
    [spec],
  )
  return (
    <ChartBoard title={watch.tabs.postgres}>
      <RangeBar />
      {actions}
      <RightNow />
      <RoleLanes />
      <ChartGrid title={words.work.title}>{plans.work.map(planned)}</ChartGrid>
      <Sessions plans={plans.sessions} />
      <ChartGrid title={words.replication.title}>{plans.replication.map(planned)}</ChartGrid>
      <ChartGrid title={words.upkeep.title}>{plans.upkeep.map(planned)}</ChartGrid>
      <Inside />
    </ChartBoard>
  )
}

const planned = (plan: ChartPlan) => <SeriesChart key={plan.title} {...plan} />

function Sessions({ plans }: { plans: readonly ChartPlan[] }) {
  const spec = useSpec()
  const primary = primaryOf(useWatch())
  const [asked, setAsked] = useState<string | null>(null)
  const copies = nodesWith(spec, 'postgres').map(({ name }) => name)
  const node = asked ?? primary ?? copies[0]
  if (node === undefined) return null
  return (
    <ChartGrid
      title={words.sessions.title}
      actions={
        <NodeChoice
          label={words.sessions.of}
          chosen={node}
          onChoose={setAsked}
          nodes={copies.map((name) => ({
            name,
            colour: nodeLook(spec, name).colour,
            note: name === primary ? words.sessions.primaryNow : undefined,
          }))}
        />
      }
    >
      <ConnectionsChart node={node} />
      {plans.map(planned)}
    </ChartGrid>
  )
}
