/** How long writes were away in the drills of one class, oldest on the left. The table below the cards says the same. */
import type { DrillView } from '@bramble/db/runs'
import Link from 'next/link'
import type { Tone } from '@/ui/badge.tsx'
import { cn } from '@/ui/cn.ts'
import { verdicts, drills as words } from './copy.ts'

const most = 24
/** Per cent of the height, so that the shortest outage is still seen and hit. */
const least = 6

const colours: Record<Tone, string> = {
  ok: 'bg-ok',
  warn: 'bg-warn',
  bad: 'bg-bad',
  neutral: 'bg-muted',
  info: 'bg-info',
  primary: 'bg-primary',
}

/** `drills`: newest first. `limit`: seconds that it should take; a line shows it. */
export function Trend({ title, drills, limit }: { title: string; drills: readonly DrillView[]; limit: number }) {
  const shown = drills.slice(0, most).reverse()
  const highest = Math.max(limit, ...shown.map(({ writeOutage }) => writeOutage ?? 0))
  return (
    <div className="relative flex h-16 items-end gap-0.5" role="img" aria-label={words.trend(title)}>
      <span
        aria-hidden
        className="absolute inset-x-0 border-border border-t border-dashed"
        style={{ bottom: `${(limit / highest) * 100}%` }}
      />
      {shown.map(({ run, at, verdict, writeOutage }) => (
        <Link
          key={run}
          href={`/runs/${run}`}
          tabIndex={-1}
          prefetch={false}
          title={words.bar(at.slice(0, 16).replace('T', ' '), verdicts[verdict].label, words.seconds(writeOutage))}
          className="group flex h-full max-w-5 flex-1 items-end"
        >
          <span
            className={cn('w-full rounded-t-sm opacity-85 group-hover:opacity-100', colours[verdicts[verdict].tone])}
            style={{ height: `${Math.max(least, ((writeOutage ?? 0) / highest) * 100)}%` }}
          />
        </Link>
      ))}
    </div>
  )
}
