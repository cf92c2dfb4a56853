/** The answer at a glance: is it up, and if not, why and for how long. */
import type { ClusterSpec, Standing } from '@bramble/cluster'
import { CircleCheck, CircleX, Clock, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { live } from '@/features/stack/copy.ts'
import { cn } from '@/ui/cn.ts'
import { failoverNext, failoverWords, headline, readOnlyWords, staleWords, verdicts, verdictWords } from './copy.ts'

const looks = {
  good: { icon: CircleCheck, frame: 'border-ok/35 bg-ok-subtle', ink: 'text-ok' },
  info: { icon: Clock, frame: 'border-info/35 bg-info-subtle', ink: 'text-info' },
  warning: { icon: TriangleAlert, frame: 'border-warn/40 bg-warn-subtle', ink: 'text-warn' },
  critical: { icon: CircleX, frame: 'border-bad/45 bg-bad-subtle', ink: 'text-bad' },
  unknown: { icon: Clock, frame: 'border-border bg-surface', ink: 'text-muted' },
} as const

interface HeadlineProps {
  standing: Standing
  spec: ClusterSpec
  /** At the right: what can be done about the page itself. */
  actions?: ReactNode
}

export function Headline({ standing, spec, actions }: HeadlineProps) {
  const { verdict, level, stale, failover, readOnly } = standing
  const { icon: Icon, frame, ink } = looks[stale ? 'warning' : level]
  const next = nextWords(standing)
  return (
    <section
      aria-label={live.headline}
      data-testid="headline"
      data-verdict={verdict}
      className={cn('grid gap-2 rounded-xl border px-4 py-4 transition-colors duration-500 sm:px-6 sm:py-5', frame)}
    >
      <div className="grid grid-cols-[auto_minmax(0,1fr)] items-start gap-x-4 gap-y-3 sm:grid-cols-[auto_minmax(0,1fr)_auto]">
        <Icon className={cn('mt-0.5 size-8 shrink-0 sm:size-10', ink)} strokeWidth={2.2} aria-hidden />
        <div className="grid min-h-14 min-w-0 content-center gap-1">
          <h2 className="font-semibold text-xl leading-tight sm:text-2xl">
            {verdictWords(standing)}
            <span className="sr-only">. </span>
          </h2>
          <p className="numeric text-base leading-snug sm:text-lg">{headline(standing, spec)}</p>
        </div>
        {actions && <div className="flex gap-2 max-sm:col-span-2">{actions}</div>}
      </div>
      {stale && <p className="font-medium text-warn sm:pl-14">{staleWords}</p>}
      {next && <p className="text-muted text-sm sm:pl-14">{next}</p>}
      {failover?.phase === 'over' && !readOnly && (
        <p className="numeric text-sm sm:pl-14">
          {failoverWords(failover)} {failoverNext(failover)}
        </p>
      )}
      {/* Told once per change, not once per second. */}
      <p className="sr-only" role="status">
        {verdicts[verdict]}
        {failover && `: ${failover.phase}`}
      </p>
    </section>
  )
}

function nextWords({ readOnly, failover, verdict }: Standing): string | null {
  if (verdict === 'changing' && failover) return failoverNext(failover)
  return readOnly ? readOnlyWords(readOnly).next : null
}
