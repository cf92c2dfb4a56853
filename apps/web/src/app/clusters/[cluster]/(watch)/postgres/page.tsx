import type { Metadata } from 'next'
import { access, reaches } from '@/auth/access.ts'
import { PostgresButtons } from '@/features/operations/postgres-buttons.tsx'
import { readCluster } from '@/features/overview/clusters.ts'
import { postgres } from '@/features/postgres/copy.ts'
import { PostgresScreen } from '@/features/postgres/postgres-screen.tsx'

interface PostgresPageProps {
  params: Promise<{ cluster: string }>
}

export async function generateMetadata({ params }: PostgresPageProps): Promise<Metadata> {
  return { title: `${postgres.title} · ${(await params).cluster}` }
}

/** Its data comes with the layout's stream and through the series' route, which ask the same again. */
export default async function PostgresPage({ params }: PostgresPageProps) {
  const who = await access.require('viewer')
  const cluster = await readCluster((await params).cluster)
  const actions = cluster && reaches(who.role, 'operator') && <PostgresButtons busy={cluster.activeRun !== null} />
  return <PostgresScreen actions={actions} />
}
