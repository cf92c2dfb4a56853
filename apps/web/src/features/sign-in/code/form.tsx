'use client'
import { startTransition, useActionState, useState, useTransition } from 'react'
import { signInWithCode, startOver } from '@/features/sign-in/actions.ts'
import { en } from '@/format/en.ts'
import { Alert } from '@/ui/alert.tsx'
import { Button } from '@/ui/button.tsx'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'

/** A code of the app, or one of the backup codes. */
export function CodeForm() {
  const [answer, submit, pending] = useActionState(signInWithCode, null)
  const [backup, setBackup] = useState(false)
  const [leaving, leave] = useTransition()
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
      <Field
        key={backup ? 'backup' : 'app'}
        label={backup ? en.signIn.backupCode : en.signIn.code}
        hint={backup ? en.signIn.backupHint : en.signIn.codeHint}
      >
        {(control) => (
          <Input
            {...control}
            name="code"
            required
            autoFocus
            maxLength={40}
            spellCheck={false}
            autoComplete={backup ? 'off' : 'one-time-code'}
            inputMode={backup ? 'text' : 'numeric'}
            className="numeric h-12 text-lg! tracking-widest"
          />
        )}
      </Field>
      <Button type="submit" variant="primary" size="lg" pending={pending}>
        {en.signIn.submit}
      </Button>
      <div className="flex flex-wrap justify-between gap-3">
        <Button variant="link" onClick={() => setBackup(!backup)}>
          {backup ? en.signIn.useApp : en.signIn.useBackup}
        </Button>
        <Button variant="link" disabled={leaving} onClick={() => leave(() => startOver())}>
          {en.signIn.startOver}
        </Button>
      </div>
    </form>
  )
}
