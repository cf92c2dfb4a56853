'use client'
/** Where the releases of an app come from: uploads, or a git repository. */
import type { GitSourceView } from '@bramble/db/apps'
import { GitBranch } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useState, useTransition } from 'react'
import { toast } from 'sonner'
import type { Outcome } from '@/format/outcome.ts'
import { Alert } from '@/ui/alert.tsx'
import { Button } from '@/ui/button.tsx'
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/ui/card.tsx'
import { ConfirmDialog } from '@/ui/confirm-dialog.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { checkRepository, deployLatestCommit, removeRepository } from './actions.ts'
import { CommitLink } from './commit-link.tsx'
import { repository as words } from './copy.ts'
import { HostKeyNotice } from './host-key-notice.tsx'
import { RepositoryForm } from './repository-form.tsx'
import { DeployKey, WebhookPart } from './repository-keys.tsx'

interface SourceCardProps {
  cluster: string
  app: string
  source: GitSourceView | null
  /** A release was deployed before. */
  deployed: boolean
  operator: boolean
  onStarted: (run: string | null) => void
}

export function SourceCard({ cluster, app, source, deployed, operator, onStarted }: SourceCardProps) {
  const router = useRouter()
  const [open, setOpen] = useState<'form' | 'remove' | null>(null)
  const [answer, setAnswer] = useState<Outcome | null>(null)
  const [pending, start] = useTransition()
  const at = { cluster, app }
  const close = () => setOpen(null)
  const send = <T extends object>(work: () => Promise<Outcome<T>>, done: (made: T) => void) =>
    start(async () => {
      const made = await work()
      setAnswer(made.ok ? null : made)
      if (made.ok) done(made)
      router.refresh()
    })
  return (
    <Card>
      <CardHeader>
        <CardTitle>{words.title}</CardTitle>
        <CardDescription>{source ? words.git : words.uploadText}</CardDescription>
      </CardHeader>
      <CardContent className="grid gap-4">
        {source && open !== 'form' && (
          <>
            <HostKeyNotice {...at} source={source} operator={operator} />
            {source.trouble && source.trouble.code !== 'git-host-key-changed' && (
              <Alert tone="bad" title={source.trouble.message}>
                {source.trouble.cure}
              </Alert>
            )}
            <SourceTable source={source} />
            {source.protocol === 'ssh' && <DeployKey publicKey={source.publicKey} />}
            {!deployed && source.poll && <p className="text-muted text-sm">{words.afterFirst}</p>}
          </>
        )}
        {answer && !answer.ok && (
          <Alert tone="bad" title={answer.message}>
            {answer.cure}
          </Alert>
        )}
        {open === 'form' && (
          <RepositoryForm
            {...at}
            source={source}
            onCancel={close}
            onSaved={() => {
              close()
              router.refresh()
            }}
          />
        )}
        {operator && open !== 'form' && (
          <div className="flex flex-wrap gap-2">
            {source && (
              <>
                <Button
                  variant={deployed ? 'secondary' : 'primary'}
                  pending={pending}
                  onClick={() =>
                    send(
                      () => deployLatestCommit(at),
                      ({ run }) => onStarted(run),
                    )
                  }
                >
                  <GitBranch aria-hidden /> {words.deploy}
                </Button>
                <Button
                  disabled={pending}
                  onClick={() =>
                    send(
                      () => checkRepository(at),
                      () => toast.success(words.checking),
                    )
                  }
                >
                  {words.check}
                </Button>
              </>
            )}
            <Button onClick={() => setOpen('form')}>{source ? words.change : words.use}</Button>
            {source && <Button onClick={() => setOpen('remove')}>{words.remove}</Button>}
          </div>
        )}
        {operator && source && open !== 'form' && <WebhookPart {...at} isSet={source.hook !== null} />}
      </CardContent>
      {open === 'remove' && (
        <ConfirmDialog
          title={words.removeTitle}
          text={words.removeText}
          keep={words.cancel}
          confirm={words.removeConfirm}
          danger
          onClose={close}
          onConfirm={async () => {
            const made = await removeRepository(at)
            if (!made.ok) return made
            close()
            router.refresh()
            return undefined
          }}
        />
      )}
    </Card>
  )
}

function SourceTable({ source }: { source: GitSourceView }) {
  const { url, branch, folder, tip, checkedAt, hostKey } = source
  const rows: [string, React.ReactNode][] = [
    [words.url, url],
    [words.branch, branch ?? words.defaultBranch],
    ...(folder === null ? [] : [[words.folder, folder] as [string, string]]),
    [words.newest, tip === null ? words.none : <CommitLink key="tip" url={url} commit={tip} />],
    ...(checkedAt === null
      ? []
      : [[words.checked, <RelativeTime key="at" at={checkedAt} />] as [string, React.ReactNode]]),
    ...(hostKey === null ? [] : [[words.hostKey, hostKey] as [string, string]]),
  ]
  return (
    <div className="grid gap-2">
      <dl className="grid gap-x-6 gap-y-1.5 text-sm sm:grid-cols-[max-content_minmax(0,1fr)]">
        {rows.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd className="wrap-anywhere">{value}</dd>
          </div>
        ))}
      </dl>
      <p className="text-muted text-sm">{source.poll ? words.polled(source.pollSeconds) : words.notPolled}</p>
    </div>
  )
}
