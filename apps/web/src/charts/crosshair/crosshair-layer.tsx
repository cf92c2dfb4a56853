'use client'
/** Over the plot: the line at the moment that is pointed at, a dot on each curve, and the words on the chart under the pointer. */
import type { TimelineEvent } from '@bramble/cluster'
import type { ValueAxis } from '@/charts/axis/value-axis.ts'
import { useCrosshair } from '@/charts/board/chart-board.tsx'
import { type Bins, type Curve, stacked } from '@/charts/curve.ts'
import type { Box } from '@/charts/frame.ts'
import { eventsNear } from '@/charts/marks/marks.ts'
import { figure } from '@/format/figure.ts'
import { chart as words } from '@/live/copy.ts'
import { cn } from '@/ui/cn.ts'
import { type Reading, readingAt } from './reading.ts'

interface CrosshairLayerProps {
  id: string
  box: Box
  window: { from: number; to: number }
  bins: Bins
  curves: readonly Curve[]
  shape: 'lines' | 'stack'
  axis: ValueAxis
  events: readonly TimelineEvent[]
}

export function CrosshairLayer({ id, box, window, bins, curves, shape, axis, events }: CrosshairLayerProps) {
  const { at, by } = useCrosshair()
  if (at === null || at < window.from || at > window.to) return null
  const reading = readingAt(bins, curves, at)
  if (!reading) return null
  const xOf = (time: number) => ((time - window.from) / (window.to - window.from)) * box.width
  const x = xOf(Math.min(window.to, Math.max(window.from, reading.at + (reading.at === at ? 0 : bins.step / 2))))
  const edges = shape === 'stack' ? stacked(curves, bins.times.length) : null
  const near = eventsNear(events, at, Math.max(bins.step, ((window.to - window.from) / box.width) * 6))
  return (
    <div className="pointer-events-none absolute" style={box} aria-hidden>
      <div className="absolute inset-y-0 w-px bg-foreground/45" style={{ left: x }} />
      {reading.values.map(({ curve, value }, place) => {
        if (value === null) return null
        const shown = edges?.[place]?.[reading.bin]?.[1] ?? value
        const y = (1 - (shown - axis.min) / (axis.max - axis.min)) * box.height
        if (y < -4 || y > box.height + 4) return null
        return (
          <span
            key={curve.key}
            className="absolute size-2 -translate-x-1/2 -translate-y-1/2 rounded-full ring-2 ring-surface"
            style={{ left: x, top: y, background: curve.look.colour }}
          />
        )
      })}
      {by === id ? <Words reading={reading} shape={shape} events={near} x={x} width={box.width} /> : null}
    </div>
  )
}

interface WordsProps {
  reading: Reading
  shape: 'lines' | 'stack'
  events: readonly TimelineEvent[]
  x: number
  width: number
}

function Words({ reading, shape, events, x, width }: WordsProps) {
  const left = x > width / 2
  const values =
    shape === 'stack'
      ? [...reading.values].reverse()
      : [...reading.values].sort((a, b) => (b.value ?? -1) - (a.value ?? -1))
  return (
    <div
      className={cn(
        'absolute top-1 z-20 grid w-max max-w-[min(20rem,80vw)] gap-1 rounded-md border border-border bg-raised px-2.5 py-2 text-xs shadow-float',
      )}
      style={left ? { right: width - x + 12 } : { left: x + 12 }}
    >
      <p className="numeric whitespace-nowrap text-muted">{reading.when}</p>
      <ul className="grid list-none gap-0.5">
        {values.map(({ curve, value, highest }) => (
          <li key={curve.key} className="grid grid-cols-[auto_1fr_auto] items-baseline gap-x-2">
            <span className="size-2 rounded-full" style={{ background: curve.look.colour }} />
            <span className="truncate">{curve.label}</span>
            <span className="numeric text-right font-medium">
              {value === null ? (
                <span className="font-normal text-muted">{words.notMeasured}</span>
              ) : (
                figure(value, curve.unit)
              )}
              {highest !== null && value !== null && highest > value * 1.005 ? (
                <span className="font-normal text-muted"> {words.upTo(figure(highest, curve.unit))}</span>
              ) : null}
            </span>
          </li>
        ))}
      </ul>
      {events.slice(0, 4).map((event) => (
        <p key={event.id} className={cn('border-border border-t pt-1', inks[event.level])}>
          {event.words}
        </p>
      ))}
      {events.length > 4 ? <p className="text-muted">{words.more(events.length - 4)}</p> : null}
    </div>
  )
}

const inks: Record<TimelineEvent['level'], string> = {
  good: 'text-ok',
  info: 'text-info',
  warning: 'text-warn',
  critical: 'text-bad',
}
