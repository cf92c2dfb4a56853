'use client'
import { Download } from 'lucide-react'
import { useSearchParams } from 'next/navigation'
import { Button } from '@/ui/button.tsx'
import { Dropdown, DropdownContent, DropdownItem, DropdownTrigger } from '@/ui/dropdown.tsx'
import { audit } from './copy.ts'

/** What the filter lets through, as a file. */
export function AuditExport() {
  const query = useSearchParams()
  const href = (format: string) => {
    const asked = new URLSearchParams(query)
    asked.delete('before')
    asked.set('format', format)
    return `/api/audit/export?${asked}`
  }
  return (
    <Dropdown>
      <DropdownTrigger asChild>
        <Button>
          <Download aria-hidden />
          {audit.filter.export}
        </Button>
      </DropdownTrigger>
      <DropdownContent align="end">
        {(['csv', 'jsonl'] as const).map((format) => (
          <DropdownItem key={format} asChild>
            <a href={href(format)} download>
              {audit.filter.formats[format]}
            </a>
          </DropdownItem>
        ))}
      </DropdownContent>
    </Dropdown>
  )
}
