import { nodesWith, staying } from '@bramble/cluster'
import { getApp } from '@bramble/db/apps'
import { getRun } from '@bramble/db/runs'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { access, reaches } from '@/auth/access.ts'
import { AppScreen } from '@/features/apps/app-screen.tsx'
import { withoutMessages } from '@/features/apps/without-messages.ts'
import { readCluster } from '@/features/overview/clusters.ts'

interface AppPageProps {
  params: Promise<{ cluster: string; app: string }>
}

export async function generateMetadata({ params }: AppPageProps): Promise<Metadata> {
  const { cluster, app } = await params
  return { title: `${app} · ${cluster}` }
}

export default async function AppPage({ params }: AppPageProps) {
  const who = await access.require('viewer')
  const { cluster: name, app: appName } = await params
  const [cluster, app] = await Promise.all([readCluster(name), getApp(name, appName)])
  if (!cluster || !app) notFound()
  const active = cluster.activeRun ? await getRun(cluster.activeRun.id) : null
  const operator = reaches(who.role, 'operator')
  return (
    <AppScreen
      {...{ active, operator }}
      app={operator ? app : withoutMessages(app)}
      cluster={name}
      webNodes={nodesWith(staying(cluster.spec), 'web').map((node) => node.name)}
      admin={reaches(who.role, 'admin')}
    />
  )
}
