import { listClusters } from '@bramble/db/clusters'
import { listAskers, listRuns, searchLogs } from '@bramble/db/runs'
import type { Metadata } from 'next'
import Link from 'next/link'
import { access } from '@/auth/access.ts'
import { runList as words } from '@/features/runs/copy.ts'
import { LogHits } from '@/features/runs/log/log-hits.tsx'
import { Refresh } from '@/features/runs/refresh.tsx'
import { RunChart } from '@/features/runs/run-chart.tsx'
import { RunFilter } from '@/features/runs/run-filter.tsx'
import { type Filter, isFiltered, runsPath } from '@/features/runs/run-path.ts'
import { runFilter, runsAsked } from '@/features/runs/run-query.ts'
import { RunTable } from '@/features/runs/run-table.tsx'
import { buttonStyle } from '@/ui/button.tsx'
import { Empty, Page } from '@/ui/page.tsx'
import { RelativeTime } from '@/ui/time.tsx'

export const metadata: Metadata = { title: words.title }

const page = 50

interface Asked {
  filter: Filter
  before: string | undefined
}

export default async function RunsPage({ searchParams }: { searchParams: Promise<Record<string, unknown>> }) {
  await access.require('viewer')
  const asked = runsAsked(await searchParams)
  const [clusters, askers] = await Promise.all([listClusters(), listAskers()])
  return (
    <Page width="wide" title={words.title} description={words.description}>
      <RunFilter filter={asked.filter} clusters={clusters.map(({ name }) => name)} askers={askers} />
      {asked.filter.words ? <Found {...asked} /> : <Listed {...asked} />}
    </Page>
  )
}

async function Listed({ filter, before }: Asked) {
  const runs = await listRuns({ ...runFilter(filter, Date.now()), before, limit: page })
  const oldest = runs.length === page ? runs.at(-1) : undefined
  return (
    <>
      <Refresh active={runs.some((run) => run.status === 'queued' || run.status === 'running')} />
      <RunChart runs={runs} />
      {runs.length > 0 ? <RunTable runs={runs} /> : <NoRuns filtered={isFiltered(filter) || before !== undefined} />}
      <Pages {...{ filter, before }} next={oldest?.createdAt ?? null} older={words.older} />
    </>
  )
}

async function Found({ filter, before }: Asked) {
  const { hits, looked, next, reached } = await searchLogs({
    ...runFilter(filter, Date.now()),
    before,
    text: filter.words,
  })
  return (
    <>
      {hits.length > 0 ? (
        <LogHits hits={hits} sought={filter.words} />
      ) : (
        <Empty title={words.noMatch(filter.words)}>
          <p>{words.noMatchText}</p>
        </Empty>
      )}
      {reached && (
        <p className="text-muted text-sm">
          {words.looked(looked)} <RelativeTime at={reached} />.
        </p>
      )}
      <Pages {...{ filter, before, next }} older={words.lookFurther} />
    </>
  )
}

function Pages({ filter, before, next, older }: Asked & { next: string | null; older: string }) {
  if (!before && !next) return null
  return (
    <nav className="flex justify-between" aria-label={words.pages}>
      {before ? (
        <Link className={buttonStyle({ size: 'sm' })} href={runsPath(filter)}>
          {words.newest}
        </Link>
      ) : (
        <span />
      )}
      {next && (
        <Link className={buttonStyle({ size: 'sm' })} href={runsPath(filter, next)}>
          {older}
        </Link>
      )}
    </nav>
  )
}

function NoRuns({ filtered }: { filtered: boolean }) {
  if (filtered)
    return (
      <Empty title={words.noneFits}>
        <Link className={buttonStyle({})} href="/runs">
          {words.showAll}
        </Link>
      </Empty>
    )
  return (
    <Empty title={words.none}>
      <p>{words.noneText}</p>
      <Link className={buttonStyle({ variant: 'primary' })} href="/">
        {words.toClusters}
      </Link>
    </Empty>
  )
}
