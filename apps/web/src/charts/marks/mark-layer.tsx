'use client'
/** What happened, over the plot: a fine line and a diamond above it, with its words and the way to more. */
import type { TimelineEvent } from '@bramble/cluster'
import Link from 'next/link'
import { memo, useMemo } from 'react'
import { momentWords } from '@/charts/axis/time-axis.ts'
import type { Box } from '@/charts/frame.ts'
import { cn } from '@/ui/cn.ts'
import { Tooltip } from '@/ui/tooltip.tsx'
import { type Mark, marksOf, spansOf } from './marks.ts'

interface MarkLayerProps {
  events: readonly TimelineEvent[]
  window: { from: number; to: number }
  box: Box
  /** Where a mark leads whose event leads nowhere. */
  timeline: (at: number) => string
}

const inks: Record<TimelineEvent['level'], { line: string; fill: string }> = {
  good: { line: 'border-ok/55', fill: 'bg-ok' },
  info: { line: 'border-info/50', fill: 'bg-info' },
  warning: { line: 'border-warn/60', fill: 'bg-warn' },
  critical: { line: 'border-bad/60', fill: 'bg-bad' },
}

export const MarkLayer = memo(function MarkLayer({ events, window, box, timeline }: MarkLayerProps) {
  const marks = useMemo(() => marksOf(events, window, box.width), [events, window, box.width])
  const spans = useMemo(() => spansOf(events, window), [events, window])
  const xOf = (time: number) => ((time - window.from) / (window.to - window.from)) * box.width
  return (
    <div className="pointer-events-none absolute" style={box}>
      {spans.map(({ id, from, to, level }) => (
        <div
          key={id}
          className={cn('absolute inset-y-0 opacity-[0.08]', inks[level].fill)}
          style={{ left: xOf(from), width: Math.max(1, xOf(to) - xOf(from)) }}
        />
      ))}
      {marks.map((mark) => (
        <div key={`${mark.at} ${mark.events[0]?.id}`} className="absolute inset-y-0" style={{ left: xOf(mark.at) }}>
          <div className={cn('absolute inset-y-0 -left-px border-l border-dashed', inks[mark.level].line)} />
          <Diamond mark={mark} href={mark.events.find(({ link }) => link)?.link ?? timeline(mark.at)} />
        </div>
      ))}
    </div>
  )
})

/** Not in the order of the Tab key: a page of charts would have hundreds. The crosshair reads the same words, and Enter follows. */
function Diamond({ mark, href }: { mark: Mark; href: string }) {
  return (
    <Tooltip
      content={
        <span className="grid gap-1">
          <span className="numeric opacity-75">{momentWords(mark.at)}</span>
          {mark.events.slice(0, 5).map((event) => (
            <span key={event.id}>{event.words}</span>
          ))}
          {mark.events.length > 5 ? <span className="opacity-75">+ {mark.events.length - 5}</span> : null}
        </span>
      }
    >
      <Link
        href={href}
        tabIndex={-1}
        aria-label={mark.events.map(({ words }) => words).join(' ')}
        className="pointer-events-auto absolute -top-3.5 -left-2.5 grid size-5 place-items-center"
      >
        <span className={cn('size-2 rotate-45 rounded-[1px] ring-2 ring-surface', inks[mark.level].fill)} />
      </Link>
    </Tooltip>
  )
}
