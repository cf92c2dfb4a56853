'use client'
import { startTransition, useActionState } from 'react'
import { en } from '@/format/en.ts'
import { Button } from '@/ui/button.tsx'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { Refused, useMarked } from '@/ui/refused.tsx'
import { resetPassword } from './actions.ts'

export function ResetForm({ token, email }: { token: string; email: string }) {
  const [answer, submit, pending] = useActionState(resetPassword, null)
  const { form, marked } = useMarked(answer)
  return (
    <form
      ref={form}
      action={submit}
      onSubmit={(event) => {
        event.preventDefault()
        const data = new FormData(event.currentTarget)
        startTransition(() => submit(data))
      }}
      className="grid gap-5"
    >
      <Refused answer={answer} at={['password']} />
      <input type="hidden" name="token" value={token} />
      {/* For password managers: which account this is. */}
      <input type="hidden" name="email" value={email} autoComplete="username" />
      <Field label={en.reset.password} error={marked.password} hint={en.account.passwordHint}>
        {(control) => (
          <Input
            {...control}
            name="password"
            type="password"
            autoComplete="new-password"
            required
            autoFocus
            minLength={12}
            maxLength={128}
          />
        )}
      </Field>
      <label className="flex items-center gap-2.5 text-sm">
        <input type="checkbox" name="revokeTokens" defaultChecked className="size-4 accent-primary" />
        {en.reset.tokens}
      </label>
      <Button type="submit" variant="primary" size="lg" pending={pending}>
        {en.reset.submit}
      </Button>
    </form>
  )
}
