/** The backups in the repository. */
import { sizeText, spanText } from '@bramble/cluster'
import type { BackupsView } from '@bramble/db/backups'
import Link from 'next/link'
import { DataTable } from '@/charts/board/data-table.tsx'
import { Badge } from '@/ui/badge.tsx'
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/ui/card.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { backupTypes, backups as words } from './copy.ts'

type Entry = BackupsView['backups'][number]

const { columns } = words

export function BackupList({ view }: { view: BackupsView }) {
  return (
    <Card>
      <CardHeader>
        <CardTitle>{words.list}</CardTitle>
        <CardDescription>{words.listText}</CardDescription>
      </CardHeader>
      <CardContent>
        <DataTable
          label={words.list}
          columns={[
            { title: columns.type },
            { title: columns.ended },
            { title: columns.took, right: true },
            { title: columns.size, right: true },
            { title: columns.added, right: true },
            { title: columns.wal },
            { title: columns.by },
          ]}
          rows={view.backups.map((entry) => ({ key: entry.label, cells: cells(entry) }))}
          empty={words.none}
        />
      </CardContent>
    </Card>
  )
}

function cells(entry: Entry) {
  const { label, type, startedAt, endedAt, size, added, walStart, walStop, damaged, run } = entry
  return [
    <span key="type" className="flex items-center gap-2" title={label}>
      {backupTypes[type]} {damaged && <Badge tone="bad">{words.damaged}</Badge>}
    </span>,
    <RelativeTime key="ended" at={endedAt} />,
    spanText((Date.parse(endedAt) - Date.parse(startedAt)) / 1000),
    sizeText(size),
    sizeText(added),
    <span key="wal" className="font-mono text-xs" title={`${walStart} – ${walStop}`}>
      {walStart.slice(-8)}–{walStop.slice(-8)}
    </span>,
    run ? (
      <Link key="by" href={`/runs/${run}`}>
        {who(entry)}
      </Link>
    ) : (
      who(entry)
    ),
  ]
}

function who({ requestedBy }: Pick<Entry, 'requestedBy'>): string {
  if (requestedBy === null) return words.elsewhere
  return requestedBy === 'bramble' ? words.scheduled : requestedBy
}
