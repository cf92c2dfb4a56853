'use client'
import { startTransition, useActionState } from 'react'
import { Alert } from '@/components/ui/alert.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Input } from '@/components/ui/input.tsx'
import { Field } from '@/components/ui/label.tsx'
import { en } from '@/copy/en.ts'
import { setUp } from './actions.ts'

export function SetupForm({ token }: { token: string }) {
  const [answer, submit, pending] = useActionState(setUp, null)
  return (
    <form
      action={submit}
      // Submitted by hand, so that a refusal leaves what was typed where it is.
      onSubmit={(event) => {
        event.preventDefault()
        const form = new FormData(event.currentTarget)
        startTransition(() => submit(form))
      }}
      className="grid gap-5"
    >
      {answer && !answer.ok ? (
        <Alert tone="bad" title={answer.message}>
          {answer.cure}
        </Alert>
      ) : null}
      <input type="hidden" name="token" value={token} />
      <Field label={en.account.name}>
        {(control) => <Input {...control} name="name" autoComplete="name" required maxLength={80} autoFocus />}
      </Field>
      <Field label={en.account.email}>
        {(control) => <Input {...control} name="email" type="email" autoComplete="username" required />}
      </Field>
      <Field label={en.account.password} hint={en.account.passwordHint}>
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
