'use client'
/** All Pis side by side, each with the last hour in small. */
import { type NodeSpec, stateOf } from '@bramble/cluster'
import Link from 'next/link'
import { useSearchParams } from 'next/navigation'
import { useMemo } from 'react'
import { ChartBoard } from '@/charts/board/chart-board.tsx'
import { RangeBar } from '@/charts/board/range-bar.tsx'
import { nodeLook } from '@/charts/look.ts'
import { Sparkline } from '@/charts/spark/sparkline.tsx'
import { Marks } from '@/features/topology/marks.tsx'
import { sightOf } from '@/features/topology/sight.ts'
import { power } from '@/features/topology/sight-copy.ts'
import { figure } from '@/format/figure.ts'
import { rangeOf, withRange } from '@/live/range.ts'
import type { SeriesAnswer } from '@/live/series-answer.ts'
import { useSeries } from '@/live/use-series.ts'
import { useSpec, useWatch } from '@/live/watch-provider.tsx'
import { Light, type Tone } from '@/ui/badge.tsx'
import { Card } from '@/ui/card.tsx'
import { cn } from '@/ui/cn.ts'
import { nodes as words } from './copy.ts'

/** `top`: the value at the upper edge, where one belongs there. */
const sparks = [
  { metric: 'cpu', label: words.sparks.cpu, unit: 'fraction', top: 1 },
  { metric: 'memoryUsed', label: words.sparks.memory, unit: 'fraction', top: 1 },
  { metric: 'temperature', label: words.sparks.temperature, unit: 'celsius', top: 85 },
  { metric: 'diskBusy', label: words.sparks.disk, unit: 'fraction', top: 1 },
  { metric: 'netOut', label: words.sparks.network, unit: 'bytes-per-second', top: undefined },
] as const

/** `seen`: ISO times of the last answers, `models`: what each is. */
export function NodesScreen({ models }: { models: Readonly<Record<string, string>> }) {
  const spec = useSpec()
  const selectors = useMemo(
    () =>
      spec.nodes.flatMap(({ name: node }) =>
        sparks.map(({ metric }) => ({ kind: 'node' as const, node, name: '', metric })),
      ),
    [spec],
  )
  const { data } = useSeries(selectors)
  return (
    <ChartBoard>
      <RangeBar />
      <ul className="grid list-none grid-cols-[repeat(auto-fill,minmax(min(100%,22rem),1fr))] gap-4">
        {spec.nodes.map((node) => (
          <li key={node.name}>
            <NodeCard node={node} model={models[node.name] ?? ''} data={data} />
          </li>
        ))}
      </ul>
    </ChartBoard>
  )
}

const tones: Record<ReturnType<typeof sightOf>['power'], Tone> = {
  on: 'ok',
  booting: 'info',
  away: 'bad',
  unknown: 'neutral',
}

function NodeCard({ node, model, data }: { node: NodeSpec; model: string; data: SeriesAnswer | undefined }) {
  const spec = useSpec()
  const watch = useWatch()
  const params = useSearchParams()
  const sight = sightOf(spec, watch, node)
  const uptime = stateOf(watch, node.name)?.machine?.uptime
  const range = withRange(new URLSearchParams(), rangeOf(params)).toString()
  const { colour } = nodeLook(spec, node.name)
  return (
    <Card className="relative grid h-full content-start gap-3 p-4 transition-colors hover:border-field">
      <header className="grid gap-1">
        <h2 className="flex items-center justify-between gap-3 font-semibold">
          <Link
            href={`/clusters/${spec.name}/nodes/${node.name}${range && `?${range}`}`}
            className="flex min-w-0 items-center gap-2 after:absolute after:inset-0 after:rounded-lg"
          >
            <span aria-hidden className="size-2.5 shrink-0 rounded-full" style={{ background: colour }} />
            <span className="truncate">{node.name}</span>
          </Link>
          <span className="numeric flex items-center gap-1.5 font-normal text-muted text-xs">
            <Light tone={tones[sight.power]} />
            {sight.power === 'on' && uptime !== undefined ? words.upFor(figure(uptime, 'seconds')) : power[sight.power]}
          </span>
        </h2>
        <p className="truncate text-muted text-xs">
          <span className="numeric font-mono">{node.address}</span>
          {model ? ` · ${model}` : ''}
        </p>
      </header>
      {sight.trouble ? (
        <p className="text-bad text-sm">
          {sight.trouble.message} <span className="text-foreground/80">{sight.trouble.cure}</span>
        </p>
      ) : (
        <Marks marks={sight.marks} className="min-h-6" />
      )}
      {sight.warnings.length > 0 ? (
        <p className="flex flex-wrap gap-x-3 text-xs">
          {sight.warnings.map(({ words: said, level }) => (
            <span key={said} className={cn('font-medium', level === 'bad' ? 'text-bad' : 'text-warn')}>
              {said}
            </span>
          ))}
        </p>
      ) : null}
      <dl className="grid gap-1.5 text-xs">
        {sparks.map(({ metric, label, unit, top }) => {
          const series = data?.series.find((one) => one.node === node.name && one.metric === metric)
          const last = series?.average.slice(-3).findLast((value) => value !== null)
          return (
            <div key={metric} className="grid grid-cols-[3.75rem_minmax(0,1fr)_5.25rem] items-center gap-2">
              <dt className="text-muted">{label}</dt>
              <dd className="contents">
                <Sparkline values={series?.average ?? []} colour={colour} top={top} height={24} className="w-full" />
                <span className="numeric text-right font-medium">{last == null ? '–' : figure(last, unit)}</span>
              </dd>
            </div>
          )
        })}
      </dl>
    </Card>
  )
}
