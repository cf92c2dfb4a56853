/** A cluster that is not built yet, on the overview: what its runs left behind. */
import type { ClusterSpec } from '@bramble/cluster'
import type { ClusterSummary } from '@bramble/db/clusters'
import { TriangleAlert } from 'lucide-react'
import Link from 'next/link'
import { en } from '@/format/en.ts'
import { Badge, Light } from '@/ui/badge.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { healthOf } from './health.ts'
import { MiniStack } from './mini-stack.tsx'

export function StillCard({ cluster, spec }: { cluster: ClusterSummary; spec: ClusterSpec }) {
  const health = healthOf(cluster)
  const run = cluster.activeRun ?? cluster.lastRun
  const pis = spec.nodes.map(({ name }) => ({
    name,
    power: 'unknown' as const,
    primary: false,
    address: false,
    alarm: false,
  }))
  return (
    <article className="relative grid grid-cols-[minmax(0,1fr)_auto] gap-5 rounded-xl border border-border bg-surface p-5 shadow-card transition-colors hover:border-field">
      <div className="grid content-start gap-3">
        <div>
          <h2 className="wrap-anywhere font-semibold text-xl leading-tight">
            <Link
              href={`/clusters/${cluster.name}`}
              className="rounded-sm after:absolute after:inset-0 after:rounded-xl"
            >
              {cluster.name}
            </Link>
          </h2>
          <p className="numeric mt-1 text-muted text-sm">
            {en.overview.nodes(cluster.nodes)} · {en.overview.vip} <span className="font-mono">{cluster.vip}</span>
          </p>
        </div>
        <p className="flex gap-2.5 text-sm">
          <Light tone={health.tone} live={health.live} className="mt-1.5" />
          <span className="wrap-anywhere">{health.words}</span>
        </p>
        <div className="flex flex-wrap items-center gap-2 text-muted text-xs">
          {cluster.findings.length > 0 ? (
            <Badge tone="warn">
              <TriangleAlert aria-hidden />
              {en.health.weak(cluster.findings.length)}
            </Badge>
          ) : null}
          {run ? <RelativeTime at={run.endedAt ?? run.startedAt ?? run.createdAt} className="numeric" /> : null}
        </div>
      </div>
      <MiniStack pis={pis} className="w-28 self-start" />
    </article>
  )
}
