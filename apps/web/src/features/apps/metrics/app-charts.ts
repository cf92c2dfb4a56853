/** Which measures the page of an app draws, and how. Pure. */
import { backendOfApp, type ClusterSpec, nodesWith } from '@bramble/cluster'
import { allOf, nodeAsks } from '@/charts/board/node-asks.ts'
import { looks } from '@/charts/look.ts'
import type { ChartPlan } from '@/charts/series-chart.tsx'
import { metrics as words } from './copy.ts'

/** `holder`: times are those of the load balancer that clients reach; one that nobody asks has none. */
export function appCharts(spec: ClusterSpec, app: string, holder: string | null): ChartPlan[] {
  const { requests, errors, latency, servers, memory, memoryUse, restarts } = words
  const name = backendOfApp(app)
  const everywhere = (metric: string) => allOf(spec, 'backend', metric, { role: 'balancer', name })
  const node = holder ?? nodesWith(spec, 'balancer')[0]?.name ?? ''
  const here = (metric: string) => ({ kind: 'backend' as const, node, name, metric })
  const classes = { '5xx': looks.bad, '4xx': looks.warn, '3xx': looks.pale, '2xx': looks.middle }
  const byNode = (metric: string) => nodeAsks(spec, 'app', metric, { role: 'web', name: app })
  return [
    {
      title: requests.title,
      hint: requests.hint,
      shape: 'stack',
      asks: (['5xx', '4xx', '3xx', '2xx'] as const).map((key) => ({
        key,
        label: requests.classes[key],
        look: classes[key],
        of: everywhere(`responses${key}`),
      })),
    },
    {
      title: errors.title,
      hint: errors.hint,
      asks: [
        { key: 'server', label: errors.server, look: looks.bad, of: everywhere('responses5xx') },
        { key: 'connect', label: errors.connect, look: looks.warn, of: everywhere('connectErrors') },
        { key: 'retries', label: errors.retries, look: looks.pale, of: everywhere('retries') },
      ],
    },
    {
      title: latency.title,
      hint: latency.hint,
      asks: [
        { key: 'p95', label: latency.p95, look: looks.strong, of: here('responseP95') },
        { key: 'p50', label: latency.p50, look: looks.middle, of: here('responseP50') },
        { key: 'queue', label: latency.queue, look: looks.warn, of: here('queueTime') },
      ],
    },
    {
      title: servers.title,
      hint: servers.hint,
      asks: [{ key: 'up', label: servers.up, look: looks.good, of: here('serversUp') }],
    },
    { title: memory.title, hint: memory.hint, asks: byNode('memory') },
    { title: memoryUse.title, hint: memoryUse.hint, asks: byNode('memoryUse') },
    { title: restarts.title, hint: restarts.hint, asks: byNode('restarts') },
  ]
}
