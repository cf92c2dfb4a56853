/** How long the runs on this page took, oldest on the left: a Pi that becomes slow shows here first. */
import type { RunSummary } from '@bramble/db/runs'
import Link from 'next/link'
import { duration } from '@/format/duration.ts'
import { Card } from '@/ui/card.tsx'
import { cn } from '@/ui/cn.ts'
import { runTitle, statuses, runList as words } from './copy.ts'
import { runPath } from './run-path.ts'

/** Fewer bars tell nothing that the list does not. */
const fewest = 3
/** Per cent of the height, so that the shortest run is still seen and hit. */
const least = 3

const colours = {
  ok: 'bg-ok',
  warn: 'bg-warn',
  bad: 'bg-bad',
  neutral: 'bg-muted',
  info: 'bg-info',
  primary: 'bg-info',
}

export function RunChart({ runs }: { runs: readonly RunSummary[] }) {
  const bars = runs.flatMap(barOf).reverse()
  const longest = Math.max(...bars.map(({ seconds }) => seconds))
  if (bars.length < fewest || longest <= 0) return null
  return (
    <Card className="grid gap-3 p-5">
      <div className="flex items-baseline justify-between gap-4">
        <h2 className="font-medium text-sm">{words.chart}</h2>
        <p className="numeric text-muted text-xs">{words.longest(duration(longest))}</p>
      </div>
      {/* The list below says the same, and is where the keyboard goes. */}
      <div className="flex h-24 items-end gap-px sm:gap-1" role="img" aria-label={words.chartLabel(bars.length)}>
        {bars.map(({ run, seconds }) => (
          <Link
            key={run.id}
            href={runPath(run)}
            tabIndex={-1}
            prefetch={false}
            title={words.bar(runTitle(run), statuses[run.status].label, duration(seconds))}
            className="group flex h-full max-w-7 flex-1 items-end"
          >
            <span
              className={cn(
                'w-full rounded-t-sm opacity-85 group-hover:opacity-100',
                colours[statuses[run.status].tone],
              )}
              style={{ height: `${Math.max(least, (seconds / longest) * 100)}%` }}
            />
          </Link>
        ))}
      </div>
    </Card>
  )
}

function barOf(run: RunSummary): { run: RunSummary; seconds: number }[] {
  if (!run.startedAt || !run.endedAt) return []
  return [{ run, seconds: (Date.parse(run.endedAt) - Date.parse(run.startedAt)) / 1000 }]
}
