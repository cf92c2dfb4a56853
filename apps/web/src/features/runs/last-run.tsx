/** The last run on top of the cluster's page. */
import { buildingKinds } from '@bramble/cluster'
import type { RunSummary } from '@bramble/db/runs'
import Link from 'next/link'
import { Alert } from '@/ui/alert.tsx'
import { buttonStyle } from '@/ui/button.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { runTitle, statuses } from './copy.ts'
import { runPath } from './run-path.ts'

const tones = {
  succeeded: 'ok',
  partial: 'warn',
  failed: 'bad',
  cancelled: 'info',
  queued: 'info',
  running: 'info',
} as const

interface LastRunProps {
  run: RunSummary | null
  cluster: string
  provisioned: boolean
}

export function LastRun({ run, cluster, provisioned }: LastRunProps) {
  if (!run || (!provisioned && !buildingKinds.includes(run.kind) && run.status === 'succeeded'))
    return (
      <Alert
        tone="info"
        title="Nothing is installed on these Pis yet."
        actions={
          run?.kind === 'plan' && (
            <Link className={buttonStyle({ size: 'sm' })} href={`/clusters/${cluster}/plan/${run.id}`}>
              Open plan
            </Link>
          )
        }
      >
        Press Provision. You see every file, package, and restart first, and approve the plan with one button.
      </Alert>
    )
  const href = run.kind === 'plan' && run.status === 'succeeded' ? `/clusters/${cluster}/plan/${run.id}` : runPath(run)
  return (
    <Alert
      tone={tones[run.status]}
      title={run.message ?? `${runTitle(run)}: ${statuses[run.status].label.toLowerCase()}`}
      actions={
        <Link className={buttonStyle({ size: 'sm' })} href={href}>
          {run.kind === 'plan' && run.status === 'succeeded' ? 'Open plan' : 'Open run'}
        </Link>
      }
    >
      {runTitle(run)} by {run.requestedBy} <RelativeTime at={run.endedAt ?? run.createdAt} />
    </Alert>
  )
}
