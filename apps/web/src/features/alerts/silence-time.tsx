'use client'
/** Until when a silence lasts, in the reader's own time. Before hydration: UTC, so that server and browser agree. */
import type { SilenceView } from '@bramble/db/alerts'
import { BellOff } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Badge } from '@/ui/badge.tsx'
import { silencing } from './copy.ts'

/** `14:30`, with the day when it is not today's. */
export function untilText(until: Date, now: Date): string {
  const day = until.toDateString() === now.toDateString() ? {} : ({ month: 'short', day: 'numeric' } as const)
  return until.toLocaleString(undefined, { ...day, hour: '2-digit', minute: '2-digit' })
}

export function SilenceTime({ until }: { until: string }) {
  const [now, setNow] = useState<Date | null>(null)
  useEffect(() => setNow(new Date()), [])
  const date = new Date(until)
  return (
    <time
      dateTime={until}
      title={now ? date.toLocaleString(undefined, { dateStyle: 'full', timeStyle: 'long' }) : until}
      className="numeric"
    >
      {now ? untilText(date, now) : `${until.slice(0, 16).replace('T', ' ')} UTC`}
    </time>
  )
}

export function SilenceBadge({ silence }: { silence: SilenceView }) {
  return (
    <Badge>
      <BellOff aria-hidden />
      {silencing.badge} <SilenceTime until={silence.until} />
    </Badge>
  )
}
