import { listRuns } from '@bramble/db/runs'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { access, reaches } from '@/auth/access.ts'
import { speedsOf } from '@/features/flash/progress/last-record.tsx'
import { LastRuns } from '@/features/node/last-runs.tsx'
import { NodeScreen } from '@/features/node/node-screen.tsx'
import { NodeMenu } from '@/features/operations/node-menu.tsx'
import { readCluster } from '@/features/overview/clusters.ts'
import { boardFacts } from '@/features/topology/facts.ts'

interface NodePageProps {
  params: Promise<{ cluster: string; node: string }>
}

export async function generateMetadata({ params }: NodePageProps): Promise<Metadata> {
  const { cluster, node } = await params
  return { title: `${node} · ${cluster}` }
}

export default async function NodePage({ params }: NodePageProps) {
  const who = await access.require('viewer')
  const { cluster: name, node } = await params
  const cluster = await readCluster(name)
  const view = cluster?.nodes.find((one) => one.name === node)
  if (!cluster || !view) notFound()
  const runs = (await listRuns({ cluster: name })).filter(({ only }) => only === null || only.includes(node))
  const { facts, hostKey, seenAt, card } = view
  return (
    <NodeScreen
      name={node}
      known={{
        facts: boardFacts(facts),
        hostKey,
        seenAt,
        card: card && { phase: card.phase, run: card.run, at: card.createdAt, speeds: speedsOf(card) },
      }}
      runs={<LastRuns runs={runs.slice(0, 6)} />}
      actions={reaches(who.role, 'operator') && <NodeMenu name={node} busy={cluster.activeRun !== null} />}
    />
  )
}
