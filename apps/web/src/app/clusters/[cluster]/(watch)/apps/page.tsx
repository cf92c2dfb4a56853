import { listApps } from '@bramble/db/apps'
import { getRun } from '@bramble/db/runs'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { access, reaches } from '@/auth/access.ts'
import { AppsScreen } from '@/features/apps/apps-screen.tsx'
import { apps as words } from '@/features/apps/copy.ts'
import { withoutMessages } from '@/features/apps/without-messages.ts'
import { readBuilt, readCluster } from '@/features/overview/clusters.ts'

interface AppsPageProps {
  params: Promise<{ cluster: string }>
}

export async function generateMetadata({ params }: AppsPageProps): Promise<Metadata> {
  return { title: `${words.title} · ${(await params).cluster}` }
}

export default async function AppsPage({ params }: AppsPageProps) {
  const who = await access.require('viewer')
  const cluster = await readCluster((await params).cluster)
  if (!cluster) notFound()
  const [apps, { built }, active] = await Promise.all([
    listApps(cluster.name),
    readBuilt(cluster),
    cluster.activeRun ? getRun(cluster.activeRun.id) : null,
  ])
  const operator = reaches(who.role, 'operator')
  const shown = operator ? apps : apps?.map(withoutMessages)
  return <AppsScreen {...{ active, built, operator }} cluster={cluster.name} apps={shown ?? []} />
}
