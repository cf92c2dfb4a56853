'use client'
/** The Postgres page below its range bar. */
import { nodesWith, primaryOf } from '@bramble/cluster'
import { type ReactNode, useMemo, useState } from 'react'
import { ChartBoard } from '@/components/chart/chart-board.tsx'
import { ChartGrid } from '@/components/chart/chart-grid.tsx'
import { nodeLook } from '@/components/chart/look.ts'
import { NodeChoice } from '@/components/chart/node-choice.tsx'
import { RangeBar } from '@/components/chart/range-bar.tsx'
import { type ChartPlan, SeriesChart } from '@/components/chart/series-chart.tsx'
import { useSpec, useWatch } from '@/components/watch/watch-provider.tsx'
import { postgres as words } from '@/copy/postgres.ts'
import { watch } from '@/copy/watch.ts'
import { ConnectionsChart } from './connections-chart.tsx'
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
