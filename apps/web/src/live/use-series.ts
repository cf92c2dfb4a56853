'use client'
/** Measures for a chart over the page's range; a live one grows with each look. */
import type { TimelineEvent } from '@bramble/cluster'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { isSpan, points, type SeriesKey, type TimelineKey } from './live-growth.ts'
import { type Range, spans, type Window, windowOf } from './range.ts'
import type { Selector, SeriesAnswer } from './series-answer.ts'
import { loadTimeline } from './timeline-answer.ts'
import { useRange } from './use-range.ts'
import { useWatchContext } from './watch-provider.tsx'

export interface SeriesState {
  /** Undefined while the first answer is awaited. After a change of range it is the former one until the next comes. */
  data: SeriesAnswer | undefined
  /** What the time axis shows. */
  window: Window
  error: Error | null
  /** The data belongs to another range than the one asked for. */
  stale: boolean
  retry: () => void
}

const rangeKey = (range: Range): string => ('live' in range ? range.live : `${range.from}-${range.to}`)

/** Without `range`, the one in the address. Selectors are compared by their contents. */
export function useSeries(selectors: readonly Selector[], given?: Range): SeriesState {
  const { spec, load, now } = useWatchContext()
  const address = useRange()
  const range = given ?? address
  const queryKey: SeriesKey = ['series', spec.name, rangeKey(range), selectors]
  const query = useQuery({
    queryKey,
    queryFn: () => {
      // Rounded, so that charts which mount together ask for the same time.
      const { from, to } = windowOf(range, Math.ceil(now()))
      return load({ selectors, from, to, points })
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    // Comparing thousands of numbers to keep the same arrays costs more than drawing them.
    structuralSharing: false,
    placeholderData: keepPreviousData,
    enabled: selectors.length > 0,
  })
  const { data, isPlaceholderData } = query
  const live = 'live' in range
  const window =
    live && data && !isPlaceholderData
      ? { from: data.to - spans[range.live], to: data.to }
      : windowOf(range, Math.ceil(now()))
  return { data, window, error: query.error, stale: isPlaceholderData, retry: () => void query.refetch() }
}

/** What happened in the page's range, oldest first. Empty while it is not known. */
export const useTimeline = (given?: Range): TimelineEvent[] => useKnownTimeline(given) ?? none

/** The same; undefined while the first answer is awaited. */
export function useKnownTimeline(given?: Range): TimelineEvent[] | undefined {
  const { spec, now } = useWatchContext()
  const address = useRange()
  const range = given ?? address
  const queryKey: TimelineKey = ['timeline', spec.name, rangeKey(range)]
  const query = useQuery({
    queryKey,
    queryFn: ({ queryKey: [, cluster, key] }) => {
      const { from, to } = windowOf(isSpan(key) ? { live: key } : range, now())
      return loadTimeline(cluster, from, to)
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    placeholderData: keepPreviousData,
  })
  return query.data
}

const none: TimelineEvent[] = []
