/** Which measures the HAProxy page draws, and how. Pure. */
import { type ClusterSpec, nodesWith } from '@bramble/cluster'
import { allOf } from '@/charts/board/node-asks.ts'
import { looks, nodeLook } from '@/charts/look.ts'
import type { ChartPlan, CurveAsk } from '@/charts/series-chart.tsx'
import { haproxy as words } from './copy.ts'

const frontends = ['site', 'postgres-read-write', 'postgres-read-only'] as const
const backends = ['web', 'postgres-primary', 'postgres-replicas'] as const
const shades = [looks.strong, looks.middle, looks.pale]

const at = (spec: ClusterSpec, kind: 'frontend' | 'backend', name: string, metric: string) =>
  allOf(spec, kind, metric, { role: 'balancer', name })

/** A measure of each frontend, or backend, added up over the balancers. */
function each(spec: ClusterSpec, kind: 'frontend' | 'backend', metric: string): CurveAsk[] {
  const names: readonly string[] = kind === 'frontend' ? frontends : backends
  const labels: Record<string, string> = kind === 'frontend' ? words.frontends.names : words.backends.names
  return names.map((name, place) => ({
    key: name,
    label: labels[name]!,
    look: shades[place]!,
    of: at(spec, kind, name, metric),
  }))
}

export function frontendCharts(spec: ClusterSpec): ChartPlan[] {
  const { responses, sessions, rate, traffic, errors, balancers } = words.frontends
  const classes = { '2xx': looks.middle, '3xx': looks.pale, '4xx': looks.warn, '5xx': looks.bad }
  const everywhere = (metric: string) => frontends.flatMap((name) => at(spec, 'frontend', name, metric))
  return [
    {
      title: responses.title,
      hint: responses.hint,
      shape: 'stack',
      asks: (['5xx', '4xx', '3xx', '2xx'] as const).map((name) => ({
        key: name,
        label: responses.classes[name],
        look: classes[name],
        of: at(spec, 'frontend', 'site', `responses${name}`),
      })),
    },
    { title: sessions.title, hint: sessions.hint, asks: each(spec, 'frontend', 'sessions') },
    { title: rate.title, hint: rate.hint, asks: each(spec, 'frontend', 'sessionRate') },
    {
      title: traffic.title,
      hint: traffic.hint,
      asks: [
        { key: 'out', label: traffic.out, look: looks.strong, of: everywhere('bytesOut') },
        { key: 'in', label: traffic.in, look: looks.pale, of: everywhere('bytesIn') },
      ],
    },
    {
      title: errors.title,
      hint: errors.hint,
      asks: [
        { key: 'errors', label: errors.errors, look: looks.bad, of: everywhere('requestErrors') },
        { key: 'denied', label: errors.denied, look: looks.warn, of: everywhere('denied') },
      ],
    },
    {
      title: balancers.title,
      hint: balancers.hint,
      asks: nodesWith(spec, 'balancer').map(({ name: node }) => ({
        key: node,
        label: node,
        look: nodeLook(spec, node),
        of: frontends.map((name) => ({ kind: 'frontend' as const, node, name, metric: 'sessions' })),
      })),
    },
  ]
}

/** `holder`: times are those of the balancer that clients meet; an average over one that nobody asks would mean nothing. */
export function backendCharts(spec: ClusterSpec, holder: string | null): ChartPlan[] {
  const { queue, times, servers, load, retries, failures } = words.backends
  const node = holder ?? nodesWith(spec, 'balancer')[0]?.name ?? ''
  const time = (metric: string) => ({ kind: 'backend' as const, node, name: 'web', metric })
  const webs = nodesWith(spec, 'web').map(({ name }) => ({ key: name, label: name, look: nodeLook(spec, name) }))
  const everywhere = (metric: string) => backends.flatMap((name) => at(spec, 'backend', name, metric))
  return [
    {
      title: times.title,
      hint: times.hint,
      asks: [
        { key: 'total', label: times.total, look: looks.strong, of: time('totalTime') },
        { key: 'response', label: times.response, look: looks.middle, of: time('responseTime') },
        { key: 'connect', label: times.connect, look: looks.pale, of: time('connectTime') },
        { key: 'queue', label: times.queue, look: looks.warn, of: time('queueTime') },
      ],
    },
    {
      title: servers.title,
      hint: servers.hint,
      asks: webs.map((web) => ({
        ...web,
        of: { kind: 'server', node, name: `web/${web.key}`, metric: 'responseTime' },
      })),
    },
    {
      title: load.title,
      hint: load.hint,
      asks: webs.map((web) => ({
        ...web,
        of: allOf(spec, 'server', 'sessions', { role: 'balancer', name: `web/${web.key}` }),
      })),
    },
    { title: queue.title, hint: queue.hint, asks: each(spec, 'backend', 'queue') },
    {
      title: retries.title,
      hint: retries.hint,
      asks: [
        { key: 'retries', label: retries.retries, look: looks.warn, of: everywhere('retries') },
        { key: 'redispatches', label: retries.redispatches, look: looks.middle, of: everywhere('redispatches') },
      ],
    },
    {
      title: failures.title,
      hint: failures.hint,
      asks: [
        { key: 'connect', label: failures.connect, look: looks.bad, of: everywhere('connectErrors') },
        // Not those of PostgreSQL: a client that left before the server's last word counts there as well.
        {
          key: 'response',
          label: failures.response,
          look: looks.warn,
          of: at(spec, 'backend', 'web', 'responseErrors'),
        },
      ],
    },
  ]
}
