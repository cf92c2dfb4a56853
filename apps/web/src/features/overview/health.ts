/** How a cluster is, in one sentence and one colour, from what its runs left behind. Pure. */
import type { ClusterSummary } from '@bramble/db/clusters'
import { en } from '@/format/en.ts'
import type { Tone } from '@/ui/badge.tsx'

export interface Health {
  tone: Tone
  words: string
  /** Something is going on right now. */
  live: boolean
}

export function healthOf(cluster: Pick<ClusterSummary, 'lastRun' | 'activeRun'>): Health {
  const { activeRun, lastRun } = cluster
  if (activeRun?.status === 'queued') return { tone: 'info', words: en.health.queued, live: true }
  if (activeRun) return { tone: 'info', words: en.health.active[activeRun.kind], live: true }
  if (!lastRun) return { tone: 'neutral', words: en.health.never, live: false }
  const words = lastRun.message
  switch (lastRun.status) {
    case 'succeeded':
      if (lastRun.kind === 'plan') return { tone: 'neutral', words: words || en.health.planned, live: false }
      return { tone: 'ok', words: words || en.health.succeeded, live: false }
    case 'partial':
      return { tone: 'warn', words: words || en.health.partial, live: false }
    case 'failed':
      return { tone: 'bad', words: words || en.health.failed, live: false }
    case 'cancelled':
      return { tone: 'warn', words: words || en.health.cancelled, live: false }
    default:
      return { tone: 'info', words: en.health.queued, live: true }
  }
}
