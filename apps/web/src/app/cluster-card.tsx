import type { ClusterSummary } from '@bramble/db'
import { TriangleAlert } from 'lucide-react'
import Link from 'next/link'
import { Badge, Light, type Tone } from '@/components/ui/badge.tsx'
import { cn } from '@/components/ui/cn.ts'
import { RelativeTime } from '@/components/ui/time.tsx'
import { en } from '@/copy/en.ts'
import { healthOf } from '@/lib/health.ts'

/** One cluster on the overview: its stack in small, its address, and how it is in words. */
export function ClusterCard({ cluster }: { cluster: ClusterSummary }) {
  const health = healthOf(cluster)
  const run = cluster.activeRun ?? cluster.lastRun
  return (
    <article className="group relative grid grid-cols-[minmax(0,1fr)_auto] gap-5 rounded-lg border border-border bg-surface p-5 shadow-card transition-colors hover:border-field">
      <div className="grid content-start gap-3">
        <div>
          <h2 className="wrap-anywhere font-semibold text-lg leading-tight">
            <Link
              href={`/clusters/${cluster.name}`}
              className="rounded-sm after:absolute after:inset-0 after:rounded-lg"
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
      <Stack count={cluster.nodes} tone={health.tone} live={health.live} className="w-24 self-center sm:w-28" />
    </article>
  )
}

const lights: Record<Tone, string> = {
  neutral: 'fill-led-off',
  primary: 'fill-primary',
  ok: 'fill-led-good',
  warn: 'fill-led-link',
  bad: 'fill-led-bad',
  info: 'fill-led-busy',
}

/** A stack in small: as many boards as there are Pis, ten at most. Decorative. */
export function Stack({
  count,
  tone,
  live,
  className,
}: {
  count: number
  tone: Tone
  live?: boolean
  className?: string
}) {
  const boards = Math.min(10, Math.max(1, count))
  const gap = boards > 5 ? 13 : 22
  const height = boards * gap + 22
  return (
    <svg viewBox={`0 0 120 ${height}`} className={className} aria-hidden="true" focusable="false">
      {[14, 103].map((x) => (
        <rect key={x} x={x} y="4" width="3" height={height - 12} rx="1.5" className="fill-brass" />
      ))}
      {Array.from({ length: boards }, (_, at) => 8 + at * gap).map((y) => (
        <g key={y}>
          <rect x="8" y={y} width="104" height="10" rx="2.5" className="fill-pcb" />
          <rect x="70" y={y - 1.5} width="15" height="9" rx="1" className="fill-metal" />
          <rect x="88" y={y - 1.5} width="12" height="9" rx="1" className="fill-metal" />
          <rect x="34" y={y + 2} width="26" height="3" rx="1" className="fill-part" />
          <circle cx="24" cy={y + 5} r="2.4" className={cn(lights[tone], live && 'animate-breathe')} />
        </g>
      ))}
      <rect x="2" y={height - 9} width="116" height="5" rx="2.5" className="fill-plate" />
    </svg>
  )
}
