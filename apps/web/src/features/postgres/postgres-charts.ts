/** Which measures the Postgres page draws, and how. Pure. */
import type { ClusterSpec } from '@bramble/cluster'
import { allOf, nodeAsks } from '@/charts/board/node-asks.ts'
import { looks } from '@/charts/look.ts'
import type { ChartPlan } from '@/charts/series-chart.tsx'
import { postgres as words } from './copy.ts'

const role = { role: 'postgres' } as const

const perNode = (spec: ClusterSpec, metric: string, said: { title: string; hint: string }): ChartPlan => ({
  title: said.title,
  hint: said.hint,
  asks: nodeAsks(spec, 'postgres', metric, role),
})

export function workCharts(spec: ClusterSpec): ChartPlan[] {
  const { transactions, written, read, cache, failed, temporary } = words.work
  const sum = (metric: string) => allOf(spec, 'postgres', metric, role)
  return [
    perNode(spec, 'commits', transactions),
    {
      title: written.title,
      hint: written.hint,
      shape: 'stack',
      asks: [
        { key: 'inserted', label: written.inserted, look: looks.strong, of: sum('rowsInserted') },
        { key: 'updated', label: written.updated, look: looks.middle, of: sum('rowsUpdated') },
        { key: 'deleted', label: written.deleted, look: looks.warn, of: sum('rowsDeleted') },
      ],
    },
    perNode(spec, 'rowsRead', read),
    { ...perNode(spec, 'cacheHit', cache), afloat: true },
    {
      title: failed.title,
      hint: failed.hint,
      asks: [
        { key: 'rollbacks', label: failed.rollbacks, look: looks.middle, of: sum('rollbacks') },
        { key: 'deadlocks', label: failed.deadlocks, look: looks.bad, of: sum('deadlocks') },
      ],
    },
    perNode(spec, 'tempBytes', temporary),
  ]
}

export function sessionCharts(spec: ClusterSpec): ChartPlan[] {
  const { longest, waiting, locks } = words.sessions
  return [
    perNode(spec, 'longestTransaction', longest),
    perNode(spec, 'waitingForLock', waiting),
    perNode(spec, 'locks', locks),
  ]
}

/** A node's connections, parted by what they do; what is idle is the rest of them. */
export function connectionSelectors(node: string) {
  const of = (metric: string) => ({ kind: 'postgres' as const, node, name: '', metric })
  return ['active', 'waitingForLock', 'idleInTransaction', 'connections', 'maxConnections'].map(of)
}

export function replicationCharts(spec: ClusterSpec): ChartPlan[] {
  const { bytes, seconds, slots, wal } = words.replication
  return [
    perNode(spec, 'lagBytes', bytes),
    perNode(spec, 'lagSeconds', seconds),
    perNode(spec, 'slotRetained', slots),
    perNode(spec, 'walRate', wal),
  ]
}

export function upkeepCharts(spec: ClusterSpec): ChartPlan[] {
  const { checkpoints, checkpointWrite, size, dead } = words.upkeep
  const sum = (metric: string) => allOf(spec, 'postgres', metric, role)
  return [
    {
      title: checkpoints.title,
      hint: checkpoints.hint,
      asks: [
        { key: 'timed', label: checkpoints.timed, look: looks.middle, of: sum('checkpointsTimed') },
        { key: 'requested', label: checkpoints.requested, look: looks.warn, of: sum('checkpointsRequested') },
      ],
    },
    perNode(spec, 'checkpointWrite', checkpointWrite),
    perNode(spec, 'databaseSize', size),
    perNode(spec, 'deadRows', dead),
  ]
}
