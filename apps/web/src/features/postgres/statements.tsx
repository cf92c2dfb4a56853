'use client'
/** The costliest statements: where the time goes. */
import type { PostgresState } from '@bramble/cluster'
import { useState } from 'react'
import { figure } from '@/format/figure.ts'
import { Card } from '@/ui/card.tsx'
import { cn } from '@/ui/cn.ts'
import { postgres } from './copy.ts'
import { QueryText } from './query-text.tsx'

const words = postgres.lists
const first = 10

export function Statements({ statements, className }: { statements: PostgresState['statements']; className?: string }) {
  const [all, setAll] = useState(false)
  const { columns } = words
  const total = statements?.reduce((sum, one) => sum + one.totalMs, 0) ?? 0
  const shown = all ? statements : statements?.slice(0, first)
  return (
    <Card className={cn('grid min-w-0 grid-cols-[minmax(0,1fr)] content-start gap-3 p-4', className)}>
      <div>
        <h3 className="font-semibold text-sm">{words.statements}</h3>
        <p className="text-muted text-xs">{words.statementsText}</p>
      </div>
      {statements === null ? (
        <p className="text-muted text-sm">{words.noStatements}</p>
      ) : statements.length === 0 ? (
        <p className="text-muted text-sm">{words.noneYet}</p>
      ) : (
        <ul className="grid list-none divide-y divide-border">
          {shown?.map((one) => (
            <li
              key={one.query}
              className="grid gap-x-6 gap-y-1.5 py-2.5 first:pt-0 last:pb-0 lg:grid-cols-[minmax(0,1fr)_28rem] lg:items-start"
            >
              <QueryText query={one.query} />
              <dl className="numeric grid grid-cols-4 gap-x-4 text-sm">
                <Figure label={columns.total} share={total > 0 ? one.totalMs / total : 0}>
                  {figure(one.totalMs, 'milliseconds')}
                </Figure>
                <Figure label={columns.mean}>{figure(one.meanMs, 'milliseconds')}</Figure>
                <Figure label={columns.calls}>{figure(one.calls, 'count')}</Figure>
                <Figure label={columns.each}>{figure(one.calls > 0 ? one.rows / one.calls : 0, 'count')}</Figure>
              </dl>
            </li>
          ))}
        </ul>
      )}
      {statements && statements.length > first ? (
        <button
          type="button"
          onClick={() => setAll(!all)}
          className="justify-self-start text-primary text-sm underline-offset-4 hover:underline"
        >
          {all ? words.fold : `${words.expand} (${statements.length})`}
        </button>
      ) : null}
    </Card>
  )
}

/** `share`: of the time of all, as a bar below. */
function Figure({ label, share, children }: { label: string; share?: number; children: string }) {
  return (
    <div className="min-w-0">
      <dt className="text-muted text-xs">{label}</dt>
      <dd className="whitespace-nowrap">
        {children}
        {share === undefined ? null : (
          <span aria-hidden className="mt-1 block h-1 overflow-hidden rounded-full bg-sunken">
            <span className="block h-full rounded-full bg-measure-2" style={{ width: `${share * 100}%` }} />
          </span>
        )}
      </dd>
    </div>
  )
}
