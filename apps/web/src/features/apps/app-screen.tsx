'use client'
/** One app: what serves it, its releases, its environment, its log. */
import { appCondition } from '@bramble/cluster'
import type { AppView } from '@bramble/db/apps'
import type { RunView } from '@bramble/db/runs'
import { RotateCw, Scaling, Trash2, Upload } from 'lucide-react'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useConfirmed } from '@/features/identity/confirm-identity.tsx'
import { useAsked } from '@/features/operations/asked.ts'
import { ActiveRun } from '@/features/runs/active-run.tsx'
import { Refresh } from '@/features/runs/refresh.tsx'
import { Badge } from '@/ui/badge.tsx'
import { Button } from '@/ui/button.tsx'
import { ConfirmDialog } from '@/ui/confirm-dialog.tsx'
import { removeApp, restartApp } from './actions.ts'
import { CommandCard } from './commands/command-card.tsx'
import { apps, appPage as words } from './copy.ts'
import { DatabaseLine } from './database-line.tsx'
import { DomainList } from './domain-list.tsx'
import { EnvironmentCard } from './environment-card.tsx'
import { SourceCard } from './git/source-card.tsx'
import { ImageCard } from './image/image-card.tsx'
import { LogCard } from './logs/log-card.tsx'
import { MetricsSection } from './metrics/metrics-section.tsx'
import { NodesCard } from './nodes-card.tsx'
import { DeploysCard, ReleasesCard } from './releases-card.tsx'
import { AvailabilityButtons } from './running/availability-buttons.tsx'
import { running } from './running/copy.ts'
import { CronCard } from './running/cron-card.tsx'
import { ScaleDialog } from './running/scale-dialog.tsx'
import { DeployPanel } from './upload/deploy-panel.tsx'

interface AppScreenProps {
  cluster: string
  app: AppView
  active: RunView | null
  webNodes: readonly string[]
  operator: boolean
  admin: boolean
}

export function AppScreen({ cluster, app, active, webNodes, operator, admin }: AppScreenProps) {
  const router = useRouter()
  const confirmed = useConfirmed()
  const { asked: open, ask: setOpen, close } = useAsked(['deploy', 'restart', 'scale', 'remove'])
  const at = { cluster, app: app.name }
  const condition = apps.conditions[appCondition(app.status)]
  const follow = (run: string | null) => {
    close()
    if (run) router.push(`/runs/${run}`)
    else router.refresh()
  }
  const shown = { deployed: app.release !== null, operator, onStarted: follow }
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
      <Refresh active />
      <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="grid min-w-0 gap-1.5">
          <Link className="text-muted text-sm underline-offset-4 hover:underline" href={`/clusters/${cluster}/apps`}>
            {words.back}
          </Link>
          <h2 className="flex flex-wrap items-center gap-3 font-semibold text-xl">
            {app.name} <Badge tone={condition.tone}>{condition.label}</Badge>
          </h2>
          <DomainList {...at} domains={app.domains} operator={operator} />
          <DatabaseLine {...at} has={app.spec.database} operator={operator} />
        </div>
        {operator && (
          <div className="flex flex-wrap gap-2">
            <Button variant="primary" onClick={() => setOpen('deploy')}>
              <Upload aria-hidden /> {apps.newRelease}
            </Button>
            {app.release && (
              <Button onClick={() => setOpen('restart')}>
                <RotateCw aria-hidden /> {words.restart}
              </Button>
            )}
            {app.release && (
              <Button onClick={() => setOpen('scale')}>
                <Scaling aria-hidden /> {running.scale}
              </Button>
            )}
            {app.release && (
              <AvailabilityButtons {...at} availability={app.status?.availability ?? 'running'} onStarted={follow} />
            )}
            {admin && (
              <Button variant="danger" onClick={() => setOpen('remove')}>
                <Trash2 aria-hidden /> {words.remove}
              </Button>
            )}
          </div>
        )}
      </header>
      {active && <ActiveRun key={active.id} initial={active} />}
      {open === 'deploy' && <DeployPanel {...at} taken={[]} onClose={close} />}
      <NodesCard app={app} />
      {!app.image && <SourceCard {...at} source={app.source} {...shown} />}
      {!app.source && (
        <ImageCard {...at} image={app.image} digest={app.release?.found?.image?.digest ?? null} {...shown} />
      )}
      {app.release && <MetricsSection app={app.name} />}
      <ReleasesCard {...at} releases={app.releases} operator={operator} onStarted={follow} />
      <DeploysCard {...at} deploys={app.deploys} operator={operator} />
      <CronCard {...{ cluster, app, operator }} />
      <EnvironmentCard {...at} variables={app.variables} operator={operator} />
      {operator && app.release && <CommandCard {...at} />}
      {operator && <LogCard {...at} />}
      {open === 'restart' && (
        <ConfirmDialog
          title={words.restartTitle(app.name)}
          text={words.restartText}
          keep={words.keep}
          confirm={words.restart}
          onClose={close}
          onConfirm={async () => {
            const made = await restartApp(at)
            if (!made.ok) return made
            follow(made.run)
            return undefined
          }}
        />
      )}
      {open === 'scale' && <ScaleDialog {...{ cluster, webNodes }} app={app.spec} onClose={close} onStarted={follow} />}
      {open === 'remove' && (
        <ConfirmDialog
          title={words.removeTitle(app.name)}
          text={[...words.removeText, ...(app.spec.database ? [words.removeDatabase] : [])]}
          typed={{ name: app.name, label: words.typeName(app.name) }}
          keep={words.keep}
          confirm={words.remove.replace('…', '')}
          onClose={close}
          onConfirm={async (typed) => {
            const made = await confirmed(() => removeApp({ ...at, typed }))
            if (!made.ok) return made
            follow(made.run)
            return undefined
          }}
        />
      )}
    </div>
  )
}
