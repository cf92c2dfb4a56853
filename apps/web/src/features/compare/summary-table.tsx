/** The compared time in figures. */
import type { Unit } from '@bramble/cluster'
import { DataTable } from '@/charts/board/data-table.tsx'
import type { Curve } from '@/charts/curve.ts'
import { figure } from '@/format/figure.ts'
import { Card } from '@/ui/card.tsx'
import { compare as words } from './copy.ts'
import { summaryOf } from './earlier.ts'

interface SummaryTableProps {
  entries: readonly { key: string; label: string; look: { colour: string } }[]
  curves: readonly Curve[] | null
  earlier: readonly Curve[] | null
}

export function SummaryTable({ entries, curves, earlier }: SummaryTableProps) {
  const { columns } = words
  return (
    <Card className="grid min-w-0 gap-3 p-4">
      <h2 className="font-semibold text-sm">{words.summary}</h2>
      <DataTable
        label={words.summary}
        columns={[
          { title: columns.node },
          ...[columns.average, columns.lowest, columns.highest].map((title) => ({ title, right: true })),
          ...(earlier ? [columns.before, columns.change].map((title) => ({ title, right: true })) : []),
        ]}
        rows={entries.map(({ key, label, look }, at) => {
          const unit = curves?.[at]?.unit ?? 'count'
          const now = curves?.[at] ? summaryOf(curves[at]) : null
          const then = earlier?.[at] ? summaryOf(earlier[at]) : null
          return {
            key,
            cells: [
              <span key="node" className="inline-flex items-center gap-2">
                <span aria-hidden className="size-2 rounded-full" style={{ background: look.colour }} />
                {label}
              </span>,
              said(now?.average, unit),
              said(now?.lowest, unit),
              said(now?.highest, unit),
              ...(earlier ? [said(then?.average, unit), change(now?.average, then?.average)] : []),
            ],
          }
        })}
      />
    </Card>
  )
}

const said = (value: number | null | undefined, unit: Unit): string => (value == null ? '–' : figure(value, unit))

function change(now: number | null | undefined, then: number | null | undefined): string {
  if (now == null || then == null || then === 0) return '–'
  const share = now / then - 1
  return `${share > 0 ? '+' : share < 0 ? '−' : ''}${figure(Math.abs(share), 'fraction')}`
}
