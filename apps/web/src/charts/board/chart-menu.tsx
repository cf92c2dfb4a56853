'use client'
import { ArrowLeftRight, ChartLine, EllipsisVertical, Link2, Table2 } from 'lucide-react'
import Link from 'next/link'
import { useCopyMoment } from '@/charts/crosshair/moment-link.ts'
import { chart as words } from '@/live/copy.ts'
import { Button } from '@/ui/button.tsx'
import { Dropdown, DropdownContent, DropdownItem, DropdownTrigger } from '@/ui/dropdown.tsx'

interface ChartMenuProps {
  title: string
  table: boolean
  onTable: (table: boolean) => void
  compare?: string | undefined
}

export function ChartMenu({ title, table, onTable, compare }: ChartMenuProps) {
  const copy = useCopyMoment()
  return (
    <Dropdown>
      <DropdownTrigger asChild>
        <Button variant="ghost" size="icon-sm" className="-mt-1 -mr-1.5 text-muted" aria-label={words.menu(title)}>
          <EllipsisVertical aria-hidden />
        </Button>
      </DropdownTrigger>
      <DropdownContent>
        <DropdownItem onSelect={() => onTable(!table)}>
          {table ? <ChartLine aria-hidden /> : <Table2 aria-hidden />}
          {table ? words.asChart : words.asTable}
        </DropdownItem>
        {compare ? (
          <DropdownItem asChild>
            <Link href={compare}>
              <ArrowLeftRight aria-hidden /> {words.compare}
            </Link>
          </DropdownItem>
        ) : null}
        <DropdownItem onSelect={copy}>
          <Link2 aria-hidden /> {words.copyMoment}
        </DropdownItem>
      </DropdownContent>
    </Dropdown>
  )
}
