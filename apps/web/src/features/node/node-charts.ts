/** Which measures the page of a node draws, and how. Pure. */
import type { NodeSpec, SubjectKind } from '@bramble/cluster'
import { looks } from '@/charts/look.ts'
import type { ChartPlan, CurveAsk } from '@/charts/series-chart.tsx'
import { node as words } from './copy.ts'

/** `cores`: for the line in the chart of the load; null: not known yet. */
export function nodeCharts({ name, roles }: NodeSpec, cores: number | null): ChartPlan[] {
  const ask = (metric: string, label: string, look: CurveAsk['look'], kind: SubjectKind = 'node'): CurveAsk => ({
    key: metric,
    label,
    look,
    of: { kind, node: name, name: '', metric },
  })
  const said = words.charts
  const plan = ({ title, hint }: { title: string; hint: string }, asks: CurveAsk[], more: Partial<ChartPlan> = {}) => ({
    title,
    hint,
    asks,
    ...more,
  })
  return [
    plan(said.processor, [
      ask('cpu', said.processor.cpu, looks.strong),
      ask('iowait', said.processor.iowait, looks.warn),
    ]),
    plan(said.load, [ask('load1', said.load.title, looks.middle)], {
      limits: cores === null ? [] : [{ value: cores, label: said.load.cores(cores) }],
    }),
    plan(said.temperature, [ask('temperature', said.temperature.core, looks.strong)], {
      limits: [{ value: 80, label: said.temperature.slows }],
    }),
    plan(said.memory, [ask('memoryUsed', said.memory.used, looks.strong)], { limits: [{ value: 0.9, label: '90%' }] }),
    plan(said.swap, [ask('swapUsed', said.swap.used, looks.middle)]),
    plan(said.network, [ask('netOut', said.network.out, looks.strong), ask('netIn', said.network.in, looks.pale)]),
    plan(said.disk, [ask('diskWrite', said.disk.write, looks.strong), ask('diskRead', said.disk.read, looks.pale)]),
    plan(said.busy, [ask('diskBusy', said.busy.busy, looks.middle)]),
    plan(said.space, [ask('diskUsed', said.space.used, looks.middle)], { limits: [{ value: 0.9, label: '90%' }] }),
    ...(roles.includes('etcd')
      ? [
          plan(said.fsync, [
            ask('fsyncP99', said.fsync.fsync, looks.strong, 'etcd'),
            ask('commitP99', said.fsync.commit, looks.pale, 'etcd'),
          ]),
        ]
      : []),
    plan(said.clock, [ask('clockOffset', said.clock.offset, looks.middle)]),
    plan(said.roundTrip, [ask('roundTrip', said.roundTrip.time, looks.middle)]),
    plan(said.watching, [ask('watchCpu', said.watching.cpu, looks.middle)]),
  ]
}
