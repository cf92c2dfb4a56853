'use client'
/** All that happened to a cluster, day by day, live. */
import type { TimelineEvent } from '@bramble/cluster'
import { ChartLine } from 'lucide-react'
import Link from 'next/link'
import { usePathname, useSearchParams } from 'next/navigation'
import { useMemo } from 'react'
import { gapsOf } from '@/charts/curve.ts'
import { moment, zoneName } from '@/format/times.ts'
import { type Range, rangeOf, windowOf } from '@/live/range.ts'
import type { Selector } from '@/live/series-answer.ts'
import { useSetRange } from '@/live/use-range.ts'
import { useKnownTimeline, useSeries } from '@/live/use-series.ts'
import { useSpec, useWatch, useWatchContext } from '@/live/watch-provider.tsx'
import { Button } from '@/ui/button.tsx'
import { Card, CardContent } from '@/ui/card.tsx'
import { Empty } from '@/ui/page.tsx'
import { Band } from './band.tsx'
import { FilterChoice, SpanChoice } from './choices.tsx'
import { tallyWords, timeline as words } from './copy.ts'
import { goesOn, withEnds } from './ends.ts'
import { EventLine } from './event-line.tsx'
import {
  daysOf,
  type Filter,
  filterOf,
  type GroupName,
  groupOf,
  matches,
  momentPath,
  tallyOf,
  withFilter,
} from './groups.ts'
import { Waiting } from './waiting.tsx'

/** Measured at every look, so where it is missing nobody looked. */
const looks: Selector[] = [{ kind: 'cluster', node: '', name: '', metric: 'writable' }]

/** As many as one answer holds. */
const limit = 500

export function TimelineScreen() {
  const spec = useSpec()
  const { now } = useWatchContext()
  // A new look is a new moment: what goes on gets longer.
  useWatch()
  const params = useSearchParams()
  const path = usePathname()
  const setRange = useSetRange()
  // What happened is looked at over days, not over the hour of the charts.
  const chosen = params.has('range') || params.has('from')
  const range = useMemo((): Range => (chosen ? rangeOf(params) : { live: '7d' }), [chosen, params])
  const known = useKnownTimeline(range)
  const { data: measured } = useSeries(looks, range)
  const nodes = useMemo(() => spec.nodes.map(({ name }) => name), [spec])
  const filter = filterOf(params, nodes)
  const { from, to } = windowOf(range, now())
  const events = useMemo(() => withEnds(known ?? []), [known])
  const unwatched = measured ? gapsOf(measured, measured.series, { from, to }) : []
  const shown = events.filter((event) => matches(event, filter))
  const counts = useMemo(() => countsOf(events), [events])
  const setFilter = (next: Filter) => {
    const query = withFilter(params, next).toString()
    window.history.replaceState(null, '', query ? `${path}?${query}` : path)
  }
  return (
    <div className="grid gap-5">
      <div className="grid gap-3">
        <div className="flex flex-wrap items-center gap-3">
          <SpanChoice range={range} onRange={(span) => setRange({ live: span })} />
          {!('live' in range) && (
            <Button size="sm" onClick={() => setRange({ live: '1h' })}>
              {words.live}
            </Button>
          )}
        </div>
        <FilterChoice filter={filter} nodes={nodes} counts={counts} onFilter={setFilter} />
      </div>
      {known === undefined ? (
        <Waiting />
      ) : (
        <>
          <section className="grid gap-2">
            <Band events={shown} from={from} to={to} unwatched={unwatched} />
            <p className="numeric flex flex-wrap justify-between gap-x-4 text-muted text-xs" title={zoneName()}>
              <span>{words.window(moment(new Date(from * 1000), 'long'), moment(new Date(to * 1000), 'long'))}</span>
              <span className="text-foreground">{tallyWords(tallyOf(shown, now() * 1000))}</span>
            </p>
          </section>
          {shown.length === 0 ? (
            <Empty title={events.length === 0 ? words.empty : words.filtered}>
              {events.length === 0 ? (
                <p>{words.emptyText}</p>
              ) : (
                <Button size="sm" onClick={() => setFilter({ groups: [], node: null })}>
                  {words.showAll}
                </Button>
              )}
            </Empty>
          ) : (
            <Days cluster={spec.name} events={shown} now={now() * 1000} />
          )}
          {events.length >= limit && <p className="numeric text-muted text-sm">{words.newest(limit)}</p>}
        </>
      )}
    </div>
  )
}

function Days({ cluster, events, now }: { cluster: string; events: readonly TimelineEvent[]; now: number }) {
  return (
    <div className="grid gap-5">
      {daysOf(events, (at) => moment(at, 'day')).map((day) => (
        <section key={day.key} aria-label={day.key} className="grid gap-2">
          <h2 className="font-semibold text-base">{day.key}</h2>
          <Card>
            <CardContent className="px-4 py-2 sm:px-5">
              <ol className="grid list-none divide-y divide-border">
                {day.events.map((event) => (
                  <li key={event.id} className="py-2">
                    <EventLine
                      event={event}
                      when={
                        <>
                          {goesOn(event) && <span className="font-medium text-warn">{words.goesOn}</span>}
                          <time dateTime={event.at} title={moment(new Date(event.at), 'full')}>
                            {moment(new Date(event.at), 'seconds')}
                          </time>
                        </>
                      }
                      actions={
                        <Link
                          href={momentPath(cluster, event, now)}
                          aria-label={words.charts}
                          title={words.charts}
                          className="grid size-7 place-items-center rounded-md text-muted hover:bg-sunken hover:text-foreground"
                        >
                          <ChartLine className="size-4" aria-hidden />
                        </Link>
                      }
                    />
                  </li>
                ))}
              </ol>
            </CardContent>
          </Card>
        </section>
      ))}
    </div>
  )
}

function countsOf(events: readonly TimelineEvent[]): Map<GroupName, number> {
  const counts = new Map<GroupName, number>()
  for (const { kind } of events) counts.set(groupOf(kind), (counts.get(groupOf(kind)) ?? 0) + 1)
  return counts
}
