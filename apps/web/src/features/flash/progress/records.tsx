/** Every card that was written: a table on a wide screen, cards on a phone. */
import type { CardRecordView } from '@bramble/db/flash'
import Link from 'next/link'
import { flash, phases } from '@/features/flash/copy.ts'
import { bytesWords } from '@/features/flash/figures.ts'
import { Badge, Light } from '@/ui/badge.tsx'
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/ui/card.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { speedsOf } from './last-record.tsx'

export function Records({ records }: { records: readonly CardRecordView[] }) {
  return (
    <Card>
      <CardHeader>
        <CardTitle>{flash.records.title}</CardTitle>
        <CardDescription>{flash.records.text}</CardDescription>
      </CardHeader>
      {records.length === 0 ? (
        <CardContent className="text-muted text-sm">{flash.records.none}</CardContent>
      ) : (
        <ul className="mt-4 grid list-none divide-y divide-border border-border border-t">
          {records.map((record) => (
            <RecordRow key={record.id} record={record} />
          ))}
        </ul>
      )}
    </Card>
  )
}

function RecordRow({ record }: { record: CardRecordView }) {
  const { label, tone, live } = phases[record.phase]
  const { report, trouble } = record
  const bad = report?.badRanges.length ?? 0
  const makers = report ? [report.vendor, report.model].filter(Boolean).join(' ') : ''
  return (
    <li className="relative grid gap-x-5 gap-y-1 px-5 py-3 text-sm last:rounded-b-lg hover:bg-sunken/60 md:grid-cols-[10rem_minmax(0,1.2fr)_minmax(0,2fr)_9rem] md:items-center">
      <span>
        <Badge tone={tone}>
          <Light tone={tone} live={live} />
          {label}
        </Badge>
      </span>
      <span className="min-w-0">
        {/* The link covers its row. */}
        <Link href={`/flash/${record.run}`} className="font-medium after:absolute after:inset-0">
          {record.node}
        </Link>
        <span className="text-muted"> of {record.cluster}</span>
      </span>
      <span className="wrap-anywhere min-w-0 text-muted">
        {trouble ? (
          <span className="text-bad">{trouble.message}</span>
        ) : (
          <span className="numeric">
            {[makers, report ? bytesWords(report.identity.size) : record.path, speedsOf(record), record.image]
              .filter(Boolean)
              .join(' · ')}
          </span>
        )}
        {bad > 0 && <span className="font-medium text-bad"> · {flash.run.bad(bad)}</span>}
      </span>
      <span className="text-muted md:text-right">
        <RelativeTime at={record.createdAt} />
      </span>
    </li>
  )
}
