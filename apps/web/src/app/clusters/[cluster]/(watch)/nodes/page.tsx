import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { access } from '@/auth/access.ts'
import { nodes } from '@/features/node/copy.ts'
import { NodesScreen } from '@/features/node/nodes-screen.tsx'
import { readCluster } from '@/features/overview/clusters.ts'
import { boardFacts } from '@/features/topology/facts.ts'

interface NodesPageProps {
  params: Promise<{ cluster: string }>
}

export async function generateMetadata({ params }: NodesPageProps): Promise<Metadata> {
  return { title: `${nodes.title} · ${(await params).cluster}` }
}

export default async function NodesPage({ params }: NodesPageProps) {
  await access.require('viewer')
  const cluster = await readCluster((await params).cluster)
  if (!cluster) notFound()
  const models = cluster.nodes.map(({ name, facts }) => {
    const { model, memory } = boardFacts(facts)
    return [name, [model, memory].filter(Boolean).join(', ')]
  })
  return <NodesScreen models={Object.fromEntries(models)} />
}
