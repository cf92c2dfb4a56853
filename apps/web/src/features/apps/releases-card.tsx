'use client'
/** Releases of an app, and what was asked for it. */
import type { DeployView, ReleaseView } from '@bramble/db/apps'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { toast } from 'sonner'
import { bytesWords } from '@/features/flash/figures.ts'
import { useAsked } from '@/features/operations/asked.ts'
import { Badge } from '@/ui/badge.tsx'
import { Button } from '@/ui/button.tsx'
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/ui/card.tsx'
import { ConfirmDialog } from '@/ui/confirm-dialog.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { cancelWaiting, rollBack } from './actions.ts'
import { apps, appPage as words } from './copy.ts'
import { CommitLink } from './git/commit-link.tsx'
import { shortDigest } from './short-digest.ts'

interface ReleasesCardProps {
  cluster: string
  app: string
  releases: readonly ReleaseView[]
  operator: boolean
  onStarted: (run: string | null) => void
}

export function ReleasesCard({ cluster, app, releases, operator, onStarted }: ReleasesCardProps) {
  const { asked, close } = useAsked(['rollback'])
  const [picked, setChosen] = useState<ReleaseView | null>(null)
  // From the command palette: the newest that can serve again.
  const named = asked && operator ? (releases.find(({ served, serves }) => served && !serves) ?? null) : null
  const chosen = picked ?? named
  return (
    <Card>
      <CardHeader>
        <CardTitle>{words.releases}</CardTitle>
        <CardDescription>{words.releasesText}</CardDescription>
      </CardHeader>
      <CardContent>
        {releases.length === 0 && <p className="text-muted text-sm">{words.noReleases}</p>}
        <ul className="grid list-none divide-y divide-border">
          {releases.map((release) => (
            <li key={release.id} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3">
              <div className="grid min-w-0 gap-0.5 text-sm">
                <p className="flex flex-wrap items-center gap-2">
                  <span className="numeric font-medium">{shortDigest(release.digest)}</span>
                  {release.serves && <Badge tone="ok">{words.serves}</Badge>}
                  {release.commit && <CommitLink {...release.commit} />}
                  <span className="wrap-anywhere">{release.message}</span>
                </p>
                <p className="wrap-anywhere text-muted">
                  {release.source}, {bytesWords(release.size)}, <RelativeTime at={release.createdAt} />{' '}
                  {apps.lastBy(release.madeBy)}
                </p>
              </div>
              {operator && release.served && !release.serves && (
                <Button
                  size="sm"
                  aria-label={`${words.rollBack}: ${shortDigest(release.digest)}`}
                  onClick={() => setChosen(release)}
                >
                  {words.rollBack}
                </Button>
              )}
            </li>
          ))}
        </ul>
      </CardContent>
      {chosen && (
        <ConfirmDialog
          title={words.rollBackTitle(shortDigest(chosen.digest))}
          text={words.rollBackText}
          keep={words.keep}
          confirm={words.rollBack}
          onClose={() => {
            setChosen(null)
            close()
          }}
          onConfirm={async () => {
            const made = await rollBack({ cluster, app, release: chosen.id })
            if (!made.ok) return made
            setChosen(null)
            onStarted(made.run)
            return undefined
          }}
        />
      )}
    </Card>
  )
}

interface DeploysCardProps {
  cluster: string
  app: string
  deploys: readonly DeployView[]
  operator: boolean
}

export function DeploysCard({ cluster, deploys, operator }: DeploysCardProps) {
  return (
    <Card>
      <CardHeader>
        <CardTitle>{words.history}</CardTitle>
      </CardHeader>
      <CardContent>
        {deploys.length === 0 && <p className="text-muted text-sm">{words.noHistory}</p>}
        <ul className="grid list-none divide-y divide-border">
          {deploys.map((deploy) => (
            <li key={deploy.id} className="grid gap-1 py-3 text-sm">
              <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
                <span className="font-medium">{apps.kinds[deploy.kind]}</span>
                {deploy.digest && <span className="numeric">{shortDigest(deploy.digest)}</span>}
                {deploy.commit && <CommitLink {...deploy.commit} />}
                {deploy.commit && <span className="wrap-anywhere">{deploy.message}</span>}
                <Badge tone={apps.states[deploy.state].tone}>{apps.states[deploy.state].label}</Badge>
                <span className="wrap-anywhere text-muted">
                  <RelativeTime at={deploy.createdAt} /> {apps.lastBy(deploy.requestedBy)}
                </span>
                {deploy.run && (
                  <Link className="text-primary underline-offset-4 hover:underline" href={`/runs/${deploy.run}`}>
                    {words.run}
                  </Link>
                )}
                {operator && deploy.state === 'waiting' && <CancelButton cluster={cluster} deploy={deploy.id} />}
              </p>
              {deploy.outcome && <p className="wrap-anywhere text-muted">{deploy.outcome}</p>}
            </li>
          ))}
        </ul>
      </CardContent>
    </Card>
  )
}

function CancelButton({ cluster, deploy }: { cluster: string; deploy: string }) {
  const router = useRouter()
  const [pending, setPending] = useState(false)
  return (
    <Button
      size="sm"
      pending={pending}
      onClick={async () => {
        setPending(true)
        const answer = await cancelWaiting({ cluster, deploy })
        setPending(false)
        if (!answer.ok) toast.error(answer.message, { description: answer.cure })
        router.refresh()
      }}
    >
      {words.cancelWaiting}
    </Button>
  )
}
