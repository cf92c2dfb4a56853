'use client'
/** What a card of the overview asks for beside the looks: its last hour, its last days, and what happened. */
import type { TimelineEvent } from '@bramble/cluster'
import { useQuery } from '@tanstack/react-query'
import { type Course, newest, total } from '@/features/stack/path/flow.ts'
import type { Selector } from '@/live/series-answer.ts'
import { seriesLoader } from '@/live/series-batch.ts'
import { loadTimeline } from '@/live/timeline-answer.ts'
import { evening } from './digest.ts'
import { type Day, daysOf, uptimeSelectors } from './uptime.ts'

const requestRate: Selector[] = [{ kind: 'frontend', node: '*', name: 'site', metric: 'requestRate' }]

const hour = 3600
export const uptimeDays = 30

/** Null while the first answer is awaited. */
export function useRequests(cluster: string): { value: number | null; course: Course } | null {
  const { data } = useQuery({
    queryKey: ['requests', cluster],
    queryFn: async () => {
      const to = Math.ceil(Date.now() / 1000)
      const answer = await seriesLoader(cluster)({ selectors: requestRate, from: to - hour, to, points: 120 })
      const course = total(answer.series, answer.times.length)
      return { value: newest(course), course }
    },
    refetchInterval: 15_000,
  })
  return data ?? null
}

export function useUptime(cluster: string): Day[] | null {
  const { data } = useQuery({
    queryKey: ['uptime', cluster],
    queryFn: async () => {
      const to = Math.ceil(Date.now() / 1000)
      // An hour more than the days, for the change of the clocks.
      const from = to - uptimeDays * 24 * hour - hour
      const answer = await seriesLoader(cluster)({ selectors: uptimeSelectors, from, to, points: uptimeDays * 24 })
      return daysOf(answer, uptimeDays, to, localDate)
    },
    refetchInterval: 300_000,
  })
  return data ?? null
}

/** Since yesterday's evening; oldest first. Undefined while the first answer is awaited. */
export function useNight(clusters: readonly string[]): { cluster: string; events: TimelineEvent[] }[] | undefined {
  const { data } = useQuery({
    queryKey: ['night', clusters],
    queryFn: () => {
      const now = new Date()
      const from = evening(now).getTime() / 1000
      return Promise.all(
        clusters.map(async (cluster) => ({ cluster, events: await loadTimeline(cluster, from, now.getTime() / 1000) })),
      )
    },
    refetchInterval: 30_000,
  })
  return data
}

/** 2026-11-26 by the reader's calendar. */
function localDate(epoch: number): string {
  const date = new Date(epoch * 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}
