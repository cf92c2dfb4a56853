'use client'
/** One Pi: who it is, what it does now, its charts. */
import { stateOf } from '@bramble/cluster'
import { ChevronLeft } from 'lucide-react'
import Link from 'next/link'
import { useSearchParams } from 'next/navigation'
import { type ReactNode, useMemo } from 'react'
import { ChartBoard } from '@/charts/board/chart-board.tsx'
import { RangeBar } from '@/charts/board/range-bar.tsx'
import { ChartGrid } from '@/charts/chart-grid.tsx'
import { nodeLook } from '@/charts/look.ts'
import { SeriesChart } from '@/charts/series-chart.tsx'
import { members } from '@/features/members/copy.ts'
import { Gauges } from '@/features/stack/shelf/gauges.tsx'
import { Marks } from '@/features/topology/marks.tsx'
import { Pi } from '@/features/topology/pi.tsx'
import { sightOf } from '@/features/topology/sight.ts'
import { power } from '@/features/topology/sight-copy.ts'
import { rangeOf, withRange } from '@/live/range.ts'
import { useSpec, useWatch } from '@/live/watch-provider.tsx'
import { Alert } from '@/ui/alert.tsx'
import { Card } from '@/ui/card.tsx'
import { nodes, node as words } from './copy.ts'
import { FlagLanes } from './flag-lanes.tsx'
import { CardOfNode, Identity, PowerCard, Units, Upkeep } from './identity.tsx'
import { nodeCharts } from './node-charts.ts'
import type { NodeFacts } from './node-facts.ts'

/** `runs`: its last ones, made on the server. */
export function NodeScreen({
  name,
  known,
  runs,
  actions,
}: {
  name: string
  known: NodeFacts
  runs: ReactNode
  actions: ReactNode
}) {
  const spec = useSpec()
  const watch = useWatch()
  const node = spec.nodes.find((one) => one.name === name)
  const machine = stateOf(watch, name)?.machine ?? null
  const cores = machine?.cpus ?? null
  const plans = useMemo(() => (node ? nodeCharts(node, cores) : []), [node, cores])
  if (!node) return null
  return (
    <ChartBoard>
      <Head name={name} actions={actions} />
      <div className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,20rem),1fr))] gap-4">
        <Identity node={node} known={known} machine={machine} />
        <PowerCard machine={machine} />
        <CardOfNode machine={machine} known={known} />
        <Units machine={machine} />
        <Upkeep machine={machine} />
        {runs}
      </div>
      <RangeBar />
      <FlagLanes node={name} />
      <ChartGrid title={name}>
        {plans.map((plan) => (
          <SeriesChart key={plan.title} {...plan} />
        ))}
      </ChartGrid>
    </ChartBoard>
  )
}

function Head({ name, actions }: { name: string; actions: ReactNode }) {
  const spec = useSpec()
  const watch = useWatch()
  const params = useSearchParams()
  const node = spec.nodes.find((one) => one.name === name)!
  const state = stateOf(watch, name)
  const sight = sightOf(spec, watch, node)
  const range = withRange(new URLSearchParams(), rangeOf(params)).toString()
  const here = (node: string) => `/clusters/${spec.name}/nodes/${node}${range && `?${range}`}`
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <Link
          href={`/clusters/${spec.name}/nodes${range && `?${range}`}`}
          className="inline-flex items-center gap-1 rounded-sm text-muted text-sm hover:text-foreground"
        >
          <ChevronLeft className="size-4" aria-hidden /> {nodes.all}
        </Link>
        <nav aria-label={nodes.all}>
          <ul className="flex list-none flex-wrap gap-1">
            {spec.nodes.map((other) => (
              <li key={other.name}>
                <Link
                  href={here(other.name)}
                  aria-current={other.name === name ? 'page' : undefined}
                  className="inline-flex h-7 items-center gap-1.5 rounded-md px-2 text-muted text-xs hover:bg-sunken aria-[current]:bg-sunken aria-[current]:font-medium aria-[current]:text-foreground"
                >
                  <span
                    aria-hidden
                    className="size-2 rounded-full"
                    style={{ background: nodeLook(spec, other.name).colour }}
                  />
                  {other.name}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
      </div>
      <Card className="grid grid-cols-[6rem_minmax(0,1fr)] items-center gap-x-5 gap-y-3 p-4 sm:grid-cols-[9rem_minmax(0,1fr)] sm:p-5">
        <Pi
          power={sight.power}
          heat={sight.heat}
          cpu={sight.cpu}
          primary={sight.marks.some(({ kind, tone }) => kind === 'primary' && tone === 'strong')}
          address={sight.marks.some(({ kind }) => kind === 'address')}
          alarm={sight.warnings[0]?.level ?? null}
        />
        <div className="flex flex-wrap items-center justify-between gap-x-8 gap-y-3">
          <div className="grid min-w-0 gap-1.5">
            <h2 className="flex flex-wrap items-baseline gap-x-3 font-semibold text-xl leading-tight">
              {name}
              <span className="font-normal text-muted text-sm">{power[sight.power]}</span>
            </h2>
            {sight.marks.length > 0 ? (
              <Marks marks={sight.marks} />
            ) : (
              <p className="text-muted text-sm">{state ? words.spare : words.unwatched}</p>
            )}
            {sight.marks.map(({ kind, words: said }) => (
              <p key={kind} className="text-muted text-sm">
                {said}
              </p>
            ))}
          </div>
          <Gauges sight={sight} />
          {actions}
        </div>
      </Card>
      {node.leaving && <Alert tone="info" title={members.leavingText(name)} />}
      {sight.trouble ? (
        <Alert tone="bad" title={sight.trouble.message}>
          {sight.trouble.cure}
        </Alert>
      ) : null}
      {Object.entries(state?.silent ?? {}).map(([part, why]) => (
        <Alert key={part} tone="warn" title={words.silent(part)}>
          {why}
        </Alert>
      ))}
    </>
  )
}
