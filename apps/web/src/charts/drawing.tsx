'use client'
/** The plot with all its layers, for data that is there. */
import type { TimelineEvent } from '@bramble/cluster'
import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { useId, useMemo, useRef } from 'react'
import { chart as words } from '@/live/copy.ts'
import { cn } from '@/ui/cn.ts'
import { timeTicks } from './axis/time-axis.ts'
import { type Bounds, type ValueAxis, valueAxis } from './axis/value-axis.ts'
import { useBoard, useCrosshair } from './board/chart-board.tsx'
import { CrosshairLayer } from './crosshair/crosshair-layer.tsx'
import { usePointing } from './crosshair/pointing.ts'
import { readingAt, spokenReading } from './crosshair/reading.ts'
import { type Bins, type Curve, gapsOf, stacked } from './curve.ts'
import { type Box, plotBox } from './frame.ts'
import { MarkLayer } from './marks/mark-layer.tsx'
import { eventsNear } from './marks/marks.ts'
import type { PlotProps, Shape } from './plot.tsx'
import { PlotSkeleton } from './plot-skeleton.tsx'

export interface Limit {
  value: number
  label: string
}

export interface DrawingProps {
  title: string
  bins: Bins
  window: { from: number; to: number }
  /** The visible ones. */
  curves: readonly Curve[]
  shape: Shape
  limits: readonly Limit[]
  afloat: boolean
  reach: number
  width: number
  height: number
  /** Far from the screen: what is drawn stays as it is while it fits. */
  near: boolean
  /** Where a mark leads whose event leads nowhere. */
  timeline: (at: number) => string
}

// Recharts comes after the first paint; until then the skeleton holds its place.
const Plot = dynamic<PlotProps>(() => import('./plot.tsx').then((module) => module.Plot), {
  ssr: false,
  loading: () => <PlotSkeleton />,
})

export function Drawing(props: DrawingProps) {
  const { title, bins, window, curves, shape, limits, afloat, reach, width, height, near, timeline } = props
  const { events } = useBoard()
  const id = useId()
  const box = useMemo(() => plotBox(width, height), [width, height])
  const axis = useMemo(
    () => axisOf(curves, shape, bins, { afloat, reach: Math.max(reach, ...limits.map(({ value }) => value)) }),
    [curves, shape, bins, limits, afloat, reach],
  )
  const ticks = useMemo(() => timeTicks(window.from, window.to, box.width), [window, box.width])
  const gaps = useMemo(() => gapsOf(bins, curves, window), [bins, curves, window])
  const plot: PlotProps = { width, height, bins, window, curves, shape, axis, ticks }
  const drawn = useRef(plot)
  if (near || drawn.current.width !== width) drawn.current = plot
  const xOf = (time: number) => ((time - window.from) / (window.to - window.from)) * 100
  return (
    <>
      <div className="absolute" style={box} aria-hidden>
        {gaps.map(({ from, to }) => (
          <div
            key={from}
            title={words.notMeasured}
            className="hatched absolute inset-y-0"
            style={{ left: `${xOf(from)}%`, width: `${xOf(to) - xOf(from)}%` }}
          />
        ))}
      </div>
      <div className="pointer-events-none absolute inset-0" aria-hidden>
        <Plot {...drawn.current} />
      </div>
      <LimitLines box={box} axis={axis} limits={limits} />
      <Surface
        id={id}
        title={title}
        box={box}
        window={window}
        bins={bins}
        curves={curves}
        events={events}
        timeline={timeline}
      />
      <MarkLayer events={events} window={window} box={box} timeline={timeline} />
      <CrosshairLayer
        id={id}
        box={box}
        window={window}
        bins={bins}
        curves={curves}
        shape={shape}
        axis={axis}
        events={events}
      />
    </>
  )
}

function axisOf(curves: readonly Curve[], shape: Shape, bins: Bins, bounds: Bounds): ValueAxis {
  return valueAxis(valuesOf(curves, shape, bins), curves[0]?.unit ?? 'count', bounds)
}

function* valuesOf(curves: readonly Curve[], shape: Shape, bins: Bins): Generator<number> {
  if (shape === 'stack') {
    for (const edges of stacked(curves, bins.times.length)) for (const edge of edges) if (edge) yield edge[1]
    return
  }
  for (const { average, highest } of curves)
    for (const list of [average, highest]) for (const value of list ?? []) if (value !== null) yield value
}

/** Where it becomes serious. */
function LimitLines({ box, axis, limits }: { box: Box; axis: ValueAxis; limits: readonly Limit[] }) {
  return (
    <div className="pointer-events-none absolute" style={box} aria-hidden>
      {limits
        .filter(({ value }) => value > axis.min && value <= axis.max)
        .map(({ value, label }) => {
          const top = (1 - (value - axis.min) / (axis.max - axis.min)) * box.height
          return (
            <div key={label} className="absolute inset-x-0 border-muted/70 border-t border-dashed" style={{ top }}>
              <span
                className={cn(
                  'absolute right-1 rounded-sm bg-surface/80 px-1 text-[0.6875rem] text-muted leading-4',
                  top < 18 ? 'top-0.5' : 'bottom-0.5',
                )}
              >
                {label}
              </span>
            </div>
          )
        })}
    </div>
  )
}

interface SurfaceProps extends Pick<DrawingProps, 'title' | 'bins' | 'window' | 'curves' | 'timeline'> {
  id: string
  box: Box
  events: readonly TimelineEvent[]
}

/** What is pointed at, and moved along with the arrow keys: a slider over time that says its values. */
function Surface({ id, title, box, window, bins, curves, events, timeline }: SurfaceProps) {
  const { at, by } = useCrosshair()
  const router = useRouter()
  const reach = Math.max(bins.step, (window.to - window.from) / 100)
  const { pointer, onKeyDown, selection } = usePointing({
    id,
    box,
    window,
    bins,
    onOpen: (moment) => {
      const [first] = eventsNear(events, moment, reach)
      if (first) router.push(first.link ?? timeline(Date.parse(first.at) / 1000))
    },
  })
  const reading = at !== null && by === id ? readingAt(bins, curves, at) : null
  const near = reading ? eventsNear(events, reading.at, reach).map((event) => event.words) : []
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label={words.slider(title)}
      aria-valuemin={Math.round(window.from)}
      aria-valuemax={Math.round(window.to)}
      aria-valuenow={Math.round(reading?.at ?? window.to)}
      aria-valuetext={reading ? [spokenReading(reading, words.notMeasured), ...near].join(' ') : words.sliderRest}
      onKeyDown={onKeyDown}
      {...pointer}
      className="absolute cursor-crosshair touch-pan-y select-none rounded-sm"
      style={box}
    >
      {selection ? (
        <div
          className="absolute inset-y-0 border-primary/60 border-x bg-primary/12"
          style={{ left: Math.min(selection.from, selection.to), width: Math.abs(selection.to - selection.from) }}
        />
      ) : null}
    </div>
  )
}
