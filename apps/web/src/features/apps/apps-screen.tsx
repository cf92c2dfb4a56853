'use client'
/** The apps of a cluster, and the way to a new one. */
import { appCondition } from '@bramble/cluster'
import type { AppSummary } from '@bramble/db/apps'
import type { RunView } from '@bramble/db/runs'
import { Plus } from 'lucide-react'
import Link from 'next/link'
import { useState } from 'react'
import { ActiveRun } from '@/features/runs/active-run.tsx'
import { Refresh } from '@/features/runs/refresh.tsx'
import { Alert } from '@/ui/alert.tsx'
import { Badge } from '@/ui/badge.tsx'
import { Button } from '@/ui/button.tsx'
import { Card } from '@/ui/card.tsx'
import { Empty } from '@/ui/page.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { apps as words } from './copy.ts'
import { NewGitApp } from './git/new-git-app.tsx'
import { NewImageApp } from './image/new-image-app.tsx'
import { SamplesSection } from './samples/samples-section.tsx'
import { shortDigest } from './short-digest.ts'
import { DeployPanel } from './upload/deploy-panel.tsx'

interface AppsScreenProps {
  cluster: string
  apps: readonly AppSummary[]
  active: RunView | null
  built: boolean
  operator: boolean
}

export function AppsScreen({ cluster, apps, active, built, operator }: AppsScreenProps) {
  const [open, setOpen] = useState(false)
  const reason = !operator ? words.viewer : !built ? words.unbuilt : null
  const taken = apps.map(({ name }) => name)
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
      <Refresh active={apps.length > 0} />
      {active && <ActiveRun key={active.id} initial={active} />}
      {reason && <Alert tone="info" title={reason} />}
      {!reason && apps.length > 0 && !open && (
        <div>
          <Button variant="primary" onClick={() => setOpen(true)}>
            <Plus aria-hidden /> {words.deploy}
          </Button>
        </div>
      )}
      {apps.length === 0 && (
        <Empty title={words.none}>
          <p>{words.noneText}</p>
          <p>{words.noneStays}</p>
        </Empty>
      )}
      {!reason && (open || apps.length === 0) && (
        <DeployPanel {...{ cluster, taken }} app={null} onClose={apps.length > 0 ? () => setOpen(false) : undefined} />
      )}
      {!reason && apps.length === 0 && <SamplesSection cluster={cluster} />}
      {!reason && <NewGitApp cluster={cluster} />}
      {!reason && <NewImageApp cluster={cluster} />}
      {apps.length > 0 && (
        <ul className="grid list-none gap-3" aria-label={words.list}>
          {apps.map((app) => (
            <li key={app.name}>
              <AppCard cluster={cluster} app={app} />
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function AppCard({ cluster, app }: { cluster: string; app: AppSummary }) {
  const { name, domains, release, lastDeploy, status } = app
  const condition = words.conditions[appCondition(status)]
  return (
    <Card className="grid gap-3 p-4 sm:grid-cols-[minmax(0,1fr)_auto] sm:items-center">
      <div className="grid min-w-0 gap-1">
        <h2 className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <Link className="font-semibold underline-offset-4 hover:underline" href={`/clusters/${cluster}/apps/${name}`}>
            {name}
          </Link>
          <Badge tone={condition.tone}>{condition.label}</Badge>
        </h2>
        <p className="wrap-anywhere text-sm">
          {domains.length === 0 ? <span className="text-muted">{words.noDomain}</span> : domains.join(', ')}
        </p>
      </div>
      <div className="grid gap-1 text-sm sm:justify-items-end sm:text-right">
        {release && (
          <span className="numeric text-muted">
            {words.columns.release} {shortDigest(release.digest)}
          </span>
        )}
        {lastDeploy && (
          <span className="flex flex-wrap items-center gap-2 text-muted">
            <Badge tone={words.states[lastDeploy.state].tone}>
              {words.kinds[lastDeploy.kind]}: {words.states[lastDeploy.state].label.toLowerCase()}
            </Badge>
            <RelativeTime at={lastDeploy.createdAt} />
          </span>
        )}
      </div>
    </Card>
  )
}
