/** The largest tables, and how much of them is dead. */
import type { PostgresState } from '@bramble/cluster'
import { DataTable } from '@/charts/board/data-table.tsx'
import { figure } from '@/format/figure.ts'
import { Card } from '@/ui/card.tsx'
import { cn } from '@/ui/cn.ts'
import { RelativeTime } from '@/ui/time.tsx'
import { postgres } from './copy.ts'

const words = postgres.lists
/** Of all rows: from here on autovacuum is behind; its own threshold is 20%. */
const many = 0.2

export function Tables({ tables }: { tables: PostgresState['tables'] }) {
  const { columns } = words
  return (
    <Card className="grid min-w-0 content-start gap-3 p-4">
      <div>
        <h3 className="font-semibold text-sm">{words.tables}</h3>
        <p className="text-muted text-xs">{words.tablesText}</p>
      </div>
      <DataTable
        label={words.tables}
        empty={words.noTables}
        columns={[
          { title: columns.name },
          { title: columns.size, right: true },
          { title: columns.rows, right: true },
          { title: columns.dead, right: true },
          { title: columns.vacuumed, right: true },
        ]}
        rows={tables.map((table) => ({
          key: table.name,
          cells: [
            <span key="name" className="font-mono text-xs">
              {table.name}
            </span>,
            figure(table.size, 'bytes'),
            figure(table.rows, 'count'),
            <Dead key="dead" rows={table.rows} dead={table.deadRows} />,
            table.vacuumedAt ? <RelativeTime key="vacuumed" at={table.vacuumedAt} /> : columns.never,
          ],
        }))}
      />
    </Card>
  )
}

function Dead({ rows, dead }: { rows: number; dead: number }) {
  const share = rows + dead > 0 ? dead / (rows + dead) : 0
  const worth = share > many && dead > 1000
  return (
    <span className={cn('inline-flex items-center justify-end gap-2', worth && 'font-medium text-warn')}>
      <span aria-hidden className="h-1.5 w-10 overflow-hidden rounded-full bg-sunken">
        <span
          className={cn('block h-full rounded-full', worth ? 'bg-warn' : 'bg-measure-3')}
          style={{ width: `${Math.min(100, share * 100)}%` }}
        />
      </span>
      {figure(share, 'fraction')}
    </span>
  )
}
