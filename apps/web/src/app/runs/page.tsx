import { ClusterName, RunStatus } from '@bramble/cluster'
import { listClusters, listRuns } from '@bramble/db'
import type { Metadata } from 'next'
import Link from 'next/link'
import { z } from 'zod'
import { Refresh } from '@/components/run/refresh.tsx'
import { RunChart } from '@/components/run/run-chart.tsx'
import { RunFilter } from '@/components/run/run-filter.tsx'
import { type Filter, runsPath } from '@/components/run/run-path.ts'
import { RunTable } from '@/components/run/run-table.tsx'
import { buttonStyle } from '@/components/ui/button.tsx'
import { Empty, Page } from '@/components/ui/page.tsx'
import { access } from '@/lib/access.ts'

export const metadata: Metadata = { title: 'Runs' }

const page = 50
const Query = z.object({
  status: RunStatus.optional().catch(undefined),
  cluster: ClusterName.optional().catch(undefined),
  before: z.iso.datetime().optional().catch(undefined),
})

export default async function RunsPage({ searchParams }: { searchParams: Promise<Record<string, unknown>> }) {
  await access.require('viewer')
  const { status, cluster, before } = Query.parse(await searchParams)
  const filter: Filter = { status: status ?? null, cluster: cluster ?? null }
  const [clusters, runs] = await Promise.all([
    listClusters(),
    listRuns({ ...(status && { status }), ...(cluster && { cluster }), ...(before && { before }), limit: page }),
  ])
  const oldest = runs.length === page ? runs.at(-1) : undefined
  return (
    <Page
      width="wide"
      title="Runs"
      description="Every plan and every change, with its log."
      actions={<RunFilter filter={filter} clusters={clusters.map((entry) => entry.name)} />}
    >
      <Refresh active={runs.some((run) => run.status === 'queued' || run.status === 'running')} />
      <RunChart runs={runs} />
      {runs.length > 0 ? <RunTable runs={runs} /> : <NoRuns filtered={runsPath(filter, before) !== '/runs'} />}
      <nav className="flex justify-between" aria-label="Pages">
        {before ? (
          <Link className={buttonStyle({ size: 'sm' })} href={runsPath(filter)}>
            Newest
          </Link>
        ) : (
          <span />
        )}
        {oldest && (
          <Link className={buttonStyle({ size: 'sm' })} href={runsPath(filter, oldest.createdAt)}>
            Older
          </Link>
        )}
      </nav>
    </Page>
  )
}

function NoRuns({ filtered }: { filtered: boolean }) {
  if (filtered)
    return (
      <Empty title="No run matches">
        <Link className={buttonStyle({})} href="/runs">
          Show every run
        </Link>
      </Empty>
    )
  return (
    <Empty title="Nothing has run yet">
      <p>A run is one execution of a job on your Pis: a plan, a provision. Open a cluster and press Plan.</p>
      <Link className={buttonStyle({ variant: 'primary' })} href="/">
        To the clusters
      </Link>
    </Empty>
  )
}
