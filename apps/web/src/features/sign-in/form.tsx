'use client'
import { startTransition, useActionState } from 'react'
import { en } from '@/format/en.ts'
import { Alert } from '@/ui/alert.tsx'
import { Button } from '@/ui/button.tsx'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { signIn } from './actions.ts'

export function SignInForm() {
  const [answer, submit, pending] = useActionState(signIn, null)
  return (
    <form
      action={submit}
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
      <Field label={en.account.email}>
        {(control) => (
          <Input {...control} name="email" type="email" autoComplete="username" required autoFocus inputMode="email" />
        )}
      </Field>
      <Field label={en.account.password}>
        {(control) => <Input {...control} name="password" type="password" autoComplete="current-password" required />}
      </Field>
      <Button type="submit" variant="primary" size="lg" pending={pending}>
        {en.signIn.submit}
      </Button>
    </form>
  )
}
