import { buildingKinds } from '@bramble/cluster'
import type { ClusterView } from '@bramble/db/clusters'
import { listTimeline } from '@bramble/db/metrics'
import { getRun } from '@bramble/db/runs'
import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { access, reaches } from '@/auth/access.ts'
import { flash } from '@/features/flash/copy.ts'
import { readBuilt, readCluster } from '@/features/overview/clusters.ts'
import { ActiveRun } from '@/features/runs/active-run.tsx'
import { lanes } from '@/features/runs/copy.ts'
import { LastRun } from '@/features/runs/last-run.tsx'
import type { RunView } from '@/features/runs/view.ts'
import { lastRun } from '@/features/stack/copy.ts'
import { LiveStack } from '@/features/stack/live-stack.tsx'
import { RoleEditor } from '@/features/stack/shelf/role-editor.tsx'
import type { BoardView } from '@/features/stack/view.ts'
import { boardFacts } from '@/features/topology/facts.ts'
import { Alert } from '@/ui/alert.tsx'
import { buttonStyle } from '@/ui/button.tsx'

interface ClusterPageProps {
  params: Promise<{ cluster: string }>
}

export async function generateMetadata({ params }: ClusterPageProps): Promise<Metadata> {
  return { title: (await params).cluster }
}

const day = 86_400_000

export default async function ClusterPage({ params }: ClusterPageProps) {
  const who = await access.require('viewer')
  const cluster = await readCluster((await params).cluster)
  if (!cluster) notFound()
  const operator = reaches(who.role, 'operator')
  const now = new Date()
  const [{ last, built }, active, events] = await Promise.all([
    readBuilt(cluster),
    cluster.activeRun ? getRun(cluster.activeRun.id) : null,
    listTimeline({ cluster: cluster.name, from: new Date(now.getTime() - day), to: now }),
  ])
  const boards = boardsOf(cluster, last, active)
  const under = active && <ActiveRun initial={active} />
  if (built) return <LiveStack boards={boards} events={events} operator={operator} busy={active !== null} run={under} />
  const bare = cluster.nodes.filter((node) => node.hostKey === null && node.card === null).map((node) => node.name)
  return (
    <>
      {under ??
        (bare.length > 0 ? (
          <Alert
            tone="info"
            title={flash.waitFor(bare.join(', '))}
            actions={
              operator && (
                <Link
                  className={buttonStyle({ size: 'sm', variant: 'primary' })}
                  href={`/flash?cluster=${cluster.name}`}
                >
                  {flash.title}
                </Link>
              )
            }
          >
            {flash.waitForText}
          </Alert>
        ) : (
          <LastRun run={cluster.lastRun} cluster={cluster.name} provisioned={cluster.lastProvision !== null} />
        ))}
      <RoleEditor spec={cluster.spec} boards={boards} operator={operator} busy={active !== null} />
    </>
  )
}

function boardsOf(cluster: ClusterView, last: RunView | null, active: RunView | null): BoardView[] {
  const changing = active !== null && buildingKinds.includes(active.kind)
  return cluster.nodes.map((node): BoardView => {
    const end = last?.outcome?.nodes.find((entry) => entry.node === node.name)
    const busy = changing && (active.only === null || active.only.includes(node.name))
    const ended = end && end.outcome in lanes ? lanes[end.outcome as keyof typeof lanes] : undefined
    return {
      name: node.name,
      facts: boardFacts(node.facts),
      seenAt: node.seenAt,
      reachable: node.reachable,
      trouble: node.trouble,
      busy,
      lastRun: busy ? lastRun.going : ended ? lastRun.ended(ended.label) : null,
      hostKey: node.hostKey,
      card: node.card ? { phase: node.card.phase, run: node.card.run } : node.hostKey === null ? 'missing' : null,
    }
  })
}
