'use client'
/** Which image an app is, and how its registry is asked for it. */
import type { ImageSourceView } from '@bramble/db/apps'
import { type FormEvent, useState, useTransition } from 'react'
import { toast } from 'sonner'
import type { Outcome } from '@/format/outcome.ts'
import { Button } from '@/ui/button.tsx'
import { Input, Textarea } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { Refused, useMarked } from '@/ui/refused.tsx'
import { upload } from '../copy.ts'
import { saveImage } from './actions.ts'
import { image as words } from './copy.ts'

interface ImageFormProps {
  cluster: string
  /** Null: a new app, whose name and domains are asked for, too. */
  app: string | null
  image: ImageSourceView | null
  onSaved: (app: string) => void
  onCancel: () => void
}

const texts = ['reference', 'user', 'password'] as const
const plain = { autoComplete: 'off', autoCapitalize: 'none', spellCheck: false } as const

export function ImageForm({ cluster, app, image, onSaved, onCancel }: ImageFormProps) {
  const [name, setName] = useState(app ?? '')
  const [domains, setDomains] = useState('')
  const [values, setValues] = useState({
    ...{ reference: image?.reference ?? '', user: image?.user ?? '', password: '' },
    authority: image?.authority ?? '',
  })
  const [answer, setAnswer] = useState<Outcome | null>(null)
  const [pending, start] = useTransition()
  const { form, marked } = useMarked(answer)
  const change = (more: Partial<typeof values>) => setValues({ ...values, ...more })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (pending) return
    start(async () => {
      const saved = await saveImage({ cluster, app: name, source: values, ...(app ? {} : { domains }) })
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
                type={field === 'password' ? 'password' : 'text'}
                autoComplete={field === 'password' ? 'new-password' : 'off'}
                value={values[field]}
                onChange={(event) => change({ [field]: event.target.value })}
              />
            )}
          </Field>
        ))}
      </div>
      <Field label={words.authority} hint={words.authorityHint} error={marked.authority}>
        {(control) => (
          <Textarea
            {...control}
            {...plain}
            rows={3}
            value={values.authority}
            onChange={(event) => change({ authority: event.target.value })}
          />
        )}
      </Field>
      <Refused answer={answer} at={[...texts, 'authority', ...(app ? [] : ['name', 'domains'])]} />
      <div className="flex flex-wrap gap-2">
        <Button
          type="submit"
          variant="primary"
          pending={pending}
          disabled={name.trim() === '' || values.reference.trim() === ''}
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
