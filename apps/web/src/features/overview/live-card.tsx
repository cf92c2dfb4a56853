'use client'
/** A cluster on the overview: its stack in small, how it stands in words, its traffic and its days. */
import type { ClusterSpec, ClusterWatch, Level, TimelineEvent } from '@bramble/cluster'
import { vipHolders } from '@bramble/cluster'
import { BellRing } from 'lucide-react'
import Link from 'next/link'
import { useMemo } from 'react'
import { Sparkline } from '@/charts/spark/sparkline.tsx'
import { headline, staleWords, verdictWords } from '@/features/stack/standing/copy.ts'
import { useStanding } from '@/features/stack/standing/use-standing.ts'
import { sightOf } from '@/features/topology/sight.ts'
import { figure } from '@/format/figure.ts'
import { Light, type Tone } from '@/ui/badge.tsx'
import { cn } from '@/ui/cn.ts'
import { uptimeDays, useRequests, useUptime } from './card-data.ts'
import { card as words } from './copy.ts'
import { type MiniPi, MiniStack } from './mini-stack.tsx'
import { UptimeStrip } from './uptime-strip.tsx'

const tones: Record<Level, Tone> = { good: 'ok', info: 'info', warning: 'warn', critical: 'bad', unknown: 'neutral' }
const frames: Record<Level, string> = {
  good: 'border-border',
  info: 'border-border',
  unknown: 'border-border',
  warning: 'border-warn/50',
  critical: 'border-bad/60 bg-bad-subtle/40',
}

interface LiveCardProps {
  spec: ClusterSpec
  watch: ClusterWatch
  events: readonly TimelineEvent[]
  alerts: number
  now: () => number
}

export function LiveCard({ spec, watch, events, alerts, now }: LiveCardProps) {
  const { standing, conditions } = useStanding({ spec, watch, events, now })
  const requests = useRequests(spec.name)
  const days = useUptime(spec.name)
  const pis = useMemo(() => pisOf(spec, watch), [spec, watch])
  const level = standing.stale ? 'warning' : standing.level
  const [holder] = vipHolders(spec, watch)
  const [worst, ...others] = conditions
  return (
    <article
      data-testid={`card-${spec.name}`}
      data-verdict={standing.verdict}
      className={cn(
        'relative grid content-between gap-4 rounded-xl border bg-surface p-5 shadow-card transition-colors hover:border-field',
        frames[level],
      )}
    >
      <div className="grid grid-cols-[minmax(0,1fr)_auto] gap-5">
        <div className="grid min-w-0 content-start gap-2">
          <h2 className="wrap-anywhere flex items-center gap-2.5 font-semibold text-xl leading-tight">
            <Light tone={tones[level]} live={level !== 'unknown'} className="size-3" />
            <Link href={`/clusters/${spec.name}`} className="rounded-sm after:absolute after:inset-0 after:rounded-xl">
              {spec.name}
            </Link>
            {alerts > 0 && (
              <span className="ml-auto inline-flex items-center gap-1 whitespace-nowrap rounded-full bg-bad-subtle px-2 py-0.5 font-medium text-bad text-xs">
                <BellRing className="size-3.5" aria-hidden />
                {words.alerts(alerts)}
              </span>
            )}
          </h2>
          <p className="numeric min-h-16 text-sm">
            <span className="font-medium">{verdictWords(standing)}.</span> {headline(standing, spec)}
            {standing.stale && <span className="block font-medium text-warn">{staleWords}</span>}
            {worst && !standing.stale && standing.failover === null && (
              <span className={cn('block', worst.level === 'critical' ? 'text-bad' : 'text-warn')}>
                {worst.words} {others.length > 0 && <span className="text-muted">{words.more(others.length)}</span>}
              </span>
            )}
          </p>
        </div>
        <MiniStack pis={pis} className="w-28 self-start" />
      </div>
      <div className="grid grid-cols-[minmax(0,5fr)_minmax(0,3fr)] items-end gap-x-5 gap-y-3">
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-1 text-sm">
          <dt className="text-muted">{words.primary}</dt>
          <dd className={cn('truncate font-medium', standing.primary === null && 'text-bad')}>
            {standing.primary ?? (watch.at === null ? '–' : words.none)}
          </dd>
          <dt className="text-muted">{words.address}</dt>
          <dd className={cn('numeric truncate', watch.at !== null && !holder && 'font-medium text-bad')}>
            {watch.at === null ? spec.vip : words.on(spec.vip, holder ?? words.nobody)}
          </dd>
        </dl>
        <div className="grid gap-1">
          <p className="numeric flex items-baseline justify-between gap-2 text-sm">
            <span className="text-muted">{words.requests}</span>
            <span className="font-medium">
              {typeof requests?.value === 'number' ? figure(requests.value, 'per-second') : '–'}
            </span>
          </p>
          <Sparkline
            values={requests?.course ?? []}
            colour="currentColor"
            top={1}
            height={24}
            className="w-full text-primary"
          />
        </div>
        <div className="col-span-2">
          <UptimeStrip days={days} count={uptimeDays} />
        </div>
      </div>
    </article>
  )
}

function pisOf(spec: ClusterSpec, watch: ClusterWatch): MiniPi[] {
  return spec.nodes.map((node) => {
    const { power, marks, warnings } = sightOf(spec, watch, node)
    return {
      name: node.name,
      power,
      primary: marks.some(({ kind, tone }) => kind === 'primary' && tone === 'strong'),
      address: marks.some(({ kind }) => kind === 'address'),
      alarm: warnings.length > 0 || marks.some(({ tone }) => tone === 'bad'),
    }
  })
}
