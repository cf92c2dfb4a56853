'use client'
/** Which node was primary when, and what the others were meanwhile. */
import { nodesWith } from '@bramble/cluster'
import { useMemo } from 'react'
import { type Lane, LaneChart } from '@/charts/lanes/lane-chart.tsx'
import { nodeLook } from '@/charts/look.ts'
import { selectorKey } from '@/live/series-answer.ts'
import { useSeries } from '@/live/use-series.ts'
import { useSpec } from '@/live/watch-provider.tsx'
import { postgres as words } from './copy.ts'
import { type CopyState, copyStateAt } from './copy-state.ts'

const metrics = ['primary', 'running', 'streaming'] as const

export function RoleLanes() {
  const spec = useSpec()
  const lanes = useMemo(() => nodesWith(spec, 'postgres').map(({ name }) => ({ key: name, label: name })), [spec])
  const selectors = useMemo(
    () =>
      lanes.flatMap(({ key: node }) => metrics.map((metric) => ({ kind: 'patroni' as const, node, name: '', metric }))),
    [lanes],
  )
  const state = useSeries(selectors)
  const drawn = useMemo(() => {
    if (!state.data) return null
    const found = new Map(state.data.series.map((series) => [selectorKey(series), series.average]))
    return lanes.map(({ key: node, label }): Lane<CopyState> => {
      const [primary, running, streaming] = metrics.map(
        (metric) => found.get(selectorKey({ kind: 'patroni', node, name: '', metric })) ?? [],
      )
      const { colour } = nodeLook(spec, node)
      return {
        key: node,
        label,
        stateOf: (bin) =>
          copyStateAt({ primary: primary?.[bin], running: running?.[bin], streaming: streaming?.[bin] }),
        paint: {
          primary: { background: colour },
          streaming: { background: colour, opacity: 0.28 },
          detached: { background: 'var(--bad)', opacity: 0.55 },
          down: { background: 'var(--foreground)', opacity: 0.75 },
        },
      }
    })
  }, [state.data, lanes, spec])
  return (
    <LaneChart
      title={words.roles.title}
      hint={words.roles.hint}
      lanes={lanes}
      drawn={drawn}
      state={state}
      says={words.roles.says}
    />
  )
}
