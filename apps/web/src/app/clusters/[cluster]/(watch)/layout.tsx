import { openRotation, readWatch } from '@bramble/db'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import type { ReactNode } from 'react'
import { OpenRotation } from '@/components/operate/open-rotation.tsx'
import { OpenUpgrade } from '@/components/operate/open-upgrade.tsx'
import { OperateMenu } from '@/components/operate/operate-menu.tsx'
import { ClusterTrouble } from '@/components/stack/cluster-trouble.tsx'
import { PlanButtons } from '@/components/stack/plan-buttons.tsx'
import { ClusterTabs } from '@/components/watch/cluster-tabs.tsx'
import { WatchProvider } from '@/components/watch/watch-provider.tsx'
import { WatchPulse } from '@/components/watch/watch-pulse.tsx'
import { en } from '@/copy/en.ts'
import { access, reaches } from '@/lib/access.ts'
import { readBuilt, readCluster } from '@/lib/clusters.ts'

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
