'use client'
/** What a node's PostgreSQL says of itself: databases, tables, statements, who waits for whom. */
import { nodesWith, primaryOf, stateOf } from '@bramble/cluster'
import { useState } from 'react'
import { DataTable } from '@/charts/board/data-table.tsx'
import { NodeChoice } from '@/charts/board/node-choice.tsx'
import { ChartGrid } from '@/charts/chart-grid.tsx'
import { nodeLook } from '@/charts/look.ts'
import { figure } from '@/format/figure.ts'
import { useSpec, useWatch } from '@/live/watch-provider.tsx'
import { Badge } from '@/ui/badge.tsx'
import { Card } from '@/ui/card.tsx'
import { Blocked } from './blocked.tsx'
import { postgres } from './copy.ts'
import { Statements } from './statements.tsx'
import { Tables } from './tables.tsx'

const words = postgres.lists

export function Inside() {
  const spec = useSpec()
  const watch = useWatch()
  const primary = primaryOf(watch)
  const [asked, setAsked] = useState<string | null>(null)
  const copies = nodesWith(spec, 'postgres').map(({ name }) => name)
  const node = asked ?? primary ?? copies[0]
  const state = node === undefined ? null : (stateOf(watch, node)?.postgres ?? null)
  if (node === undefined) return null
  return (
    <ChartGrid
      title={words.title}
      text={words.from(node, state ? (state.inRecovery ? 'replica' : 'primary') : '–')}
      actions={
        <NodeChoice
          label={postgres.sessions.of}
          chosen={node}
          onChoose={setAsked}
          nodes={copies.map((name) => ({
            name,
            colour: nodeLook(spec, name).colour,
            note: name === primary ? postgres.sessions.primaryNow : undefined,
          }))}
        />
      }
    >
      {state === null ? (
        <p className="col-span-full rounded-lg border border-border border-dashed px-4 py-8 text-center text-muted text-sm">
          {words.nothing}
        </p>
      ) : (
        <>
          <Statements statements={state.statements} className="col-span-full" />
          <Blocked blocked={state.blocked} className="col-span-full" />
          <Tables tables={state.tables} />
          <Card className="grid min-w-0 content-start gap-3 p-4">
            <h3 className="font-semibold text-sm">{words.databases}</h3>
            <DataTable
              label={words.databases}
              columns={[{ title: words.columns.name }, { title: words.columns.size, right: true }]}
              rows={[...state.databases]
                .sort((a, b) => b.size - a.size)
                .map(({ name, size }) => ({ key: name, cells: [name, figure(size, 'bytes')] }))}
            />
          </Card>
          <Replicas state={state} />
        </>
      )}
    </ChartGrid>
  )
}

type PostgresState = NonNullable<NonNullable<ReturnType<typeof stateOf>>['postgres']>

function Replicas({ state: { replication, slots } }: { state: PostgresState }) {
  const { columns } = words
  return (
    <Card className="grid min-w-0 content-start gap-3 p-4">
      <h3 className="font-semibold text-sm">{words.replicas}</h3>
      <DataTable
        label={words.replicas}
        empty={words.noReplicas}
        columns={[
          { title: columns.name },
          { title: columns.state },
          { title: columns.sync },
          { title: columns.behind, right: true },
          { title: columns.age, right: true },
        ]}
        rows={replication.map((one) => ({
          key: one.name + one.address,
          cells: [
            one.name,
            <Badge key="state" tone={one.state === 'streaming' ? 'ok' : 'warn'}>
              {one.state}
            </Badge>,
            one.sync,
            figure(one.lagBytes, 'bytes'),
            one.lagSeconds === null ? '–' : figure(one.lagSeconds, 'seconds'),
          ],
        }))}
      />
      <h3 className="mt-2 font-semibold text-sm">{words.slots}</h3>
      <DataTable
        label={words.slots}
        empty={words.noSlots}
        columns={[{ title: columns.name }, { title: columns.active }, { title: columns.retained, right: true }]}
        rows={slots.map(({ name, active, retained }) => ({
          key: name,
          cells: [name, active ? columns.yes : columns.no, figure(retained, 'bytes')],
        }))}
      />
    </Card>
  )
}
