'use client'
/** Where an app comes from, when that is a git repository: URL, branch, folder, token, polling. */
import type { GitSourceView } from '@bramble/db/apps'
import { type FormEvent, useState, useTransition } from 'react'
import { toast } from 'sonner'
import type { Outcome } from '@/format/outcome.ts'
import { Button } from '@/ui/button.tsx'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { Refused, useMarked } from '@/ui/refused.tsx'
import { upload } from '../copy.ts'
import { saveRepository } from './actions.ts'
import { repository as words } from './copy.ts'

interface RepositoryFormProps {
  cluster: string
  /** Null: a new app, whose name and domains are asked for, too. */
  app: string | null
  source: GitSourceView | null
  onSaved: (app: string) => void
  onCancel: () => void
}

const texts = ['url', 'branch', 'folder', 'token'] as const
const plain = { autoComplete: 'off', autoCapitalize: 'none', spellCheck: false } as const

export function RepositoryForm({ cluster, app, source, onSaved, onCancel }: RepositoryFormProps) {
  const [name, setName] = useState(app ?? '')
  const [domains, setDomains] = useState('')
  const [database, setDatabase] = useState(false)
  const [values, setValues] = useState({
    ...{ url: source?.url ?? '', branch: source?.branch ?? '', folder: source?.folder ?? '', token: '' },
    ...{ poll: source?.poll ?? true, pollSeconds: source?.pollSeconds ?? 60 },
  })
  const [answer, setAnswer] = useState<Outcome | null>(null)
  const [pending, start] = useTransition()
  const { form, marked } = useMarked(answer)
  const change = (more: Partial<typeof values>) => setValues({ ...values, ...more })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (pending) return
    start(async () => {
      const saved = await saveRepository({ cluster, app: name, source: values, ...(app ? {} : { domains, database }) })
      setAnswer(saved)
      if (!saved.ok) return
      toast.success(words.saved)
      onSaved(name)
    })
  }
  return (
    <form ref={form} noValidate className="grid gap-4" onSubmit={submit}>
      {!app && (
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={upload.name} hint={upload.nameHint} error={marked.name}>
            {(control) => (
              <Input {...control} {...plain} value={name} onChange={(event) => setName(event.target.value)} />
            )}
          </Field>
          <Field label={upload.domains} hint={upload.domainsHint} error={marked.domains}>
            {(control) => (
              <Input {...control} {...plain} value={domains} onChange={(event) => setDomains(event.target.value)} />
            )}
          </Field>
        </div>
      )}
      <div className="grid gap-4 sm:grid-cols-2">
        {texts.map((field) => (
          <Field key={field} label={words[field]} hint={words[`${field}Hint`]} error={marked[field]}>
            {(control) => (
              <Input
                {...control}
                {...plain}
                type={field === 'token' ? 'password' : 'text'}
                autoComplete={field === 'token' ? 'new-password' : 'off'}
                value={values[field]}
                onChange={(event) => change({ [field]: event.target.value })}
              />
            )}
          </Field>
        ))}
      </div>
      {!app && (
        <label className="flex min-h-6 items-center gap-2 text-sm">
          <input
            type="checkbox"
            className="size-4 accent-primary"
            checked={database}
            onChange={(event) => setDatabase(event.target.checked)}
          />
          {upload.database}
        </label>
      )}
      <div className="flex flex-wrap items-end gap-x-6 gap-y-3">
        <label className="flex min-h-6 items-center gap-2 text-sm">
          <input
            type="checkbox"
            className="size-4 accent-primary"
            checked={values.poll}
            onChange={(event) => change({ poll: event.target.checked })}
          />
          {words.poll}
        </label>
        {values.poll && (
          <Field label={words.pollSeconds} error={marked.pollSeconds}>
            {(control) => (
              <Input
                {...control}
                type="number"
                className="w-32"
                value={values.pollSeconds}
                onChange={(event) => change({ pollSeconds: Number(event.target.value) })}
              />
            )}
          </Field>
        )}
      </div>
      <Refused answer={answer} at={[...texts, 'pollSeconds', ...(app ? [] : ['name', 'domains'])]} />
      <div className="flex flex-wrap gap-2">
        <Button
          type="submit"
          variant="primary"
          pending={pending}
          disabled={name.trim() === '' || values.url.trim() === ''}
        >
          {words.save}
        </Button>
        <Button onClick={onCancel} disabled={pending}>
          {words.cancel}
        </Button>
      </div>
    </form>
  )
}
