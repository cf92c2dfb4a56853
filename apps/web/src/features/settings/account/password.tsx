'use client'
import { startTransition, useActionState, useEffect } from 'react'
import { toast } from 'sonner'
import { useConfirmed } from '@/features/identity/confirm-identity.tsx'
import { settings } from '@/features/settings/copy.ts'
import { en } from '@/format/en.ts'
import type { Outcome } from '@/format/outcome.ts'
import { Button } from '@/ui/button.tsx'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { Refused, useMarked } from '@/ui/refused.tsx'
import { changePassword } from './actions.ts'

export function PasswordForm({ email }: { email: string }) {
  const confirmed = useConfirmed()
  const [answer, submit, pending] = useActionState<Outcome | null, FormData>(
    (before, form) => confirmed(() => changePassword(before, form)),
    null,
  )
  const { form, marked } = useMarked(answer)
  useEffect(() => {
    if (!answer?.ok) return
    form.current?.reset()
    toast.success(settings.password.changed)
  }, [answer, form])
  return (
    <form
      ref={form}
      method="post"
      onSubmit={(event) => {
        event.preventDefault()
        const data = new FormData(event.currentTarget)
        startTransition(() => submit(data))
      }}
      className="grid gap-4 sm:grid-cols-2"
    >
      <Refused answer={answer} at={['current', 'next']} className="sm:col-span-2" />
      <input type="text" name="username" autoComplete="username" defaultValue={email} hidden readOnly />
      <Field label={settings.password.current} error={marked.current}>
        {(control) => <Input {...control} name="current" type="password" autoComplete="current-password" required />}
      </Field>
      <Field label={settings.password.next} error={marked.next} hint={en.account.passwordHint}>
        {(control) => (
          <Input {...control} name="next" type="password" autoComplete="new-password" required minLength={12} />
        )}
      </Field>
      <label className="flex items-center gap-2.5 text-sm sm:col-span-2">
        <input type="checkbox" name="tokens" defaultChecked className="size-4 accent-primary" />
        {settings.password.tokens}
      </label>
      <Button type="submit" pending={pending} className="justify-self-start sm:col-span-2">
        {settings.password.change}
      </Button>
    </form>
  )
}
