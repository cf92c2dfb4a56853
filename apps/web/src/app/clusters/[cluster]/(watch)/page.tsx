import { buildingKinds } from '@bramble/cluster'
import { type ClusterView, getRun } from '@bramble/db'
import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { ActiveRun } from '@/components/run/active-run.tsx'
import { LastRun } from '@/components/run/last-run.tsx'
import type { RunView } from '@/components/run/view.ts'
import { boardFacts } from '@/components/stack/facts.ts'
import { Stack } from '@/components/stack/stack.tsx'
import type { BoardView, StackView } from '@/components/stack/view.ts'
import { Alert } from '@/components/ui/alert.tsx'
import { buttonStyle } from '@/components/ui/button.tsx'
import { flash } from '@/copy/flash.ts'
import { lanes } from '@/copy/runs.ts'
import { access, reaches } from '@/lib/access.ts'
import { readBuilt, readCluster } from '@/lib/clusters.ts'

interface ClusterPageProps {
  params: Promise<{ cluster: string }>
}

export async function generateMetadata({ params }: ClusterPageProps): Promise<Metadata> {
  return { title: (await params).cluster }
}

export default async function ClusterPage({ params }: ClusterPageProps) {
  const who = await access.require('viewer')
  const cluster = await readCluster((await params).cluster)
  if (!cluster) notFound()
  const operator = reaches(who.role, 'operator')
  const [{ last, built }, active] = await Promise.all([
    readBuilt(cluster),
    cluster.activeRun ? getRun(cluster.activeRun.id) : null,
  ])
  const bare = cluster.nodes.filter((node) => node.hostKey === null && node.card === null).map((node) => node.name)
  const view = stackView(cluster, last, active, built)
  return (
    <>
      {active ? (
        <ActiveRun initial={active} />
      ) : bare.length > 0 ? (
        <Alert
          tone="info"
          title={flash.waitFor(bare.join(', '))}
          actions={
            operator && (
              <Link className={buttonStyle({ size: 'sm', variant: 'primary' })} href={`/flash?cluster=${cluster.name}`}>
                {flash.title}
              </Link>
            )
          }
        >
          {flash.waitForText}
        </Alert>
      ) : (
        <LastRun run={cluster.lastRun} cluster={cluster.name} provisioned={cluster.lastProvision !== null} />
      )}
      <Stack view={view} operator={operator} busy={active !== null} />
    </>
  )
}

function stackView(cluster: ClusterView, last: RunView | null, active: RunView | null, built: boolean): StackView {
  const changing = active !== null && buildingKinds.includes(active.kind)
  const boards = cluster.nodes.map((node): BoardView => {
    const end = last?.outcome?.nodes.find((entry) => entry.node === node.name)
    const going = changing && (active.only === null || active.only.includes(node.name))
    const ended = end && end.outcome in lanes ? lanes[end.outcome as keyof typeof lanes] : undefined
    return {
      name: node.name,
      lights: {
        power: node.reachable === null ? 'off' : node.reachable ? 'good' : 'bad',
        run: going ? 'busy' : !ended || ended.tone === 'neutral' ? 'off' : ended.tone === 'ok' ? 'good' : 'bad',
      },
      facts: boardFacts(node.facts),
      seenAt: node.seenAt,
      reachable: node.reachable,
      trouble: node.trouble,
      lastRun: going ? 'Being provisioned' : ended ? `Last run: ${ended.label.toLowerCase()}` : null,
      hostKey: node.hostKey,
      card: node.card ? { phase: node.card.phase, run: node.card.run } : node.hostKey === null ? 'missing' : null,
    }
  })
  return { spec: cluster.spec, boards, built }
}
