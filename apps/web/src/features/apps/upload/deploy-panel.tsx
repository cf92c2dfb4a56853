'use client'
/** From a folder or an archive to a deploy: it is uploaded, what was detected is shown, and then it is confirmed. */
import type { FoundApp } from '@bramble/cluster'
import { useRouter } from 'next/navigation'
import { useEffect, useRef, useState, useTransition } from 'react'
import { toast } from 'sonner'
import { bytesWords, share } from '@/features/flash/figures.ts'
import type { Outcome } from '@/format/outcome.ts'
import { Alert } from '@/ui/alert.tsx'
import { Button } from '@/ui/button.tsx'
import { Card, CardContent, CardHeader, CardTitle } from '@/ui/card.tsx'
import { Input, Textarea } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { Progress as Bar } from '@/ui/progress.tsx'
import { Refused } from '@/ui/refused.tsx'
import { deployUpload } from '../actions.ts'
import { appPage, apps, upload as words } from '../copy.ts'
import { proposedName } from './app-name.ts'
import { DropZone } from './drop-zone.tsx'
import type { Chosen } from './dropped-files.ts'
import { FoundTable } from './found-table.tsx'
import { discardUpload, type Progress, sendUpload, UploadProblem } from './send-upload.ts'

interface DeployPanelProps {
  cluster: string
  /** Null: a new app. */
  app: string | null
  taken: readonly string[]
  onClose?: (() => void) | undefined
}

type Stage =
  | { at: 'choose'; problem?: { message: string; cure: string } }
  | { at: 'working'; progress: Progress | null }
  | { at: 'confirm'; id: string; source: string; found: FoundApp }

export function DeployPanel({ cluster, app, taken, onClose }: DeployPanelProps) {
  const [stage, setStage] = useState<Stage>({ at: 'choose' })
  const stop = useRef<AbortController | null>(null)
  useEffect(() => () => stop.current?.abort(), [])

  const send = async (choosing: Promise<Chosen | null>) => {
    const ending = new AbortController()
    stop.current = ending
    setStage({ at: 'working', progress: null })
    try {
      const chosen = await choosing
      if (!chosen) throw new UploadProblem(words.empty, words.emptyCure)
      if (chosen.content.size > 2e9) throw new UploadProblem(words.tooLarge, words.tooLargeCure)
      const onProgress = (progress: Progress) => setStage({ at: 'working', progress })
      const { id, found } = await sendUpload({ cluster, chosen, app, signal: ending.signal, onProgress })
      setStage({ at: 'confirm', id, source: chosen.name, found })
    } catch (error) {
      if (ending.signal.aborted) return setStage({ at: 'choose' })
      const problem = error instanceof UploadProblem ? error : new UploadProblem(words.lost, words.lostCure)
      setStage({ at: 'choose', problem: { message: problem.message, cure: problem.cure } })
    }
  }
  return (
    <Card>
      <CardHeader>
        <CardTitle>{app ? apps.newRelease : apps.deployTitle}</CardTitle>
        {onClose && stage.at === 'choose' && (
          <Button size="sm" variant="ghost" className="col-start-2 row-start-1" onClick={onClose}>
            {words.cancel}
          </Button>
        )}
      </CardHeader>
      <CardContent className="grid gap-4">
        {stage.at === 'choose' && (
          <>
            {stage.problem && (
              <Alert tone="bad" title={stage.problem.message}>
                {stage.problem.cure}
              </Alert>
            )}
            <DropZone onChosen={(chosen) => void send(chosen)} />
          </>
        )}
        {stage.at === 'working' && <Working progress={stage.progress} onStop={() => stop.current?.abort()} />}
        {stage.at === 'confirm' && (
          <Confirm
            {...{ cluster, app, taken, onClose }}
            {...stage}
            onAgain={() => {
              void discardUpload(cluster, stage.id)
              setStage({ at: 'choose' })
            }}
          />
        )}
      </CardContent>
    </Card>
  )
}

function Working({ progress, onStop }: { progress: Progress | null; onStop: () => void }) {
  const sending = progress?.phase === 'sending' ? progress : null
  const text = sending
    ? words.sending(bytesWords(sending.sent), bytesWords(sending.all))
    : progress
      ? words.checking
      : words.packing
  return (
    <div className="grid gap-3">
      <Bar value={sending ? share(sending.sent, sending.all) : null} label={text} className="h-2" />
      <p role="status" className="numeric text-muted text-sm">
        {text}
      </p>
      <div>
        <Button onClick={onStop}>{words.cancel}</Button>
      </div>
    </div>
  )
}

interface ConfirmProps extends DeployPanelProps {
  id: string
  source: string
  found: FoundApp
  onAgain: () => void
}

function Confirm({ cluster, app, taken, id, source, found, onClose, onAgain }: ConfirmProps) {
  const router = useRouter()
  const [name, setName] = useState(() => app ?? proposedName(source, taken))
  const [domains, setDomains] = useState('')
  const [message, setMessage] = useState('')
  const [database, setDatabase] = useState(false)
  const [environment, setEnvironment] = useState('')
  const [answer, setAnswer] = useState<Outcome | null>(null)
  const [pending, start] = useTransition()
  const fields = answer && !answer.ok ? (answer.fields ?? {}) : {}
  const deploy = () =>
    start(async () => {
      const made = await deployUpload({
        cluster,
        app: name,
        upload: id,
        message,
        ...(app ? {} : { domains, database, environment }),
      })
      setAnswer(made)
      if (!made.ok) return
      if (made.run) router.push(`/runs/${made.run}`)
      else {
        toast.success(appPage.queued)
        router.push(`/clusters/${cluster}/apps/${name}`)
        onClose?.()
      }
    })
  return (
    <form
      noValidate
      aria-label={app ? apps.newRelease : apps.deployTitle}
      className="grid gap-5"
      onSubmit={(event) => {
        event.preventDefault()
        if (!pending) deploy()
      }}
    >
      <FoundTable found={found} />
      {found.build.length > 0 && <Alert tone="info" title={words.needsBuild} />}
      {found.notes.map((note) => (
        <Alert key={note} tone="warn" title={note} />
      ))}
      {!app && (
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={words.name} hint={words.nameHint} error={fields.name}>
            {(control) => (
              <Input
                {...control}
                value={name}
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
                onChange={(event) => setName(event.target.value)}
              />
            )}
          </Field>
          <Field label={words.domains} hint={words.domainsHint} error={fields.domains}>
            {(control) => (
              <Input
                {...control}
                value={domains}
                placeholder="blog.example.org"
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
                onChange={(event) => setDomains(event.target.value)}
              />
            )}
          </Field>
        </div>
      )}
      {!app && (
        <label className="flex min-h-6 items-center gap-2 text-sm">
          <input
            type="checkbox"
            className="size-4 accent-primary"
            checked={database}
            onChange={(event) => setDatabase(event.target.checked)}
          />
          {words.database}
        </label>
      )}
      {!app && (
        <Field label={words.environment} hint={words.environmentHint} error={fields.environment}>
          {(control) => (
            <Textarea
              {...control}
              rows={2}
              value={environment}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => setEnvironment(event.target.value)}
            />
          )}
        </Field>
      )}
      <Field label={words.message} hint={words.messageHint}>
        {(control) => (
          <Input {...control} value={message} maxLength={500} onChange={(event) => setMessage(event.target.value)} />
        )}
      </Field>
      <Refused answer={answer} at={app ? [] : ['name', 'domains', 'environment']} />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" variant="primary" pending={pending} disabled={name === ''}>
          {words.deploy}
        </Button>
        <Button onClick={onAgain} disabled={pending}>
          {words.again}
        </Button>
      </div>
    </form>
  )
}
