/** What was last done to it. */
import type { RunSummary } from '@bramble/db/runs'
import Link from 'next/link'
import { kinds, statuses } from '@/features/runs/copy.ts'
import { runPath } from '@/features/runs/run-path.ts'
import { Light } from '@/ui/badge.tsx'
import { Card } from '@/ui/card.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { node as words } from './copy.ts'

export function LastRuns({ runs }: { runs: readonly RunSummary[] }) {
  return (
    <Card className="grid min-w-0 content-start gap-2.5 p-4">
      <h3 className="font-semibold text-sm leading-6">{words.runs}</h3>
      {runs.length === 0 ? (
        <p className="text-muted text-sm">{words.noRuns}</p>
      ) : (
        <ul className="grid list-none gap-1.5 text-sm">
          {runs.map((run) => (
            <li key={run.id} className="flex items-center justify-between gap-3">
              <Link
                href={runPath(run)}
                className="inline-flex min-w-0 items-center gap-2 underline-offset-4 hover:underline"
              >
                <Light tone={statuses[run.status].tone} live={run.status === 'running'} />
                <span className="truncate">
                  {kinds[run.kind]} <span className="text-muted">{statuses[run.status].label.toLowerCase()}</span>
                </span>
              </Link>
              <span className="shrink-0 text-muted text-xs">
                <RelativeTime at={run.createdAt} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
