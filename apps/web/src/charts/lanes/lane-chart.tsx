'use client'
/** Lanes over time, one a node: who was primary, who held the virtual IP, when it was throttled. Aligned with the charts below. */
import { useMemo, useRef } from 'react'
import { momentWords, timeTicks } from '@/charts/axis/time-axis.ts'
import { useBoard, useCrosshair } from '@/charts/board/chart-board.tsx'
import { type Bins, binAt } from '@/charts/curve.ts'
import { frame } from '@/charts/frame.ts'
import { MarkLayer } from '@/charts/marks/mark-layer.tsx'
import { useWidth } from '@/charts/measured-size.ts'
import { PlotSkeleton } from '@/charts/plot-skeleton.tsx'
import { chart as words } from '@/live/copy.ts'
import type { SeriesState } from '@/live/use-series.ts'
import { useSpec } from '@/live/watch-provider.tsx'
import { Card } from '@/ui/card.tsx'
import { cn } from '@/ui/cn.ts'
import { type LaneStretch, stretchesOf } from './lanes.ts'

export interface Lane<S extends string> {
  key: string
  label: string
  /** The state in a bin of the data; null: not measured. */
  stateOf: (bin: number) => S | null
  /** Background of a state's stretch. */
  paint: Record<S, { background: string; opacity?: number }>
}

interface LaneChartProps<S extends string> {
  title: string
  hint: string
  /** Before the data comes: their names, so that nothing moves. */
  lanes: readonly { key: string; label: string }[]
  /** Null while it is awaited. */
  drawn: readonly Lane<S>[] | null
  state: SeriesState
  says: Record<S, string>
  className?: string
}

const laneHeight = 24

export function LaneChart<S extends string>(props: LaneChartProps<S>) {
  const { title, hint, lanes, drawn, state, says, className } = props
  const { events } = useBoard()
  const { name } = useSpec()
  const place = useRef<HTMLDivElement>(null)
  const width = useWidth(place)
  const { data, window, error, retry } = state
  const bins = useMemo<Bins | null>(() => (data ? { times: data.times, step: data.step } : null), [data])
  const height = lanes.length * laneHeight
  const box = { left: frame.left, top: frame.top, width: Math.max(0, width - frame.left - frame.right), height }
  const ticks = useMemo(() => timeTicks(window.from, window.to, box.width), [window, box.width])
  const xOf = (time: number) => ((time - window.from) / (window.to - window.from)) * 100
  return (
    <Card className={cn('grid min-w-0 grid-cols-[minmax(0,1fr)] content-start gap-2 p-4', className)}>
      <header className="grid gap-x-2">
        <h3 className="font-semibold text-sm leading-6">{title}</h3>
        <p className="text-muted text-xs leading-snug">{hint}</p>
      </header>
      <div ref={place} className="relative" style={{ height: height + frame.top + frame.bottom }}>
        {error && !data ? (
          <p className="absolute inset-0 grid place-content-center text-center text-muted text-xs">
            <span>
              {error.message}{' '}
              <button type="button" onClick={retry} className="text-primary underline underline-offset-4">
                {words.retry}
              </button>
            </span>
          </p>
        ) : !bins || !drawn || width === 0 ? (
          <PlotSkeleton />
        ) : (
          <>
            {drawn.map((lane, row) => (
              <Row
                key={lane.key}
                lane={lane}
                top={frame.top + row * laneHeight}
                box={box}
                stretches={stretchesOf(bins, lane.stateOf, window)}
                xOf={xOf}
                says={says}
              />
            ))}
            <div className="absolute" style={box} aria-hidden>
              {ticks.map(({ at, label }) => (
                <span
                  key={at}
                  className="numeric absolute top-full mt-1.5 -translate-x-1/2 whitespace-nowrap text-[0.6875rem] text-muted"
                  style={{ left: `${xOf(at)}%` }}
                >
                  {label}
                </span>
              ))}
            </div>
            <Pointing box={box} window={window} bins={bins} drawn={drawn} says={says} />
            <MarkLayer
              events={events}
              window={window}
              box={box}
              timeline={(at) => `/clusters/${name}/timeline?from=${Math.floor(at - 900)}&to=${Math.ceil(at + 900)}`}
            />
          </>
        )}
      </div>
      <p className="sr-only">{bins && drawn ? spokenLanes(drawn, bins, window, says) : ''}</p>
    </Card>
  )
}

interface RowProps<S extends string> {
  lane: Lane<S>
  top: number
  box: { left: number; width: number }
  stretches: readonly LaneStretch<S>[]
  xOf: (time: number) => number
  says: Record<S, string>
}

function Row<S extends string>({ lane, top, box, stretches, xOf, says }: RowProps<S>) {
  return (
    <div className="absolute inset-x-0 flex items-center" style={{ top, height: laneHeight }} aria-hidden>
      <span className="truncate pr-2 text-right text-[0.6875rem] text-muted" style={{ width: box.left }}>
        {lane.label}
      </span>
      <div className="hatched absolute rounded-sm" style={{ left: box.left, width: box.width, top: 3, bottom: 3 }} />
      <div className="absolute overflow-hidden" style={{ left: box.left, width: box.width, top: 3, bottom: 3 }}>
        {stretches.map(({ from, to, state }) => (
          <div
            key={from}
            className="absolute inset-y-0 bg-surface"
            style={{ left: `${xOf(from)}%`, width: `${xOf(to) - xOf(from)}%`, minWidth: 1.5 }}
          >
            <div className="size-full" title={`${lane.label}: ${says[state]}`} style={lane.paint[state]} />
          </div>
        ))}
      </div>
    </div>
  )
}

interface PointingProps<S extends string> {
  box: { left: number; top: number; width: number; height: number }
  window: { from: number; to: number }
  bins: Bins
  drawn: readonly Lane<S>[]
  says: Record<S, string>
}

/** The crosshair of the page goes through the lanes too, and starts here as well. */
function Pointing<S extends string>({ box, window, bins, drawn, says }: PointingProps<S>) {
  const { crosshair } = useBoard()
  const { at, by } = useCrosshair()
  const id = `lanes ${drawn[0]?.key ?? ''}`
  const x = at === null ? null : ((at - window.from) / (window.to - window.from)) * box.width
  const bin = at === null ? null : binAt(bins, at)
  return (
    <div
      className="absolute cursor-crosshair"
      style={box}
      onPointerMove={(event) => {
        const { left, width } = event.currentTarget.getBoundingClientRect()
        crosshair.point(window.from + ((event.clientX - left) / width) * (window.to - window.from), id)
      }}
      onPointerLeave={() => crosshair.leave(id)}
      aria-hidden
    >
      {x !== null && x >= 0 && x <= box.width ? (
        <div className="pointer-events-none absolute inset-y-0 w-px bg-foreground/45" style={{ left: x }}>
          {by === id && bin !== null && at !== null ? (
            <div
              className={cn(
                'absolute top-1 z-20 grid w-max gap-0.5 rounded-md border border-border bg-raised px-2.5 py-2 text-xs shadow-float',
                x > box.width / 2 ? 'right-3' : 'left-3',
              )}
            >
              <p className="numeric text-muted">{momentWords(bins.times[bin] ?? at, bins.step)}</p>
              {drawn.map((lane) => {
                const state = lane.stateOf(bin)
                return (
                  <p key={lane.key} className="flex justify-between gap-4">
                    {lane.label}
                    <span className="font-medium">{state === null ? words.notMeasured : says[state]}</span>
                  </p>
                )
              })}
            </div>
          ) : null}
        </div>
      ) : null}
    </div>
  )
}

/** For who listens: each lane's present state, and how often it changed. */
function spokenLanes<S extends string>(
  drawn: readonly Lane<S>[],
  bins: Bins,
  window: { from: number; to: number },
  says: Record<S, string>,
): string {
  return drawn
    .map((lane) => {
      const stretches = stretchesOf(bins, lane.stateOf, window)
      const last = stretches.at(-1)
      return last
        ? words.lane(lane.label, says[last.state], stretches.length - 1)
        : `${lane.label}: ${words.notMeasured}.`
    })
    .join(' ')
}
