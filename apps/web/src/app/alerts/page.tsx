import { ClusterName, ruleNames } from '@bramble/cluster'
import { listAlerts, listChannels, silencesOf } from '@bramble/db/alerts'
import { listClusters } from '@bramble/db/clusters'
import { listWatchable } from '@bramble/db/metrics'
import { BellRing, SlidersHorizontal } from 'lucide-react'
import type { Metadata } from 'next'
import Link from 'next/link'
import { z } from 'zod'
import { access, reaches } from '@/auth/access.ts'
import { AlertHistory } from '@/features/alerts/alert-history.tsx'
import { ClusterChoice } from '@/features/alerts/cluster-choice.tsx'
import { alerts as words } from '@/features/alerts/copy.ts'
import { OpenAlerts } from '@/features/alerts/open-alerts.tsx'
import { Silences } from '@/features/alerts/silences.tsx'
import { Alert } from '@/ui/alert.tsx'
import { buttonStyle } from '@/ui/button.tsx'
import { Empty, Page } from '@/ui/page.tsx'

export const metadata: Metadata = { title: words.title }

const Query = z.object({
  cluster: ClusterName.optional().catch(undefined),
  before: z.uuid().optional().catch(undefined),
})

export default async function AlertsPage({ searchParams }: { searchParams: Promise<Record<string, unknown>> }) {
  const who = await access.require('viewer')
  const { cluster, before } = Query.parse(await searchParams)
  const [clusters, watched, open, over, silences, channels] = await Promise.all([
    listClusters(),
    listWatchable(),
    listAlerts({ cluster, open: true }),
    listAlerts({ cluster, before }),
    silencesOf(cluster),
    listChannels(),
  ])
  const operator = reaches(who.role, 'operator')
  const address = (next?: string) => {
    const query = new URLSearchParams({ ...(cluster && { cluster }), ...(next && { before: next }) })
    return query.size > 0 ? `/alerts?${query}` : '/alerts'
  }
  const nothing = watched.length === 0 && open.alerts.length === 0 && over.alerts.length === 0
  return (
    <Page
      title={words.title}
      description={words.description}
      actions={
        <>
          <ClusterChoice path="/alerts" clusters={clusters.map(({ name }) => name)} value={cluster ?? null} every />
          {clusters.length > 0 && (
            <Link className={buttonStyle({})} href={cluster ? `/alerts/rules?cluster=${cluster}` : '/alerts/rules'}>
              <SlidersHorizontal aria-hidden />
              {words.rules}
            </Link>
          )}
          {operator && (
            <Link className={buttonStyle({})} href="/settings/notifications">
              <BellRing aria-hidden />
              {words.notifications}
            </Link>
          )}
        </>
      }
    >
      {nothing ? (
        <Empty title={words.unwatched}>
          <p>{words.unwatchedText}</p>
          <Link className={buttonStyle({ variant: 'primary' })} href="/">
            {words.toClusters}
          </Link>
        </Empty>
      ) : (
        <>
          {operator && !channels.some(({ enabled }) => enabled) && <Nobody />}
          <OpenAlerts key={cluster ?? ''} initial={open.alerts} cluster={cluster ?? null} operator={operator}>
            <p>{words.quietText(ruleNames.length)}</p>
          </OpenAlerts>
          <Silences silences={silences} operator={operator} />
          <AlertHistory alerts={over.alerts} />
          <nav aria-label={words.pages} className="flex justify-end gap-2">
            {before && (
              <Link className={buttonStyle({ size: 'sm' })} href={address()}>
                {words.newest}
              </Link>
            )}
            {over.next && (
              <Link className={buttonStyle({ size: 'sm' })} href={address(over.next)}>
                {words.older}
              </Link>
            )}
          </nav>
        </>
      )}
    </Page>
  )
}

function Nobody() {
  return (
    <Alert
      tone="info"
      title={words.nobody}
      actions={
        <Link className={buttonStyle({ size: 'sm' })} href="/settings/notifications">
          {words.addChannel}
        </Link>
      }
    >
      {words.nobodyText}
    </Alert>
  )
}
