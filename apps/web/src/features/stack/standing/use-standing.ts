'use client'
/** How a cluster stands in the second that it is read: the last look, what was seen before, and the clock. */
import {
  type ClusterSpec,
  type ClusterWatch,
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

export interface Now {
  standing: Standing
  conditions: Condition[]
  past: Recollection
}

interface StandingInput {
  spec: ClusterSpec
  watch: ClusterWatch
  /** What happened lately, oldest first. */
  events: readonly TimelineEvent[]
  /** Seconds since 1970 by the server's clock. */
  now: () => number
}

export function useStanding({ spec, watch, events, now }: StandingInput): Now {
  const time = useClock(now, watch.at)
  const past = useRecollection(watch, events)
  // Rules speak of the look; only the clock's words change every second.
  const conditions = useMemo(
    () => (watch.at === null ? [] : conditionsOf({ spec, watch, now: new Date(watch.at) })),
    [spec, watch],
  )
  return { standing: standingOf({ spec, watch, past, now: time, troubles: conditions }), conditions, past }
}

/** The server's clock, every second. Until the page is awake it stands at the last look, as on the server. */
function useClock(now: () => number, at: string | null): Date {
  const [time, setTime] = useState<number | null>(null)
  useEffect(() => {
    setTime(now() * 1000)
    const timer = setInterval(() => setTime(now() * 1000), 1000)
    return () => clearInterval(timer)
  }, [now])
  return new Date(time ?? (at === null ? 0 : Date.parse(at)))
}

function useRecollection(watch: ClusterWatch, events: readonly TimelineEvent[]): Recollection {
  const told = useMemo(() => recollectionFrom(events), [events])
  const [seen, setSeen] = useState(() => ({ watch, past: recall(told, watch) }))
  if (seen.watch !== watch) setSeen({ watch, past: recall(seen.past, watch) })
  return useMemo(() => settled(seen.past, told), [seen.past, told])
}
