/** The restores that came through. */
import type { BackupsView } from '@bramble/db/backups'
import Link from 'next/link'
import { Card, CardContent, CardHeader, CardTitle } from '@/ui/card.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { backups as words } from './copy.ts'

export function RestoreList({ restores }: { restores: BackupsView['restores'] }) {
  return (
    <Card>
      <CardHeader>
        <CardTitle>{words.restores}</CardTitle>
      </CardHeader>
      <CardContent>
        <ul className="grid gap-2 text-sm">
          {restores.map(({ run, at, to, source, requestedBy }) => (
            <li key={run} className="flex flex-wrap gap-x-3">
              <Link href={`/runs/${run}`} className="font-medium">
                {words.restoredTo} {source ? `${words.restoredFrom(source)}, ` : ''}
                {to ? `${to.slice(0, 19).replace('T', ' ')} UTC` : words.newestState}
              </Link>
              <RelativeTime at={at} className="text-muted" />
              <span className="text-muted">{requestedBy}</span>
            </li>
          ))}
        </ul>
      </CardContent>
    </Card>
  )
}
