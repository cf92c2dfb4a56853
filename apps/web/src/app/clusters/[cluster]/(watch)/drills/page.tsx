import { getRun, listDrills } from '@bramble/db'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { DrillsScreen } from '@/components/drills/drills-screen.tsx'
import { drills as words } from '@/copy/drills.ts'
import { access, reaches } from '@/lib/access.ts'
import { readBuilt, readCluster } from '@/lib/clusters.ts'

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
