import type { Metadata } from 'next'
import { PostgresScreen } from '@/components/postgres/postgres-screen.tsx'
import { postgres } from '@/copy/postgres.ts'
import { access } from '@/lib/access.ts'

interface PostgresPageProps {
  params: Promise<{ cluster: string }>
}

export async function generateMetadata({ params }: PostgresPageProps): Promise<Metadata> {
  return { title: `${postgres.title} · ${(await params).cluster}` }
}

/** Its data comes with the layout's stream and through the series' route, which ask the same again. */
export default async function PostgresPage() {
  await access.require('viewer')
  return <PostgresScreen />
}
