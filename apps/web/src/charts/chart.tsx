'use client'
/** One chart: its name, one line on how to read it, the plot, the legend. Every state has the same size. */
import { useMemo, useRef, useState } from 'react'
import { chart as words } from '@/live/copy.ts'
import { useSpec } from '@/live/watch-provider.tsx'
import { Button } from '@/ui/button.tsx'
import { Card } from '@/ui/card.tsx'
import { cn } from '@/ui/cn.ts'
import { useHidden } from './board/chart-board.tsx'
import { ChartMenu } from './board/chart-menu.tsx'
import { ChartTable } from './board/chart-table.tsx'
import type { Bins, Curve, Look } from './curve.ts'
import { Drawing, type Limit } from './drawing.tsx'
import { Legend } from './legend.tsx'
import { useNear, useWidth } from './measured-size.ts'
import type { Shape } from './plot.tsx'
import { PlotSkeleton } from './plot-skeleton.tsx'

export interface ChartProps {
  title: string
  /** What is good, and when to worry: one short line. */
  hint: string
  /** All curves, before their data: the legend never moves. */
  entries: readonly { key: string; label: string; look: Look }[]
  /** Null while it is awaited. */
  data: { bins: Bins; curves: readonly Curve[] } | null
  window: { from: number; to: number }
  live: boolean
  error?: Error | null
  onRetry?: () => void
  /** Another range's data, until this one's comes. */
  stale?: boolean
  shape?: Shape
  limits?: readonly Limit[]
  /** The axis begins below the lowest value instead of at nothing: for what always lies high. */
  afloat?: boolean | undefined
  /** The axis goes up to here at least: for charts that are compared. */
  reach?: number
  /** Pixels of the plot with its axes. */
  height?: number
  /** Where the same measure is compared between nodes. */
  compare?: string | undefined
  className?: string
}

const none: readonly Limit[] = []

export function Chart({ title, hint, entries, data, window, live, error, onRetry, stale, ...rest }: ChartProps) {
  const { shape = 'lines', limits = none, afloat = false, reach = 0, height = 190, compare, className } = rest
  const { name } = useSpec()
  const place = useRef<HTMLDivElement>(null)
  const width = useWidth(place)
  const near = useNear(place)
  const hidden = useHidden()
  const [table, setTable] = useState(false)
  const visible = useMemo(() => data?.curves.filter(({ key }) => !hidden.has(key)) ?? [], [data, hidden])
  const empty = data?.curves.every(({ average }) => average.every((value) => value === null)) ?? false
  const timeline = useMemo(() => timelineOf(name), [name])
  return (
    <Card className={cn('grid min-w-0 grid-cols-[minmax(0,1fr)] content-start gap-2 p-4', className)}>
      <header className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-2">
        <h3 className="font-semibold text-sm leading-6">{title}</h3>
        <ChartMenu title={title} table={table} onTable={setTable} compare={compare} />
        {/* Two lines each, so that plots beside each other stand at one height. */}
        <p className="col-span-2 min-h-[2lh] text-muted text-xs leading-snug">{hint}</p>
      </header>
      <div ref={place} className="relative" style={{ height }}>
        {error && data === null ? (
          <Note title={words.failed} text={error.message}>
            <Button size="sm" {...(onRetry ? { onClick: onRetry } : {})}>
              {words.retry}
            </Button>
          </Note>
        ) : data === null || width === 0 ? (
          <PlotSkeleton />
        ) : empty ? (
          <Note {...(live ? words.empty : words.emptyThen)} />
        ) : table ? (
          <ChartTable title={title} bins={data.bins} curves={visible} height={height} />
        ) : (
          <div className={cn('transition-opacity', stale && 'opacity-60')}>
            <Drawing
              title={title}
              bins={data.bins}
              window={window}
              curves={visible}
              shape={shape}
              limits={limits}
              afloat={afloat}
              reach={reach}
              width={width}
              height={height}
              near={near}
              timeline={timeline}
            />
          </div>
        )}
      </div>
      <Legend entries={entries} curves={data?.curves ?? []} bins={data?.bins ?? null} window={window} />
    </Card>
  )
}

/** The timeline around a moment. */
function timelineOf(cluster: string): (at: number) => string {
  return (at) => `/clusters/${cluster}/timeline?from=${Math.floor(at - 900)}&to=${Math.ceil(at + 900)}`
}

function Note({ title, text, children }: { title: string; text: string; children?: React.ReactNode }) {
  return (
    <div className="absolute inset-0 grid place-content-center justify-items-center gap-1.5 rounded-md border border-border border-dashed px-6 text-center">
      <p className="font-medium text-sm">{title}</p>
      <p className="max-w-sm text-muted text-xs">{text}</p>
      {children}
    </div>
  )
}
