'use client'
import { startTransition, useActionState } from 'react'
import { Alert } from '@/components/ui/alert.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Input } from '@/components/ui/input.tsx'
import { Field } from '@/components/ui/label.tsx'
import { en } from '@/copy/en.ts'
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
