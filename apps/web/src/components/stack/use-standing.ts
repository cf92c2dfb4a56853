'use client'
/** How the cluster stands in the second that it is read: the last look, what was seen before, and the clock. */
import {
  type Condition,
  conditionsOf,
  type Recollection,
  recall,
  recollectionFrom,
  type Standing,
  settled,
  standingOf,
  type TimelineEvent,
} from '@bramble/cluster'
import { useEffect, useMemo, useState } from 'react'
import { useTimeline } from '@/components/watch/use-series.ts'
import { useSpec, useWatch, useWatchContext } from '@/components/watch/watch-provider.tsx'

export interface Now {
  standing: Standing
  conditions: Condition[]
  past: Recollection
  /** What happened in the last day, oldest first. */
  events: readonly TimelineEvent[]
}

export function useStanding(stored: readonly TimelineEvent[]): Now {
  const spec = useSpec()
  const watch = useWatch()
  const now = useClock()
  const told = useTimeline(lastDay)
  const events = told.length > 0 ? told : stored
  const past = useRecollection(events)
  // Rules speak of the look; only the clock's words change every second.
  const conditions = useMemo(
    () => (watch.at === null ? [] : conditionsOf({ spec, watch, now: new Date(watch.at) })),
    [spec, watch],
  )
  return { standing: standingOf({ spec, watch, past, now, troubles: conditions }), conditions, past, events }
}

const lastDay = { live: '1d' } as const

/** The server's clock, every second. Until the page is awake it stands at the last look, as on the server. */
function useClock(): Date {
  const { now } = useWatchContext()
  const { at } = useWatch()
  const [time, setTime] = useState<number | null>(null)
  useEffect(() => {
    setTime(now() * 1000)
    const timer = setInterval(() => setTime(now() * 1000), 1000)
    return () => clearInterval(timer)
  }, [now])
  return new Date(time ?? (at === null ? 0 : Date.parse(at)))
}

function useRecollection(events: readonly TimelineEvent[]): Recollection {
  const watch = useWatch()
  const told = useMemo(() => recollectionFrom(events), [events])
  const [seen, setSeen] = useState(() => ({ watch, past: recall(told, watch) }))
  if (seen.watch !== watch) setSeen({ watch, past: recall(seen.past, watch) })
  return useMemo(() => settled(seen.past, told), [seen.past, told])
}
