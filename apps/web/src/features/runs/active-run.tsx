'use client'
/** The run that is under way, on top of the cluster's page. */
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useEffect } from 'react'
import { Alert } from '@/ui/alert.tsx'
import { buttonStyle } from '@/ui/button.tsx'
import { runTitle, statuses } from './copy.ts'
import { Elapsed } from './elapsed.tsx'
import { runPath } from './run-path.ts'
import { useRunStream } from './stream.ts'
import { isOver, type RunView } from './view.ts'

export function ActiveRun({ initial }: { initial: RunView }) {
  const router = useRouter()
  const { run } = useRunStream(initial, false)
  const over = isOver(run)
  useEffect(() => {
    if (over) router.refresh()
  }, [over, router])
  const now = run.steps.findLast((step) => step.status === 'running')
  return (
    <Alert
      tone="info"
      title={
        <>
          {runTitle(run)}: {statuses[run.status].label.toLowerCase()} <Elapsed run={run} />
        </>
      }
      actions={
        <Link
          className={buttonStyle({ size: 'sm' })}
          href={run.kind === 'plan' ? `/clusters/${run.cluster}/plan/${run.id}` : runPath(run)}
        >
          Watch
        </Link>
      }
    >
      <span className="block truncate">{now ? `${now.node}: ${now.title}` : `Started by ${run.requestedBy}`}</span>
    </Alert>
  )
}
