'use client'
/** What happened since yesterday's evening, over all clusters. */
import { useEffect, useState } from 'react'
import { goesOn } from '@/features/timeline/ends.ts'
import { EventLine } from '@/features/timeline/event-line.tsx'
import { moment, zoneName } from '@/format/times.ts'
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/ui/card.tsx'
import { Skeleton } from '@/ui/skeleton.tsx'
import { useNight } from './card-data.ts'
import { night as words } from './copy.ts'
import { digestOf, evening } from './digest.ts'

const most = 8

export function Night({ clusters }: { clusters: readonly string[] }) {
  const night = useNight(clusters)
  const [since, setSince] = useState<string | null>(null)
  useEffect(() => setSince(moment(evening(new Date()), 'weekday')), [])
  const digest = night && digestOf(night, most)
  return (
    <Card className="h-fit">
      <CardHeader>
        <CardTitle>{words.title}</CardTitle>
        <CardDescription className="numeric min-h-5" title={since ? zoneName() : undefined}>
          {since && words.since(since)}
        </CardDescription>
      </CardHeader>
      <CardContent className="min-h-24 pt-3">
        {!digest ? (
          <div className="grid gap-2.5">
            <Skeleton className="h-6" />
            <Skeleton className="h-6 w-4/5" />
          </div>
        ) : digest.told.length === 0 ? (
          <p className="text-muted text-sm">{words.quiet}</p>
        ) : (
          <ol className="grid list-none gap-2.5">
            {digest.told.map(({ cluster, event }) => (
              <li key={`${cluster} ${event.id}`}>
                <EventLine
                  event={{ ...event, link: event.link ?? `/clusters/${cluster}/timeline` }}
                  when={
                    <>
                      {goesOn(event) && <span className="font-medium text-warn">{words.goesOn} · </span>}
                      {clusters.length > 1 && `${cluster} · `}
                      <time dateTime={event.at} title={moment(new Date(event.at), 'full')}>
                        {moment(new Date(event.at), 'clock')}
                      </time>
                    </>
                  }
                />
              </li>
            ))}
          </ol>
        )}
        {digest && digest.more > 0 && <p className="numeric mt-3 text-muted text-xs">{words.more(digest.more)}</p>}
      </CardContent>
    </Card>
  )
}
