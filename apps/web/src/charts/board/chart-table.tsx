'use client'
/** The chart's data as a table, newest first: for who listens, and for who wants the figures. */
import { useMemo } from 'react'
import { momentWords } from '@/charts/axis/time-axis.ts'
import { type Bins, banded, type Curve } from '@/charts/curve.ts'
import { figure } from '@/format/figure.ts'
import { chart as words } from '@/live/copy.ts'

interface ChartTableProps {
  title: string
  bins: Bins
  curves: readonly Curve[]
  height: number
}

export function ChartTable({ title, bins, curves, height }: ChartTableProps) {
  const rows = useMemo(() => bins.times.map((time, at) => ({ time, at })).reverse(), [bins])
  const band = bins.step >= banded
  return (
    <section
      className="overflow-auto rounded-md border border-border"
      style={{ height }}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
      tabIndex={0}
      aria-label={words.tableOf(title)}
    >
      <table className="numeric w-full border-collapse text-xs">
        <thead className="sticky top-0 bg-sunken text-left">
          <tr>
            <th scope="col" className="px-2.5 py-1.5 font-medium">
              {words.time}
            </th>
            {curves.map(({ key, label }) => (
              <th key={key} scope="col" className="px-2.5 py-1.5 text-right font-medium">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ time, at }) => (
            <tr key={time} className="border-border border-t">
              <th scope="row" className="whitespace-nowrap px-2.5 py-1 text-left font-normal text-muted">
                {momentWords(time, bins.step)}
              </th>
              {curves.map(({ key, unit, average, highest }) => {
                const value = average[at]
                const top = highest?.[at]
                return (
                  <td key={key} className="whitespace-nowrap px-2.5 py-1 text-right">
                    {value == null ? words.notMeasured : figure(value, unit)}
                    {band && value != null && top != null ? (
                      <span className="text-muted"> {words.upTo(figure(top, unit))}</span>
                    ) : null}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
