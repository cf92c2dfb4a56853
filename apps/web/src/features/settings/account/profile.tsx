'use client'
import { startTransition, useActionState, useEffect, useState } from 'react'
import { toast } from 'sonner'
import { settings } from '@/features/settings/copy.ts'
import { en } from '@/format/en.ts'
import { Button } from '@/ui/button.tsx'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { Refused, useMarked } from '@/ui/refused.tsx'
import { changeProfile } from './actions.ts'

const words = settings.profile

/** Name and e-mail. The e-mail is what one signs in with, so its change asks for the password. */
export function ProfileForm({ name, email }: { name: string; email: string }) {
  const [answer, submit, pending] = useActionState(changeProfile, null)
  const { form, marked } = useMarked(answer)
  const [typed, setTyped] = useState(email)
  useEffect(() => {
    if (answer?.ok) toast.success(words.saved)
  }, [answer])
  const asksPassword = typed.trim().toLowerCase() !== email
  return (
    <form
      ref={form}
      action={submit}
      onSubmit={(event) => {
        event.preventDefault()
        const data = new FormData(event.currentTarget)
        startTransition(() => submit(data))
      }}
      className="grid gap-4 sm:grid-cols-2"
    >
      <Refused answer={answer} at={['name', 'email', 'password']} className="sm:col-span-2" />
      <Field label={en.account.name} error={marked.name}>
        {(control) => (
          <Input {...control} name="name" defaultValue={name} required maxLength={80} autoComplete="name" />
        )}
      </Field>
      <Field label={en.account.email} error={marked.email}>
        {(control) => (
          <Input
            {...control}
            name="email"
            type="email"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            required
            maxLength={254}
            autoComplete="email"
          />
        )}
      </Field>
      {asksPassword ? (
        <Field
          label={settings.password.current}
          error={marked.password}
          hint={words.whyPassword}
          className="sm:col-span-2"
        >
          {(control) => <Input {...control} name="password" type="password" autoComplete="current-password" required />}
        </Field>
      ) : null}
      <Button type="submit" pending={pending} className="justify-self-start sm:col-span-2">
        {words.save}
      </Button>
    </form>
  )
}
