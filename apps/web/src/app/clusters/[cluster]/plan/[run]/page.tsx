import { obstacles } from '@bramble/cluster'
import { getCluster } from '@bramble/db/clusters'
import { getPlan, getRun } from '@bramble/db/runs'
import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { z } from 'zod'
import { access, reaches } from '@/auth/access.ts'
import { Approve } from '@/features/plan/approve.tsx'
import { PlanAgain } from '@/features/plan/plan-again.tsx'
import { PlanView } from '@/features/plan/plan-view.tsx'
import { PlanWait } from '@/features/plan/plan-wait.tsx'
import { losses, refusal, unasked } from '@/features/plan/words.ts'
import { RunOutcomeAlert } from '@/features/runs/outcome.tsx'
import { isOver } from '@/features/runs/view.ts'
import { Alert } from '@/ui/alert.tsx'
import { buttonStyle } from '@/ui/button.tsx'
import { Page } from '@/ui/page.tsx'
import { RelativeTime } from '@/ui/time.tsx'

export const metadata: Metadata = { title: 'Plan' }

interface PlanPageProps {
  params: Promise<{ cluster: string; run: string }>
  searchParams: Promise<{ provision?: string }>
}

export default async function PlanPage({ params, searchParams }: PlanPageProps) {
  const who = await access.require('viewer')
  const asked = await params
  const id = z.uuid().safeParse(asked.run)
  const [run, cluster] = await Promise.all([id.success ? getRun(id.data) : null, getCluster(asked.cluster)])
  if (!run || !cluster || run.cluster !== cluster.name || run.kind !== 'plan') notFound()
  const plan = await getPlan(run.id)
  const operator = reaches(who.role, 'operator')
  const busy = cluster.activeRun !== null
  const nodes = run.only ?? cluster.nodes.map((node) => node.name)
  const over = isOver(run)
  const refused = plan ? refusal(plan) : null
  return (
    <Page
      width="wide"
      eyebrow={
        <>
          <Link href="/">Clusters</Link> / <Link href={`/clusters/${cluster.name}`}>{cluster.name}</Link>
        </>
      }
      title={`Plan for ${run.only ? run.only.join(', ') : cluster.name}`}
      description={
        <>
          Started by {run.requestedBy} <RelativeTime at={run.createdAt} />. Nothing has been changed.
        </>
      }
      actions={
        over && (
          <>
            <Link className={buttonStyle({ variant: 'ghost' })} href={`/runs/${run.id}`}>
              Log
            </Link>
            {operator && <PlanAgain cluster={cluster.name} only={run.only} busy={busy} />}
          </>
        )
      }
    >
      {!over && <PlanWait initial={run} nodes={nodes} />}
      {over && run.status !== 'succeeded' && <RunOutcomeAlert run={run} />}
      {over && plan && (
        <PlanView
          plan={plan}
          approval={
            refused ? (
              <Alert tone={plan.changes === 0 && unasked(plan).length === 0 ? 'ok' : 'warn'} title={refused} />
            ) : !operator ? (
              <Alert tone="info" title="Only an operator can provision." />
            ) : busy ? (
              <Alert tone="info" title="Another run of this cluster is in progress.">
                Wait until it has ended, then plan again.
              </Alert>
            ) : (
              <Approve
                run={run.id}
                digest={plan.digest}
                cluster={cluster.name}
                foreign={obstacles(plan, []).flatMap(({ accept }) => accept ?? [])}
                dangerous={losses(plan).length > 0}
                focus={(await searchParams).provision === '1'}
              />
            )
          }
        />
      )}
    </Page>
  )
}
