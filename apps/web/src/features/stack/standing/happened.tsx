/** The newest events of the cluster, newest first. */
import type { TimelineEvent } from '@bramble/cluster'
import Link from 'next/link'
import { happened as words } from '@/features/stack/copy.ts'
import { EventLine } from '@/features/timeline/event-line.tsx'
import { Card, CardContent, CardHeader, CardTitle } from '@/ui/card.tsx'
import { RelativeTime } from '@/ui/time.tsx'

/** As many as fit without the page growing when one more happens. */
const shown = 6

export function Happened({ cluster, events }: { cluster: string; events: readonly TimelineEvent[] }) {
  const newest = events.slice(-shown).reverse()
  return (
    <Card className="h-fit">
      <CardHeader>
        <CardTitle>{words.title}</CardTitle>
        <Link
          href={`/clusters/${cluster}/timeline`}
          className="col-start-2 row-start-1 rounded-sm font-medium text-primary text-sm underline-offset-4 hover:underline"
        >
          {words.all}
        </Link>
      </CardHeader>
      <CardContent className="min-h-32 pt-4">
        {newest.length === 0 ? (
          <p className="text-muted text-sm">{words.none}</p>
        ) : (
          <ol className="grid list-none gap-2.5">
            {newest.map((event) => (
              <li key={event.id}>
                <EventLine event={event} when={<RelativeTime at={event.at} />} />
              </li>
            ))}
          </ol>
        )}
      </CardContent>
    </Card>
  )
}
