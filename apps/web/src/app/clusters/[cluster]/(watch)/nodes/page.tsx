import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { NodesScreen } from '@/components/node/nodes-screen.tsx'
import { boardFacts } from '@/components/stack/facts.ts'
import { nodes } from '@/copy/node.ts'
import { access } from '@/lib/access.ts'
import { readCluster } from '@/lib/clusters.ts'

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
