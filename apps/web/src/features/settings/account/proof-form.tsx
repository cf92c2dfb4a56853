'use client'
import { type FormEvent, useState, useTransition } from 'react'
import { settings } from '@/features/settings/copy.ts'
import { en } from '@/format/en.ts'
import type { Outcome } from '@/format/outcome.ts'
import { Alert } from '@/ui/alert.tsx'
import { Button } from '@/ui/button.tsx'
import { DialogDescription, DialogFooter, DialogTitle } from '@/ui/dialog.tsx'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import type { BothInput } from './totp-actions.ts'

interface ProofFormProps {
  email: string
  title: string
  text: string
  submit: string
  ask: (proof: BothInput) => Promise<Outcome>
}

/** Asks for the password and a code. */
export function ProofForm({ email, title, text, submit, ask }: ProofFormProps) {
  const [problem, setProblem] = useState<{ message: string; cure: string } | null>(null)
  const [pending, start] = useTransition()
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    start(async () => {
      const answer = await ask({ password: String(form.get('password')), code: String(form.get('code')) })
      setProblem(answer.ok ? null : answer)
    })
  }
  return (
    <>
      <DialogTitle>{title}</DialogTitle>
      <DialogDescription>{text}</DialogDescription>
      <form onSubmit={send} className="grid gap-4">
        {problem ? (
          <Alert tone="bad" title={problem.message}>
            {problem.cure}
          </Alert>
        ) : null}
        <input type="text" name="username" autoComplete="username" defaultValue={email} hidden readOnly />
        <Field label={en.account.password}>
          {(control) => (
            <Input {...control} name="password" type="password" autoComplete="current-password" required autoFocus />
          )}
        </Field>
        <Field label={settings.totp.code} hint={settings.totp.codeOrBackup}>
          {(control) => (
            <Input {...control} name="code" autoComplete="one-time-code" required maxLength={40} spellCheck={false} />
          )}
        </Field>
        <DialogFooter>
          <Button type="submit" variant="primary" pending={pending}>
            {submit}
          </Button>
        </DialogFooter>
      </form>
    </>
  )
}
