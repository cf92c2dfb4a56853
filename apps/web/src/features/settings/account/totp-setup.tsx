'use client'
import { type FormEvent, useState, useTransition } from 'react'
import { settings } from '@/features/settings/copy.ts'
import { en } from '@/format/en.ts'
import { Alert } from '@/ui/alert.tsx'
import { Button } from '@/ui/button.tsx'
import { CopyButton } from '@/ui/copy-button.tsx'
import { DialogDescription, DialogFooter, DialogTitle } from '@/ui/dialog.tsx'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { beginTotp, confirmTotp } from './totp-actions.ts'

const words = settings.totp
type Problem = { message: string; cure: string } | null
type Begun = Extract<Awaited<ReturnType<typeof beginTotp>>, { ok: true }>

/** The password, then the picture to scan, then a code that proves the scan. */
export function TotpSetup({ email, done }: { email: string; done: (codes: string[]) => void }) {
  const [begun, setBegun] = useState<Begun | null>(null)
  const [problem, setProblem] = useState<Problem>(null)
  const [pending, start] = useTransition()
  const field = (event: FormEvent<HTMLFormElement>, name: string) => {
    event.preventDefault()
    return String(new FormData(event.currentTarget).get(name))
  }
  const begin = (event: FormEvent<HTMLFormElement>) => {
    const password = field(event, 'password')
    start(async () => {
      const answer = await beginTotp(password)
      setProblem(answer.ok ? null : answer)
      if (answer.ok) setBegun(answer)
    })
  }
  const confirm = (event: FormEvent<HTMLFormElement>) => {
    const code = field(event, 'code')
    start(async () => {
      const answer = await confirmTotp(code)
      setProblem(answer.ok ? null : answer)
      if (answer.ok) done(answer.codes)
    })
  }
  const trouble = problem ? (
    <Alert tone="bad" title={problem.message}>
      {problem.cure}
    </Alert>
  ) : null
  if (!begun)
    return (
      <>
        <DialogTitle>{words.turnOn}</DialogTitle>
        <DialogDescription>{words.beginText}</DialogDescription>
        <form onSubmit={begin} className="grid gap-4">
          {trouble}
          <input type="text" name="username" autoComplete="username" defaultValue={email} hidden readOnly />
          <Field label={en.account.password}>
            {(control) => (
              <Input {...control} name="password" type="password" autoComplete="current-password" required autoFocus />
            )}
          </Field>
          <DialogFooter>
            <Button type="submit" variant="primary" pending={pending}>
              {words.next}
            </Button>
          </DialogFooter>
        </form>
      </>
    )
  return (
    <>
      <DialogTitle>{words.scanTitle}</DialogTitle>
      <DialogDescription>{words.scanText}</DialogDescription>
      <div className="grid justify-items-center gap-4 sm:grid-cols-[auto_minmax(0,1fr)] sm:items-center sm:justify-items-start">
        {/* Dark on light in either theme: readers of such codes want it so. */}
        <svg
          viewBox={`0 0 ${begun.qr.size} ${begun.qr.size}`}
          className="size-44 rounded-md border border-border bg-white"
          shapeRendering="crispEdges"
          role="img"
          aria-label={words.qr}
        >
          <path d={begun.qr.path} fill="#000" />
        </svg>
        <div className="grid gap-2 text-sm">
          <p className="text-muted">{words.byHand}</p>
          <code className="wrap-anywhere select-all font-mono text-[0.8125rem]">
            {begun.secret.replace(/(.{4})(?=.)/g, '$1 ')}
          </code>
          <CopyButton text={begun.secret} label={words.copySecret} size="sm" className="justify-self-start" />
        </div>
      </div>
      <form onSubmit={confirm} className="grid gap-4">
        {trouble}
        <Field label={words.code} hint={words.codeHint}>
          {(control) => (
            <Input
              {...control}
              name="code"
              inputMode="numeric"
              autoComplete="one-time-code"
              required
              maxLength={7}
              className="numeric text-lg tracking-widest"
              autoFocus
            />
          )}
        </Field>
        <DialogFooter>
          <Button type="submit" variant="primary" pending={pending}>
            {words.confirm}
          </Button>
        </DialogFooter>
      </form>
    </>
  )
}
