'use client'
/** Every server of every backend as each balancer sees it, with what can be done about it. */
import { type BackendName, nodesWith, type ServerState, vipHolders } from '@bramble/cluster'
import { useMemo } from 'react'
import { nodeLook } from '@/charts/look.ts'
import { Sparkline } from '@/charts/spark/sparkline.tsx'
import { figure } from '@/format/figure.ts'
import { useSeries } from '@/live/use-series.ts'
import { useSpec, useWatch } from '@/live/watch-provider.tsx'
import { Badge, Light, type Tone } from '@/ui/badge.tsx'
import { Card } from '@/ui/card.tsx'
import { cn } from '@/ui/cn.ts'
import { type BoardRow, boardRows, isTrouble, type Sight } from './board-rows.ts'
import { haproxy } from './copy.ts'
import { ServerActions } from './server-actions.tsx'

const words = haproxy.board
const backends: readonly BackendName[] = ['web', 'postgres-primary', 'postgres-replicas']

export function BackendBoard({ canOperate }: { canOperate: boolean }) {
  const spec = useSpec()
  const watch = useWatch()
  const balancers = nodesWith(spec, 'balancer').map(({ name }) => name)
  const [holder = null] = vipHolders(spec, watch)
  const tables = backends
    .map((backend) => ({ backend, rows: boardRows(spec, watch, backend, holder) }))
    .filter(({ rows }) => rows.length > 0)
  return (
    <section className="grid gap-3" aria-label={words.title} id="board">
      <header>
        <h2 className="font-semibold text-lg leading-tight">{words.title}</h2>
        <p className="max-w-prose text-muted text-sm">{words.text}</p>
      </header>
      {tables.length === 0 ? (
        <p className="rounded-lg border border-border border-dashed px-4 py-8 text-center text-muted text-sm">
          {words.nothing}
        </p>
      ) : (
        <div className="grid gap-4 2xl:grid-cols-2">
          {tables.map(({ backend, rows }) => (
            <Backend key={backend} {...{ backend, rows, balancers, holder, canOperate }} />
          ))}
        </div>
      )}
    </section>
  )
}

interface BackendProps {
  backend: BackendName
  rows: readonly BoardRow[]
  balancers: readonly string[]
  holder: string | null
  canOperate: boolean
}

function Backend({ backend, rows, balancers, holder, canOperate }: BackendProps) {
  const { name: cluster } = useSpec()
  const lines = useLines(backend, rows, holder ?? balancers[0] ?? '')
  const columns = {
    gridTemplateColumns: `minmax(7rem,1fr) repeat(${balancers.length},minmax(11rem,1.4fr)) 5rem 5rem 11rem 2.25rem`,
  }
  return (
    <Card className="grid min-w-0 grid-cols-[minmax(0,1fr)] content-start">
      <h3 className="px-4 pt-4 pb-2 font-semibold text-sm">{words.backends[backend]}</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <section className="hidden overflow-x-auto lg:block" aria-label={words.backends[backend]} tabIndex={0}>
        <div className="grid min-w-fit gap-x-4 border-border border-b px-4 pb-1.5 text-muted text-xs" style={columns}>
          <span>{words.server}</span>
          {balancers.map((balancer) => (
            <span key={balancer} className="flex items-center gap-1.5">
              {words.sees(balancer)}
              {balancer === holder ? <Badge tone="primary">{words.holder}</Badge> : null}
            </span>
          ))}
          <span className="text-right">{words.sessions}</span>
          <span className="text-right">{words.rate}</span>
          <span>{backend === 'web' ? words.time : ''}</span>
          <span className="sr-only">{words.actions}</span>
        </div>
        <ul className="grid min-w-fit list-none divide-y divide-border">
          {rows.map((row) => (
            <li key={row.server} className="grid min-h-12 items-center gap-x-4 px-4 py-1.5 text-sm" style={columns}>
              <Server name={row.server} />
              {row.sights.map((sight) => (
                <Seen key={sight.balancer} backend={backend} sight={sight} torn={row.torn} />
              ))}
              <span className="numeric text-right">{row.sessions}</span>
              <span className="numeric text-right">{rateWords(lines.get(row.server)?.rate)}</span>
              <Time line={lines.get(row.server)} />
              <Actions {...{ cluster, backend, row, canOperate }} />
            </li>
          ))}
        </ul>
      </section>
      <ul className="grid list-none divide-y divide-border lg:hidden">
        {rows.map((row) => (
          <li key={row.server} className="grid gap-1.5 px-4 py-3 text-sm">
            <div className="flex items-center justify-between gap-3">
              <Server name={row.server} />
              <Actions {...{ cluster, backend, row, canOperate }} />
            </div>
            {row.sights.map((sight) => (
              <div key={sight.balancer} className="grid grid-cols-[7rem_minmax(0,1fr)] gap-x-2">
                <span className="truncate text-muted text-xs leading-5">{words.sees(sight.balancer)}</span>
                <Seen backend={backend} sight={sight} torn={row.torn} />
              </div>
            ))}
            <p className="numeric flex flex-wrap items-center gap-x-4 text-muted text-xs">
              <span>
                {words.sessions} {row.sessions}
              </span>
              <span>
                {words.rate} {rateWords(lines.get(row.server)?.rate)}
              </span>
              <Time line={lines.get(row.server)} />
            </p>
          </li>
        ))}
      </ul>
    </Card>
  )
}

function Server({ name }: { name: string }) {
  const spec = useSpec()
  return (
    <span className="flex min-w-0 items-center gap-2 font-medium">
      <span aria-hidden className="size-2 shrink-0 rounded-full" style={{ background: nodeLook(spec, name).colour }} />
      <span className="truncate">{name}</span>
    </span>
  )
}

const tones: Record<ServerState['status'], Tone> = {
  up: 'ok',
  down: 'bad',
  drain: 'warn',
  maint: 'warn',
  unchecked: 'neutral',
}

function Seen({ backend, sight: { server }, torn }: { backend: BackendName; sight: Sight; torn: boolean }) {
  if (!server) return <span className="text-muted text-xs">{words.silent}</span>
  const byRole = server.status === 'down' && !isTrouble(backend, server.status) && backend !== 'web'
  const label = byRole ? words.notIts[backend] : server.drained ? words.downAndDrained : words.status[server.status]
  const trouble = !byRole && server.status === 'down'
  return (
    <span className="grid min-w-0 gap-0">
      <span className={cn('flex items-center gap-1.5', torn && 'font-medium', trouble && 'text-bad')}>
        <Light tone={byRole ? 'neutral' : tones[server.status]} />
        <span className={cn(byRole && 'text-muted')}>{label}</span>
        <span className="numeric text-muted text-xs">{words.since(figure(server.since, 'seconds'))}</span>
      </span>
      <span className="truncate pl-3.5 font-mono text-[0.6875rem] text-muted" title={server.check}>
        {server.check || ' '}
      </span>
    </span>
  )
}

interface Line {
  time: readonly (number | null)[] | null
  rate: number | null
}

function Time({ line }: { line: Line | undefined }) {
  if (!line?.time) return <span />
  const last = line.time.findLast((value) => value !== null)
  return (
    <span className="flex items-center gap-2">
      <Sparkline values={line.time} colour="var(--measure-2)" width={96} height={22} className="w-24" />
      <span className="numeric text-xs">{last == null ? '–' : figure(last, 'milliseconds')}</span>
    </span>
  )
}

function Actions({
  cluster,
  backend,
  row,
  canOperate,
}: {
  cluster: string
  backend: BackendName
  row: BoardRow
  canOperate: boolean
}) {
  if (row.status === null) return <span />
  return (
    <ServerActions
      cluster={cluster}
      backend={backend}
      server={row.server}
      status={row.status}
      drained={row.drained}
      canOperate={canOperate}
      lastUp={row.lastUp}
    />
  )
}

const rateWords = (rate: number | null | undefined): string => (rate == null ? '–' : figure(rate, 'per-second'))

/** Response times by the balancer that clients meet, and how many sessions begin with all of them. */
function useLines(backend: BackendName, rows: readonly BoardRow[], balancer: string): Map<string, Line> {
  const names = rows.map(({ server }) => server).join()
  const selectors = useMemo(
    () =>
      names.split(',').flatMap((server) => {
        const of = (metric: string) => ({
          kind: 'server' as const,
          node: balancer,
          name: `${backend}/${server}`,
          metric,
        })
        return backend === 'web' ? [of('sessionRate'), of('responseTime')] : [of('sessionRate')]
      }),
    [names, backend, balancer],
  )
  const { data } = useSeries(selectors)
  return useMemo(() => {
    const of = (server: string, metric: string) =>
      data?.series.find((series) => series.name === `${backend}/${server}` && series.metric === metric)?.average
    return new Map(
      names.split(',').map((server) => [
        server,
        {
          time: backend === 'web' ? (of(server, 'responseTime') ?? []) : null,
          rate: of(server, 'sessionRate')?.findLast((value) => value !== null) ?? null,
        },
      ]),
    )
  }, [data, names, backend])
}
