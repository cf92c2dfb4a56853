/** One open alert: what is wrong, what to do, since when, and its silence. */
import type { AlertLevel } from '@bramble/cluster'
import type { AlertView } from '@bramble/db/alerts'
import { Repeat } from 'lucide-react'
import Link from 'next/link'
import { Badge } from '@/ui/badge.tsx'
import { cn } from '@/ui/cn.ts'
import { RelativeTime } from '@/ui/time.tsx'
import { alerts as words } from './copy.ts'
import { LevelMark } from './level.tsx'
import { SilenceMenu } from './silence-menu.tsx'
import { SilenceBadge } from './silence-time.tsx'
import { subjectOf } from './subject.ts'

const edges: Record<AlertLevel, string> = {
  critical: 'border-l-bad',
  warning: 'border-l-warn',
  info: 'border-l-info',
}

interface AlertRowProps {
  alert: AlertView
  /** Several clusters are listed: each row says whose it is. */
  named: boolean
  /** The reader may silence it. */
  operator: boolean
}

export function AlertRow({ alert, named, operator }: AlertRowProps) {
  const { level, title, node, cluster, silence } = alert
  const subject = subjectOf(alert)
  return (
    <li
      id={alert.id}
      className={cn(
        'grid scroll-mt-20 grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-3 rounded-lg border border-border border-l-4 bg-surface p-4 shadow-card target:ring-2 target:ring-primary sm:grid-cols-[auto_minmax(0,1fr)_auto] sm:px-5',
        edges[level],
        silence && 'border-l-border bg-surface/60',
      )}
    >
      <LevelMark level={level} className="mt-0.5" />
      <div className="grid min-w-0 gap-2">
        <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1.5">
          <h3 className="wrap-anywhere font-semibold leading-snug">
            {title}
            {subject && <span className="font-normal text-muted"> {subject}</span>}
          </h3>
          {named && <Place href={`/clusters/${cluster}`}>{cluster}</Place>}
          {node && <Place href={`/clusters/${cluster}/nodes/${node}`}>{node}</Place>}
          {alert.times > 1 && (
            <Badge>
              <Repeat aria-hidden />
              {words.times(alert.times)}
            </Badge>
          )}
          {silence && <SilenceBadge silence={silence} />}
        </div>
        <p className="wrap-anywhere text-sm">{alert.words}</p>
        <p className="wrap-anywhere text-muted text-sm">
          <span className="font-medium text-foreground">{words.cure}:</span> {alert.cure}
        </p>
      </div>
      <div className="col-start-2 flex items-center justify-between gap-3 sm:col-start-3 sm:flex-col sm:items-end">
        <p className="text-muted text-sm">
          <RelativeTime at={alert.since} className="numeric whitespace-nowrap" />
        </p>
        {operator && !silence && <SilenceMenu alert={alert} />}
      </div>
    </li>
  )
}

function Place({ href, children }: { href: string; children: string }) {
  return (
    <Link href={href} className="rounded-sm font-medium text-primary text-sm underline-offset-4 hover:underline">
      {children}
    </Link>
  )
}
