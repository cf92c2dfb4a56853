'use client'
/** When the board was throttled, or had too little power. */
import { useMemo } from 'react'
import { type Lane, LaneChart } from '@/charts/lanes/lane-chart.tsx'
import { useSeries } from '@/live/use-series.ts'
import { node as copy } from './copy.ts'

const words = copy.charts.flags
const lanes = [
  { key: 'throttled', label: words.throttled },
  { key: 'undervoltage', label: words.undervoltage },
]
const paint = { good: { background: 'var(--ok)', opacity: 0.22 }, bad: { background: 'var(--bad)' } }

export function FlagLanes({ node }: { node: string }) {
  const selectors = useMemo(
    () => lanes.map(({ key: metric }) => ({ kind: 'node' as const, node, name: '', metric })),
    [node],
  )
  const state = useSeries(selectors)
  const drawn = useMemo(
    () =>
      state.data
        ? lanes.map(({ key, label }): Lane<'good' | 'bad'> => {
            const series = state.data?.series.find(({ metric }) => metric === key)
            return {
              key,
              label,
              // The highest of a bin: a second of undervoltage in an hour is what one looks for.
              stateOf: (bin) => {
                const value = series?.highest[bin]
                return value == null ? null : value > 0 ? 'bad' : 'good'
              },
              paint,
            }
          })
        : null,
    [state.data],
  )
  return <LaneChart title={words.title} hint={words.hint} lanes={lanes} drawn={drawn} state={state} says={words.says} />
}
