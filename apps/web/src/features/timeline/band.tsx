/** The whole window in one line: outages as stretches, what happened in a moment as strokes, hatched where nobody watched. */
import type { TimelineEvent } from '@bramble/cluster'
import { cn } from '@/ui/cn.ts'
import { timeline as words } from './copy.ts'
import { goesOn, lasts } from './ends.ts'

const strokes: Record<TimelineEvent['level'], string> = {
  good: 'bg-ok',
  info: 'bg-info',
  warning: 'bg-warn',
  critical: 'bg-bad',
}

interface BandProps {
  /** Oldest first, with their ends. */
  events: readonly TimelineEvent[]
  /** Seconds since 1970. */
  from: number
  to: number
  /** Stretches of which nothing is known. */
  unwatched: readonly { from: number; to: number }[]
}

export function Band({ events, from, to, unwatched }: BandProps) {
  const percent = (epoch: number) => Math.min(100, Math.max(0, ((epoch - from) / (to - from)) * 100))
  return (
    <div role="img" aria-label={words.band} className="relative h-8 overflow-hidden rounded-md bg-ok-subtle">
      {unwatched.map((gap) => (
        <span
          key={gap.from}
          title={words.unwatched}
          className="absolute inset-y-0 bg-sunken"
          style={{ left: `${percent(gap.from)}%`, width: `${percent(gap.to) - percent(gap.from)}%` }}
        >
          <span className="hatched absolute inset-0" />
        </span>
      ))}
      {events.map((event) => {
        const start = Date.parse(event.at) / 1000
        const end = event.until ? Date.parse(event.until) / 1000 : goesOn(event) ? to : start
        const stretch = lasts(event.kind) && end > start
        return (
          <span
            key={event.id}
            title={event.words}
            className={cn(
              'absolute top-0 bottom-0 min-w-0.5',
              strokes[event.level],
              stretch ? 'opacity-90' : 'top-2 bottom-2 w-0.5 opacity-70',
            )}
            style={{
              left: `${percent(start)}%`,
              ...(stretch ? { width: `${percent(end) - percent(start)}%` } : {}),
            }}
          />
        )
      })}
    </div>
  )
}
