'use client'
/** All clusters at a glance. */
import type { ClusterSpec, ClusterWatch } from '@bramble/cluster'
import type { ClusterSummary } from '@bramble/db/clusters'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { TroubleMark } from '@/features/shell/trouble-mark.tsx'
import { cn } from '@/ui/cn.ts'
import { useNight } from './card-data.ts'
import { LiveCard } from './live-card.tsx'
import { useManyWatches } from './many-watch.ts'
import { Night } from './night.tsx'
import { StillCard } from './still-card.tsx'
import { worstOf } from './worst.ts'

export interface OverviewCluster {
  summary: ClusterSummary
  spec: ClusterSpec
  built: boolean
  watch: ClusterWatch
  alerts: number
}

interface OverviewProps {
  clusters: readonly OverviewCluster[]
  /** The server's clock when it made the page, ms. */
  now: number
}

export function Overview(props: OverviewProps) {
  const [client] = useState(() => new QueryClient({ defaultOptions: { queries: { retry: 1 } } }))
  return (
    <QueryClientProvider client={client}>
      <Cards {...props} />
    </QueryClientProvider>
  )
}

/** A browser's clock that is wrong by more than this is set right by the server's; ms. */
const tolerated = 5_000

function Cards({ clusters, now }: OverviewProps) {
  const [clock] = useState(() => {
    const skew = Math.abs(now - Date.now()) > tolerated ? now - Date.now() : 0
    return () => (Date.now() + skew) / 1000
  })
  const initial = useMemo(() => Object.fromEntries(clusters.map(({ spec, watch }) => [spec.name, watch])), [clusters])
  const { watches } = useManyWatches(initial)
  const built = useMemo(() => clusters.filter(({ built }) => built).map(({ spec }) => spec.name), [clusters])
  const night = useNight(built)
  const worst = useMemo(
    () =>
      worstOf(
        clusters
          .filter((cluster) => cluster.built)
          .map(({ spec, watch }) => ({ spec, watch: watches.get(spec.name) ?? watch })),
      ),
    [clusters, watches],
  )
  return (
    <div
      className={cn(
        'grid gap-5',
        built.length > 0 &&
          (clusters.length > 1
            ? 'min-[94rem]:grid-cols-[minmax(0,1fr)_26rem]'
            : 'min-[94rem]:grid-cols-[minmax(0,44rem)_minmax(0,44rem)]'),
      )}
    >
      <TroubleMark level={worst} />
      <ul className="grid list-none content-start gap-5 [grid-template-columns:repeat(auto-fill,minmax(min(100%,27rem),1fr))]">
        {clusters.map(({ summary, spec, built, watch, alerts }) => (
          <li key={spec.name} className="grid">
            {built ? (
              <LiveCard
                spec={spec}
                watch={watches.get(spec.name) ?? watch}
                events={night?.find(({ cluster }) => cluster === spec.name)?.events ?? none}
                alerts={alerts}
                now={clock}
              />
            ) : (
              <StillCard cluster={summary} spec={spec} />
            )}
          </li>
        ))}
      </ul>
      {built.length > 0 && <Night clusters={built} />}
    </div>
  )
}

const none: never[] = []
