/** A small table inside a card; it scrolls sideways on a phone. */
import type { ReactNode } from 'react'
import { cn } from '@/ui/cn.ts'

interface DataTableProps {
  label: string
  columns: readonly { title: string; right?: boolean }[]
  rows: readonly { key: string; cells: readonly ReactNode[] }[]
  /** Said when there are no rows. */
  empty?: string
}

export function DataTable({ label, columns, rows, empty }: DataTableProps) {
  if (rows.length === 0 && empty) return <p className="text-muted text-sm">{empty}</p>
  return (
    <section
      className="-mx-4 overflow-x-auto px-4"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
      tabIndex={0}
    >
      <table className="numeric w-full border-collapse text-sm">
        <thead>
          <tr className="border-border border-b text-left text-muted text-xs">
            {columns.map(({ title, right }) => (
              <th key={title} scope="col" className={cn('py-1.5 pr-4 font-medium last:pr-0', right && 'text-right')}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, cells }) => (
            <tr key={key} className="border-border border-b last:border-b-0">
              {cells.map((cell, at) => (
                <td
                  key={columns[at]?.title}
                  className={cn('whitespace-nowrap py-1.5 pr-4 last:pr-0', columns[at]?.right && 'text-right')}
                >
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
