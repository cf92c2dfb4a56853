import { readWatch } from '@bramble/db/metrics'
import { openRotation } from '@bramble/db/runs'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import type { ReactNode } from 'react'
import { access, reaches } from '@/auth/access.ts'
import { OpenRotation } from '@/features/operations/open-rotation.tsx'
import { OpenUpgrade } from '@/features/operations/open-upgrade.tsx'
import { OperateMenu } from '@/features/operations/operate-menu.tsx'
import { readBuilt, readCluster } from '@/features/overview/clusters.ts'
import { PlanButtons } from '@/features/stack/plan-buttons.tsx'
import { ClusterTrouble } from '@/features/stack/standing/cluster-trouble.tsx'
import { en } from '@/format/en.ts'
import { ClusterTabs } from '@/live/cluster-tabs.tsx'
import { WatchProvider } from '@/live/watch-provider.tsx'
import { WatchPulse } from '@/live/watch-pulse.tsx'

interface ClusterLayoutProps {
  params: Promise<{ cluster: string }>
  children: ReactNode
}

/** What all tabs of a cluster share: its name, its buttons, the tabs, and one stream for everything live below. */
export default async function ClusterLayout({ params, children }: ClusterLayoutProps) {
  const who = await access.require('viewer')
  const cluster = await readCluster((await params).cluster)
  if (!cluster) notFound()
  const [{ built }, watch, rotation] = await Promise.all([
    readBuilt(cluster),
    readWatch(cluster.name),
    openRotation(cluster.name),
  ])
  const [admin, busy] = [reaches(who.role, 'admin'), cluster.activeRun !== null]
  return (
    <WatchProvider spec={cluster.spec} initial={watch} now={Date.now()}>
      <div className="mx-auto grid w-full max-w-[160rem] grid-cols-[minmax(0,1fr)] gap-5 px-4 py-6 sm:px-8 sm:py-8">
        <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-4">
          <div className="grid min-w-0 gap-1.5">
            <div className="text-muted text-sm">
              <Link href="/">{en.overview.title}</Link>
            </div>
            <h1 className="wrap-anywhere font-semibold text-2xl leading-tight sm:text-3xl">{cluster.name}</h1>
            <p className="flex flex-wrap items-center gap-x-4 gap-y-1 text-muted">
              {en.overview.behind(cluster.nodes.length, cluster.spec.vip)}
              <WatchPulse />
            </p>
          </div>
          {reaches(who.role, 'operator') && (
            <div className="wall:hidden flex flex-wrap items-center gap-2">
              {built && <OperateMenu {...{ busy, admin }} rotating={rotation !== null} />}
              <PlanButtons cluster={cluster.name} {...{ built, busy, admin }} />
            </div>
          )}
        </header>
        <ClusterTabs cluster={cluster.name} />
        {built && <ClusterTrouble />}
        <OpenUpgrade operator={reaches(who.role, 'operator')} busy={busy} />
        <OpenRotation {...{ rotation, admin, busy }} />
        {children}
      </div>
    </WatchProvider>
  )
}
