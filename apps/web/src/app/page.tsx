import { countOpenAlerts } from '@bramble/db/alerts'
import { getCluster, listClusters } from '@bramble/db/clusters'
import { listWatchable, readWatch } from '@bramble/db/metrics'
import { Plus } from 'lucide-react'
import type { Metadata } from 'next'
import Link from 'next/link'
import { access, reaches } from '@/auth/access.ts'
import { MiniStack } from '@/features/overview/mini-stack.tsx'
import { Overview, type OverviewCluster } from '@/features/overview/overview.tsx'
import { WallButton } from '@/features/shell/wall-button.tsx'
import { en } from '@/format/en.ts'
import { Button } from '@/ui/button.tsx'
import { Card, CardContent, CardHeader, CardTitle } from '@/ui/card.tsx'
import { Page } from '@/ui/page.tsx'

export const metadata: Metadata = { title: en.overview.title }

export default async function OverviewPage() {
  const who = await access.require('viewer')
  const clusters = await clustersNow()
  const create = reaches(who.role, 'operator') ? (
    <Button asChild variant="primary">
      <Link href="/clusters/new">
        <Plus aria-hidden />
        {en.overview.create}
      </Link>
    </Button>
  ) : null
  return (
    <Page
      width={clusters.length > 0 ? 'full' : 'normal'}
      title={en.overview.title}
      description={en.overview.description}
      actions={
        clusters.length > 0 ? (
          <>
            <WallButton />
            <span className="wall:hidden">{create}</span>
          </>
        ) : null
      }
    >
      {clusters.length > 0 ? <Overview clusters={clusters} now={Date.now()} /> : <FirstSteps create={create} />}
    </Page>
  )
}

async function clustersNow(): Promise<OverviewCluster[]> {
  const [summaries, watchable, alerts] = await Promise.all([listClusters(), listWatchable(), countOpenAlerts()])
  const built = new Set(watchable.map(({ spec }) => spec.name))
  const found = await Promise.all(
    summaries.map(async (summary): Promise<OverviewCluster[]> => {
      const cluster = await getCluster(summary.name)
      if (!cluster) return []
      const { critical = 0, warning = 0 } = alerts[summary.name] ?? {}
      const watch = await readWatch(summary.name)
      return [{ summary, spec: cluster.spec, built: built.has(summary.name), watch, alerts: critical + warning }]
    }),
  )
  return found.flat()
}

const firstStack = ['pi-1', 'pi-2', 'pi-3', 'pi-4'].map((name, at) => ({
  name,
  power: 'on' as const,
  primary: at === 1,
  address: at === 0,
  alarm: false,
}))

function FirstSteps({ create }: { create: React.ReactNode }) {
  return (
    <div className="grid gap-5">
      <section className="grid items-center gap-8 rounded-xl border border-border bg-surface px-6 py-10 shadow-card sm:px-10 md:grid-cols-[minmax(0,1fr)_auto]">
        <div className="grid justify-items-start gap-4">
          <h2 className="font-semibold text-xl">{en.overview.empty}</h2>
          <p className="max-w-prose text-muted">{en.overview.emptyText}</p>
          {create}
        </div>
        <MiniStack pis={firstStack} className="w-44 justify-self-center" />
      </section>
      <div className="grid gap-5 md:grid-cols-2">
        <Card>
          <CardHeader>
            <CardTitle>{en.overview.real}</CardTitle>
          </CardHeader>
          <CardContent className="pt-2 text-muted text-sm">
            <p>{en.overview.realText}</p>
          </CardContent>
        </Card>
        <Card>
          <CardHeader>
            <CardTitle>{en.overview.lab}</CardTitle>
          </CardHeader>
          <CardContent className="grid gap-3 pt-2 text-muted text-sm">
            <p>{en.overview.labText}</p>
            <pre className="overflow-x-auto rounded-md bg-sunken px-3 py-2 font-mono text-foreground text-xs">
              {en.overview.labCommand}
            </pre>
          </CardContent>
        </Card>
      </div>
    </div>
  )
}
