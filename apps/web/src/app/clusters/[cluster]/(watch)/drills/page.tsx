import { getRun, listDrills } from '@bramble/db/runs'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { access, reaches } from '@/auth/access.ts'
import { drills as words } from '@/features/drills/copy.ts'
import { DrillsScreen } from '@/features/drills/drills-screen.tsx'
import { readBuilt, readCluster } from '@/features/overview/clusters.ts'

interface DrillsPageProps {
  params: Promise<{ cluster: string }>
}

export async function generateMetadata({ params }: DrillsPageProps): Promise<Metadata> {
  return { title: `${words.title} · ${(await params).cluster}` }
}

export default async function DrillsPage({ params }: DrillsPageProps) {
  const who = await access.require('viewer')
  const cluster = await readCluster((await params).cluster)
  if (!cluster) notFound()
  const [drills, { built }, active] = await Promise.all([
    listDrills(cluster.name),
    readBuilt(cluster),
    cluster.activeRun ? getRun(cluster.activeRun.id) : null,
  ])
  const { preset, synchronous } = cluster.spec
  return (
    <DrillsScreen
      {...{ drills, active, built, preset, synchronous }}
      cluster={cluster.name}
      canOperate={reaches(who.role, 'operator')}
    />
  )
}
