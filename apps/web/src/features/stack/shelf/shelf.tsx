'use client'
/** The stack as it stands on the shelf, with what each Pi does in this moment. A click leads to the Pi. */
import type { ClusterSpec, ClusterWatch, NodeSpec } from '@bramble/cluster'
import Link from 'next/link'
import { Standoffs } from '@/features/stack/standing/standoffs.tsx'
import { Marks } from '@/features/topology/marks.tsx'
import { Pi } from '@/features/topology/pi.tsx'
import { type Sight, sightOf } from '@/features/topology/sight.ts'
import { power, shelf } from '@/features/topology/sight-copy.ts'
import { figure } from '@/format/figure.ts'
import { Light } from '@/ui/badge.tsx'
import { cn } from '@/ui/cn.ts'
import { RelativeTime } from '@/ui/time.tsx'
import { Tooltip } from '@/ui/tooltip.tsx'
import { Gauges } from './gauges.tsx'

interface ShelfProps {
  spec: ClusterSpec
  watch: ClusterWatch
  /** ISO times of the last answers. */
  answered: ReadonlyMap<string, string>
  /** Pis that a run is at work on. */
  busy: ReadonlySet<string>
}

export function Shelf({ spec, watch, answered, busy }: ShelfProps) {
  return (
    <ol className="grid list-none" aria-label={shelf.label}>
      {spec.nodes.map((node) => (
        <Row
          key={node.name}
          cluster={spec.name}
          node={node}
          sight={sightOf(spec, watch, node)}
          answered={answered.get(node.name) ?? null}
          busy={busy.has(node.name)}
        />
      ))}
      <li aria-hidden="true" className="grid grid-cols-[5.75rem_1fr] sm:grid-cols-[10.5rem_1fr]">
        <div className="mx-1 h-2 rounded-b-md bg-part" />
      </li>
    </ol>
  )
}

interface RowProps {
  cluster: string
  node: NodeSpec
  sight: Sight
  answered: string | null
  busy: boolean
}

function Row({ cluster, node, sight, answered, busy }: RowProps) {
  const primary = sight.marks.some(({ kind, tone }) => kind === 'primary' && tone === 'strong')
  const address = sight.marks.some(({ kind }) => kind === 'address')
  const away = sight.power === 'away'
  const alarm = sight.warnings[0]?.level ?? (sight.marks.some(({ tone }) => tone === 'bad') ? 'bad' : null)
  return (
    <li
      data-testid={`pi-${node.name}`}
      className={cn(
        'group relative grid grid-cols-[5.75rem_minmax(0,1fr)] gap-x-3.5 rounded-lg transition-colors hover:bg-sunken/70 sm:grid-cols-[10.5rem_minmax(0,1fr)] sm:gap-x-5',
        primary && 'bg-primary-subtle/45',
        away && 'bg-bad-subtle/50',
      )}
    >
      <div className="relative flex items-end">
        <Standoffs />
        <div className="relative w-full pt-3">
          <Pi
            power={sight.power}
            heat={sight.heat}
            cpu={sight.cpu}
            primary={primary}
            address={address}
            busy={busy}
            alarm={alarm}
          />
        </div>
      </div>
      <div className="@container grid min-h-18 content-center py-2 pr-3">
        <div className="grid @lg:grid-cols-[minmax(0,1fr)_auto] items-center gap-x-5 gap-y-1.5">
          <div className="grid min-w-0 content-center gap-1.5">
            <h3 className="flex min-w-0 flex-wrap items-baseline gap-x-2.5 leading-tight">
              <Tooltip content={<Words sight={sight} />}>
                <Link
                  href={`/clusters/${cluster}/nodes/${node.name}`}
                  className="wrap-anywhere rounded-sm font-semibold after:absolute after:inset-0 after:rounded-lg focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-primary"
                >
                  {node.name}
                </Link>
              </Tooltip>
              <span className="numeric font-mono font-normal text-muted text-xs">{node.address}</span>
              <Reach sight={sight} answered={answered} />
            </h3>
            {away ? (
              <p className="text-bad text-sm">{sight.trouble?.message}</p>
            ) : sight.power === 'unknown' ? (
              <p className="text-muted text-sm">{node.roles.join(', ') || shelf.spare}</p>
            ) : sight.marks.length > 0 ? (
              <Marks marks={sight.marks} />
            ) : (
              <p className="text-muted text-sm">{shelf.spare}</p>
            )}
            {sight.warnings.length > 0 && (
              <p className="flex flex-wrap gap-x-3 text-xs">
                {sight.warnings.map(({ words, level }) => (
                  <span key={words} className={cn('font-medium', level === 'bad' ? 'text-bad' : 'text-warn')}>
                    {words}
                  </span>
                ))}
              </p>
            )}
          </div>
          {!away && <Gauges sight={sight} />}
        </div>
      </div>
    </li>
  )
}

/** What the lights say, on hover and focus. */
function Words({ sight }: { sight: Sight }) {
  const lines = [
    ...(sight.power === 'on' ? [] : [power[sight.power]]),
    ...sight.marks.map(({ words }) => words),
    ...sight.warnings.map(({ words }) => `${words}.`),
    ...(sight.disk === null ? [] : [shelf.card(figure(sight.disk, 'fraction'))]),
  ]
  return (
    <ul className="grid list-none gap-1">
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  )
}

/** Said only when it is not plainly up. */
function Reach({ sight, answered }: { sight: Sight; answered: string | null }) {
  if (sight.power === 'on') return <span className="sr-only">{power.on}</span>
  return (
    <span
      className={cn(
        'inline-flex items-center gap-1.5 text-xs',
        sight.power === 'away' ? 'font-medium text-bad' : 'text-muted',
      )}
    >
      <Light tone={sight.power === 'away' ? 'bad' : sight.power === 'booting' ? 'info' : 'neutral'} live />
      {power[sight.power]}
      {sight.power === 'away' && (
        <span className="font-normal">
          {answered ? (
            <>
              · {shelf.lastAnswer} <RelativeTime at={answered} />
            </>
          ) : (
            `· ${shelf.neverAnswered}`
          )}
        </span>
      )}
    </span>
  )
}
