/** Thirty days, a field a day. */
import { cn } from '@/ui/cn.ts'
import { uptime as words } from './copy.ts'
import { type Day, type Grade, gradeOf, shareUp } from './uptime.ts'

const inks: Record<Grade, string> = {
  unwatched: 'bg-border',
  up: 'bg-ok',
  short: 'bg-warn',
  long: 'bg-bad',
}

/** Null: not known yet; the place is kept. */
export function UptimeStrip({ days, count }: { days: readonly Day[] | null; count: number }) {
  const share = days && shareUp(days)
  return (
    <div className="grid gap-1">
      <div className="flex h-5 items-stretch gap-px sm:gap-0.5" aria-hidden="true">
        {(days ?? Array.from({ length: count }, () => null)).map((day, at) => (
          <span
            key={day?.date ?? at}
            className={cn('min-w-0 flex-1 rounded-xs', day ? inks[gradeOf(day)] : 'animate-breathe bg-border/70')}
            title={day ? words.day(day) : undefined}
          />
        ))}
      </div>
      <p className="numeric flex justify-between gap-3 text-muted text-xs">
        <span>{words.span(count)}</span>
        <span>{days === null ? '\u00a0' : share === null ? words.unwatched : words.share(share ?? 0)}</span>
      </p>
    </div>
  )
}
