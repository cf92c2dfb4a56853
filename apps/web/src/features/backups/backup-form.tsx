'use client'
/** Where backups lie and when they are made. Saving leads on to a plan. */
import type { BackupSpec } from '@bramble/cluster'
import { useRouter } from 'next/navigation'
import { type FormEvent, useState, useTransition } from 'react'
import { useConfirmed } from '@/features/identity/confirm-identity.tsx'
import { planPath } from '@/features/plan/plan-path.ts'
import type { Outcome } from '@/format/outcome.ts'
import { useSpec } from '@/live/watch-provider.tsx'
import { Button } from '@/ui/button.tsx'
import { Card, CardContent, CardFooter, CardHeader, CardTitle } from '@/ui/card.tsx'
import { Refused, useMarked } from '@/ui/refused.tsx'
import { saveBackups } from './actions.ts'
import { type BackupDraft, draftOf, markedFields, sectionOf } from './backup-draft.ts'
import { backupForm as words } from './copy.ts'
import { PlaceFields } from './place-fields.tsx'
import { ScheduleFields } from './schedule-fields.tsx'

interface BackupFormProps {
  /** Null: they are off. */
  backup: BackupSpec | null
  /** The Pi that fits best. */
  proposed: string
  /** With which the Pis sign in to an SFTP server; null: not made yet. */
  publicKey: string | null
  onClose: () => void
}

export function BackupForm({ backup, proposed, publicKey, onClose }: BackupFormProps) {
  const spec = useSpec()
  const router = useRouter()
  const [draft, setDraft] = useState(() => draftOf(backup, proposed))
  const [problem, setProblem] = useState<Outcome<object> | null>(null)
  const { form, marked } = useMarked(problem)
  const [pending, start] = useTransition()
  const confirmed = useConfirmed()
  const change = (part: Partial<BackupDraft>) => setDraft((before) => ({ ...before, ...part }))

  function save(section: ReturnType<typeof sectionOf> | null) {
    const keys = draft.kind === 's3' && draft.key && draft.secret ? { key: draft.key, secret: draft.secret } : undefined
    start(async () => {
      const answer = await confirmed(() =>
        saveBackups({ cluster: spec.name, backup: section, ...(keys ? { keys } : {}) }),
      )
      if (answer.ok) router.push(planPath(spec.name, answer.run, 'provision'))
      else setProblem(answer)
    })
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save(sectionOf(draft))
  }

  return (
    <Card>
      <CardHeader>
        <CardTitle>{words.title}</CardTitle>
      </CardHeader>
      <form ref={form} onSubmit={submit}>
        <CardContent className="grid gap-6">
          <PlaceFields
            marked={marked}
            draft={draft}
            change={change}
            publicKey={publicKey}
            kept={backup?.repository.kind === 's3'}
          />
          <ScheduleFields marked={marked} draft={draft} change={change} timezone={spec.timezone} />
          <p className="max-w-prose text-muted text-sm">{words.restarts}</p>
          <Refused answer={problem} at={markedFields(draft.kind)} />
        </CardContent>
        <CardFooter>
          {backup && (
            <Button variant="danger" title={words.offText} disabled={pending} onClick={() => save(null)}>
              {words.off}
            </Button>
          )}
          <Button variant="ghost" disabled={pending} onClick={onClose}>
            {words.cancel}
          </Button>
          <Button type="submit" variant="primary" pending={pending}>
            {words.save}
          </Button>
        </CardFooter>
      </form>
    </Card>
  )
}
