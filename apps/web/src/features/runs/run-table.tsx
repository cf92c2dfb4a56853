/** Runs, newest first: a table on a wide screen, cards on a phone. */
import type { RunSummary } from '@bramble/db/runs'
import Link from 'next/link'
import { Badge, Light } from '@/ui/badge.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { runList, runTitle, statuses } from './copy.ts'
import { Elapsed } from './elapsed.tsx'
import { runPath } from './run-path.ts'

export function RunTable({ runs }: { runs: readonly RunSummary[] }) {
  return (
    <ul className="grid list-none divide-y divide-border rounded-lg border border-border bg-surface shadow-card">
      {runs.map((run) => {
        const status = statuses[run.status]
        return (
          <li
            key={run.id}
            className="relative grid gap-x-5 gap-y-1.5 px-5 py-3.5 text-sm first:rounded-t-lg last:rounded-b-lg hover:bg-sunken/60 md:grid-cols-[11rem_14rem_minmax(0,1fr)_10rem] md:items-center"
          >
            <span>
              <Badge tone={status.tone}>
                <Light tone={status.tone} live={run.status === 'running'} />
                {status.label}
              </Badge>
            </span>
            <span className="min-w-0 truncate">
              {/* The link covers its row. */}
              <Link href={runPath(run)} className="font-medium after:absolute after:inset-0 after:rounded-md">
                {runTitle(run)}
              </Link>
              {(run.only || run.serverSwitch) && <span className="text-muted"> · {run.cluster}</span>}
            </span>
            <span className="line-clamp-2 text-muted md:line-clamp-1" title={run.message ?? ''}>
              {run.message ?? runList.askedBy(run.requestedBy)}
            </span>
            <span className="text-muted md:text-right">
              <RelativeTime at={run.createdAt} />
              {run.startedAt && ' · '}
              <Elapsed run={run} />
            </span>
          </li>
        )
      })}
    </ul>
  )
}
