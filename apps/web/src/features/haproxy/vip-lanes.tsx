'use client'
/** Which balancer carried the virtual IP when. */
import { nodesWith } from '@bramble/cluster'
import { useMemo } from 'react'
import { type Lane, LaneChart } from '@/charts/lanes/lane-chart.tsx'
import { nodeLook } from '@/charts/look.ts'
import { useSeries } from '@/live/use-series.ts'
import { useSpec } from '@/live/watch-provider.tsx'
import { haproxy } from './copy.ts'

const words = haproxy.vip

export function VipLanes() {
  const spec = useSpec()
  const lanes = useMemo(() => nodesWith(spec, 'balancer').map(({ name }) => ({ key: name, label: name })), [spec])
  const selectors = useMemo(
    () => lanes.map(({ key: node }) => ({ kind: 'node' as const, node, name: '', metric: 'holdsVip' })),
    [lanes],
  )
  const state = useSeries(selectors)
  const drawn = useMemo(
    () =>
      state.data
        ? lanes.map(({ key, label }): Lane<'holds' | 'waits'> => {
            const held = state.data?.series.find(({ node }) => node === key)?.average ?? []
            return {
              key,
              label,
              stateOf: (bin) => {
                const share = held[bin]
                return share == null ? null : share >= 0.5 ? 'holds' : 'waits'
              },
              paint: {
                holds: { background: nodeLook(spec, key).colour },
                waits: { background: 'var(--sunken)' },
              },
            }
          })
        : null,
    [state.data, lanes, spec],
  )
  return <LaneChart title={words.title} hint={words.hint} lanes={lanes} drawn={drawn} state={state} says={words.says} />
}
