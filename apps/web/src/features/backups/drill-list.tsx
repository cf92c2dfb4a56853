/** What the restore drills found. */
import { spanText } from '@bramble/cluster'
import type { BackupsView } from '@bramble/db/backups'
import Link from 'next/link'
import { Light } from '@/ui/badge.tsx'
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/ui/card.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { backups as words } from './copy.ts'

const count = new Intl.NumberFormat('en')

export function DrillList({ drills }: { drills: BackupsView['drills'] }) {
  return (
    <Card>
      <CardHeader>
        <CardTitle>{words.drills}</CardTitle>
        <CardDescription>{words.drillsText}</CardDescription>
      </CardHeader>
      <CardContent>
        {drills.length === 0 && <p className="text-muted text-sm">{words.noDrill}</p>}
        <ul className="grid gap-3">
          {drills.map(({ run, at, good, message, result }) => (
            <li key={run} className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 text-sm">
              <Light tone={good ? 'ok' : 'bad'} className="mt-1.5" />
              <div className="grid gap-0.5">
                <p className="flex flex-wrap gap-x-3">
                  <Link href={`/runs/${run}`} className="font-medium">
                    {good ? words.good : words.bad}
                  </Link>
                  <RelativeTime at={at} className="text-muted" />
                  {result && (
                    <span className="numeric text-muted">
                      {spanText(result.restoreSeconds + result.recoverySeconds)},{' '}
                      {words.drillRows(count.format(result.rows), result.tables)}
                    </span>
                  )}
                </p>
                <p className="wrap-anywhere text-muted">{message}</p>
              </div>
            </li>
          ))}
        </ul>
      </CardContent>
    </Card>
  )
}
