import { getCluster } from '@bramble/db/clusters'
import { readWatch } from '@bramble/db/metrics'
import { getPlan, getRun } from '@bramble/db/runs'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { z } from 'zod'
import { access, reaches } from '@/auth/access.ts'
import { Safety } from '@/features/operations/safety.tsx'
import { RunScreen } from '@/features/runs/run-screen.tsx'
import { expectedSteps } from '@/features/runs/view.ts'
import { WatchProvider } from '@/live/watch-provider.tsx'

export const metadata: Metadata = { title: 'Run' }

const Query = z.object({ find: z.string().max(200).optional().catch(undefined) })

interface RunPageProps {
  params: Promise<{ run: string }>
  searchParams: Promise<Record<string, unknown>>
}

export default async function RunPage({ params, searchParams }: RunPageProps) {
  const who = await access.require('viewer')
  const { find } = Query.parse(await searchParams)
  const id = z.uuid().safeParse((await params).run)
  const run = id.success ? await getRun(id.data) : null
  if (!run) notFound()
  const [cluster, own, approved] = await Promise.all([
    run.cluster ? getCluster(run.cluster) : null,
    run.kind === 'plan' ? null : getPlan(run.id),
    run.kind !== 'plan' && run.approvedRun ? getPlan(run.approvedRun) : null,
  ])
  const plan = own ?? approved
  const all = cluster?.nodes.map((node) => node.name) ?? []
  const asked = run.only ?? (all.length > 0 ? all : (plan?.nodes.map((node) => node.node) ?? []))
  // The lanes stand in the order of work.
  const order = plan ? plan.order.filter((name) => asked.includes(name)) : []
  const nodes = [...order, ...asked.filter((name) => !order.includes(name))]
  const watched = cluster !== null && run.endedAt === null && run.kind !== 'plan' && run.kind !== 'flash'
  const watch = watched ? await readWatch(cluster.name) : null
  return (
    <RunScreen
      key={run.id}
      initial={run}
      nodes={nodes}
      expected={plan ? expectedSteps(plan) : []}
      operator={reaches(who.role, 'operator')}
      sought={find ?? ''}
      safety={
        watch &&
        cluster && (
          <WatchProvider spec={cluster.spec} initial={watch} now={Date.now()}>
            <Safety />
          </WatchProvider>
        )
      }
    />
  )
}
