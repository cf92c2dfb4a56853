'use client'
import { startTransition, useActionState } from 'react'
import { en } from '@/format/en.ts'
import { Button } from '@/ui/button.tsx'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { Refused, useMarked } from '@/ui/refused.tsx'
import { setUp } from './actions.ts'

export function SetupForm({ token }: { token: string }) {
  const [answer, submit, pending] = useActionState(setUp, null)
  const { form, marked } = useMarked(answer)
  return (
    <form
      ref={form}
      action={submit}
      // Submitted by hand, so that a refusal leaves what was typed where it is.
      onSubmit={(event) => {
        event.preventDefault()
        const data = new FormData(event.currentTarget)
        startTransition(() => submit(data))
      }}
      className="grid gap-5"
    >
      <Refused answer={answer} at={['name', 'email', 'password']} />
      <input type="hidden" name="token" value={token} />
      <Field label={en.account.name} error={marked.name}>
        {(control) => <Input {...control} name="name" autoComplete="name" required maxLength={80} autoFocus />}
      </Field>
      <Field label={en.account.email} error={marked.email}>
        {(control) => <Input {...control} name="email" type="email" autoComplete="username" required />}
      </Field>
      <Field label={en.account.password} error={marked.password} hint={en.account.passwordHint}>
        {(control) => (
          <Input
            {...control}
            name="password"
            type="password"
            autoComplete="new-password"
            required
            minLength={12}
            maxLength={128}
          />
        )}
      </Field>
      <Button type="submit" variant="primary" size="lg" pending={pending}>
        {en.setup.submit}
      </Button>
    </form>
  )
}
