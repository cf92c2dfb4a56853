/** Six figures that tell whether something is about to break, each with its last hour and the way to its chart. */
import type { Unit } from '@bramble/cluster'
import Link from 'next/link'
import { Sparkline } from '@/charts/spark/sparkline.tsx'
import { figure } from '@/format/figure.ts'
import { cn } from '@/ui/cn.ts'
import { Skeleton } from '@/ui/skeleton.tsx'
import { figures as words } from './copy.ts'
import type { Flow, Gauge } from './path/flow.ts'

interface Figure {
  name: keyof typeof words.names
  gauge: (flow: Flow) => Gauge
  unit: Unit
  /** Below the address of the cluster; of the node that is meant, where it is one. */
  where: (node: string | null) => string
  /** The lowest upper edge of its curve: a line that trembles near zero stays low. */
  least: number
  /** From here on amber, from there on red. */
  limits?: [warn: number, bad: number]
}

const toNode = (node: string | null) => (node ? `/nodes/${node}` : '/nodes')

const figures: Figure[] = [
  { name: 'requests', gauge: (flow) => flow.requests, unit: 'per-second', where: () => '/haproxy', least: 1 },
  {
    name: 'errors',
    gauge: (flow) => flow.errors,
    unit: 'per-second',
    where: () => '/haproxy',
    least: 1,
    limits: [0.01, 1],
  },
  { name: 'transactions', gauge: (flow) => flow.transactions, unit: 'per-second', where: () => '/postgres', least: 1 },
  { name: 'lag', gauge: (flow) => flow.lag, unit: 'seconds', where: () => '/postgres', least: 1, limits: [10, 60] },
  { name: 'hottest', gauge: (flow) => flow.hottest, unit: 'celsius', where: toNode, least: 85, limits: [70, 80] },
  { name: 'fullest', gauge: (flow) => flow.fullest, unit: 'fraction', where: toNode, least: 1, limits: [0.85, 0.95] },
]

export function KeyFigures({ cluster, flow }: { cluster: string; flow: Flow | null }) {
  return (
    <ul className="grid list-none grid-cols-2 gap-3 sm:grid-cols-3 xl:grid-cols-6" aria-label={words.label}>
      {figures.map(({ name, gauge, unit, where, least, limits }) => {
        const found = flow && gauge(flow)
        const value = found?.value ?? null
        const ink = value === null || !limits || value < limits[0] ? '' : value < limits[1] ? 'text-warn' : 'text-bad'
        return (
          <li key={name} className="grid">
            <Link
              href={`/clusters/${cluster}${where(found?.node ?? null)}`}
              className="grid content-start gap-1 rounded-lg border border-border bg-surface px-4 pt-3 pb-2 shadow-card transition-colors hover:border-field"
            >
              <span className="flex items-baseline justify-between gap-2 text-muted text-xs">
                <span className="truncate">{words.names[name]}</span>
                {found?.node && <span className="truncate">{found.node}</span>}
              </span>
              <span className={cn('numeric h-7 font-semibold text-xl leading-7', ink)}>
                {found === null ? (
                  <Skeleton className="mt-1 h-5 w-14" />
                ) : value === null ? (
                  <span className="text-muted" title={words.notMeasured}>
                    –<span className="sr-only">{words.notMeasured}</span>
                  </span>
                ) : (
                  figure(value, unit)
                )}
              </span>
              <Sparkline
                values={found?.course ?? []}
                top={least}
                colour="currentColor"
                className={cn('w-full', ink || 'text-primary')}
              />
            </Link>
          </li>
        )
      })}
    </ul>
  )
}
