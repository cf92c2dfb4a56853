import { listClusters } from '@bramble/db'
import { Plus } from 'lucide-react'
import type { Metadata } from 'next'
import Link from 'next/link'
import { Button } from '@/components/ui/button.tsx'
import { Card, CardContent, CardHeader, CardTitle } from '@/components/ui/card.tsx'
import { Page } from '@/components/ui/page.tsx'
import { en } from '@/copy/en.ts'
import { access, reaches } from '@/lib/access.ts'
import { ClusterCard, Stack } from './cluster-card.tsx'

export const metadata: Metadata = { title: en.overview.title }

export default async function OverviewPage() {
  const who = await access.require('viewer')
  const clusters = await listClusters()
  const create = reaches(who.role, 'operator') ? (
    <Button asChild variant="primary">
      <Link href="/clusters/new">
        <Plus aria-hidden />
        {en.overview.create}
      </Link>
    </Button>
  ) : null
  return (
    <Page title={en.overview.title} description={en.overview.description} actions={clusters.length > 0 ? create : null}>
      {clusters.length > 0 ? (
        <ul className="grid gap-5 md:grid-cols-2 2xl:grid-cols-3">
          {clusters.map((cluster) => (
            <li key={cluster.name} className="grid">
              <ClusterCard cluster={cluster} />
            </li>
          ))}
        </ul>
      ) : (
        <FirstSteps create={create} />
      )}
    </Page>
  )
}

function FirstSteps({ create }: { create: React.ReactNode }) {
  return (
    <div className="grid gap-5">
      <section className="grid items-center gap-8 rounded-xl border border-border bg-surface px-6 py-10 shadow-card sm:px-10 md:grid-cols-[minmax(0,1fr)_auto]">
        <div className="grid justify-items-start gap-4">
          <h2 className="font-semibold text-xl">{en.overview.empty}</h2>
          <p className="max-w-prose text-muted">{en.overview.emptyText}</p>
          {create}
        </div>
        <Stack count={4} tone="ok" className="w-44 justify-self-center" />
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
