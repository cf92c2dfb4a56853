'use client'
/** The drawn part of a chart: axes, lines, bands and stacks. Comes late, with Recharts; all else of a chart does without. */
import { memo, useMemo } from 'react'
import { Area, CartesianGrid, ComposedChart, Line, XAxis, YAxis } from 'recharts'
import type { TimeTick } from './axis/time-axis.ts'
import type { ValueAxis } from './axis/value-axis.ts'
import { type Bins, banded, type Curve, lonely, stacked } from './curve.ts'
import { frame } from './frame.ts'

export type Shape = 'lines' | 'stack'

export interface PlotProps {
  width: number
  height: number
  bins: Bins
  window: { from: number; to: number }
  curves: readonly Curve[]
  shape: Shape
  axis: ValueAxis
  ticks: readonly TimeTick[]
}

interface Row {
  time: number
  at: number
}

const tick = { fill: 'var(--muted)', fontSize: 11 }
/** More bands than these would hide each other. */
const bands = 4

export const Plot = memo(function Plot({ width, height, bins, window, curves, shape, axis, ticks }: PlotProps) {
  const rows = useMemo(() => {
    const { times, step } = bins
    return times.map((time, at): Row => ({ time: Math.min(time + step / 2, Math.max(time, window.to)), at }))
  }, [bins, window.to])
  const labels = useMemo(() => new Map(ticks.map((entry) => [entry.at, entry.label])), [ticks])
  const withBands = shape === 'lines' && bins.step >= banded && curves.length <= bands
  return (
    <ComposedChart
      width={width}
      height={height}
      data={rows}
      margin={{ top: frame.top, right: frame.right, bottom: 0, left: 0 }}
      accessibilityLayer={false}
      className="numeric"
    >
      <CartesianGrid vertical={false} stroke="var(--border)" strokeDasharray="2 4" />
      <XAxis
        type="number"
        dataKey="time"
        domain={[window.from, window.to]}
        allowDataOverflow
        ticks={ticks.map(({ at }) => at)}
        tickFormatter={(at: number) => labels.get(at) ?? ''}
        interval={0}
        height={frame.bottom}
        tick={tick}
        tickLine={false}
        tickMargin={6}
        axisLine={{ stroke: 'var(--border)' }}
      />
      <YAxis
        width={frame.left}
        domain={[axis.min, axis.max]}
        allowDataOverflow
        ticks={axis.ticks}
        tickFormatter={axis.label}
        interval={0}
        tick={tick}
        tickLine={false}
        axisLine={false}
      />
      {shape === 'stack' ? stackAreas(curves, bins.times.length) : null}
      {withBands ? curves.map(bandArea) : null}
      {shape === 'lines' ? curves.map((curve) => averageLine(curve, curves.length === 1)) : null}
    </ComposedChart>
  )
})

function stackAreas(curves: readonly Curve[], length: number) {
  return stacked(curves, length).map((edges, at) => {
    const { key, look } = curves[at]!
    return (
      <Area
        key={key}
        dataKey={(row: Row) => edges[row.at] ?? null}
        type="linear"
        stroke={look.colour}
        strokeWidth={1}
        fill={look.colour}
        fillOpacity={0.55}
        isAnimationActive={false}
        activeDot={false}
      />
    )
  })
}

/** From the average of a bin up to its highest. */
function bandArea({ key, look, average, highest }: Curve) {
  if (!highest) return null
  return (
    <Area
      key={`band ${key}`}
      dataKey={({ at }: Row) => (average[at] == null || highest[at] == null ? null : [average[at], highest[at]])}
      type="linear"
      stroke="none"
      fill={look.colour}
      fillOpacity={0.16}
      isAnimationActive={false}
      activeDot={false}
    />
  )
}

function averageLine({ key, look, average }: Curve, alone: boolean) {
  const single = lonely(average)
  return (
    <Line
      key={key}
      dataKey={({ at }: Row) => average[at] ?? null}
      type="linear"
      stroke={look.colour}
      strokeWidth={alone ? 1.75 : 1.5}
      strokeDasharray={look.dash ?? ''}
      strokeLinejoin="round"
      dot={
        single.size === 0
          ? false
          : ({ index, cx, cy }: { index: number; cx?: number; cy?: number }) =>
              single.has(index) ? <circle key={index} cx={cx} cy={cy} r={1.75} fill={look.colour} /> : <g key={index} />
      }
      activeDot={false}
      connectNulls={false}
      isAnimationActive={false}
    />
  )
}
