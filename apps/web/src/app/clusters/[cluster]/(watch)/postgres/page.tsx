import type { Metadata } from 'next'
import { PostgresButtons } from '@/components/operate/postgres-buttons.tsx'
import { PostgresScreen } from '@/components/postgres/postgres-screen.tsx'
import { postgres } from '@/copy/postgres.ts'
import { access, reaches } from '@/lib/access.ts'
import { readCluster } from '@/lib/clusters.ts'

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
