'use client'
/** One dialog for every action that asks who one is: it appears when the server wants a proof, then the action is sent again. */
import { createContext, type FormEvent, type ReactNode, useContext, useRef, useState } from 'react'
import { identity as words } from '@/auth/identity-copy.ts'
import { en } from '@/format/en.ts'
import type { Outcome, Refused } from '@/format/outcome.ts'
import { Alert } from '@/ui/alert.tsx'
import { Button } from '@/ui/button.tsx'
import { Dialog, DialogClose, DialogContent, DialogDescription, DialogFooter, DialogTitle } from '@/ui/dialog.tsx'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { confirmIdentity } from './actions.ts'

type Needed = NonNullable<Refused['proof']>
/** Resolves to true when the person has proved it, to false when they cancelled. */
type AskProof = (needed: Needed) => Promise<boolean>

const Asking = createContext<AskProof>(async () => false)

/** Sends an action; when the server wants a proof first, asks for it and sends the action again. */
export function useConfirmed(): <T extends object>(send: () => Promise<Outcome<T>>) => Promise<Outcome<T>> {
  const ask = useContext(Asking)
  return async (send) => {
    for (;;) {
      const answer = await send()
      if (answer.ok || !answer.proof || !(await ask(answer.proof))) return answer
    }
  }
}

/** Around the whole page. `email`: of who is signed in, for the browser's password manager. */
export function ConfirmIdentity({ email, children }: { email: string; children: ReactNode }) {
  const [needed, setNeeded] = useState<Needed | null>(null)
  const answer = useRef<(proved: boolean) => void>(() => undefined)
  const ask: AskProof = (what) => {
    answer.current(false)
    return new Promise((resolve) => {
      answer.current = resolve
      setNeeded(what)
    })
  }
  const close = (proved: boolean) => {
    setNeeded(null)
    answer.current(proved)
  }
  return (
    <Asking value={ask}>
      {children}
      {needed ? <ProofDialog email={email} needed={needed} close={close} /> : null}
    </Asking>
  )
}

function ProofDialog({ email, needed, close }: { email: string; needed: Needed; close: (proved: boolean) => void }) {
  const [problem, setProblem] = useState<Refused | null>(null)
  // No transition: React would end it only together with that of the form, which waits for this dialog.
  const [pending, setPending] = useState(false)
  const opener = useRef<Element | null>(null)
  const withCode = needed === 'password-and-code'
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const code = String(form.get('code') ?? '')
    setPending(true)
    void confirmIdentity({ password: String(form.get('password')), ...(withCode ? { code } : {}) })
      .then((answer) => (answer.ok ? close(true) : setProblem(answer)))
      .catch(() => setProblem({ ok: false, message: words.unreachable, cure: words.unreachableCure }))
      .finally(() => setPending(false))
  }
  return (
    <Dialog open onOpenChange={(open) => !open && !pending && close(false)}>
      <DialogContent
        onOpenAutoFocus={() => {
          opener.current = document.activeElement
        }}
        onCloseAutoFocus={(event) => {
          event.preventDefault()
          if (opener.current instanceof HTMLElement) opener.current.focus()
        }}
      >
        <DialogTitle>{words.title}</DialogTitle>
        <DialogDescription>{withCode ? words.textWithCode : words.text}</DialogDescription>
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
          {withCode ? (
            <Field label={words.code} hint={words.codeHint}>
              {(control) => (
                <Input
                  {...control}
                  name="code"
                  autoComplete="one-time-code"
                  required
                  maxLength={40}
                  spellCheck={false}
                />
              )}
            </Field>
          ) : null}
          <DialogFooter>
            <DialogClose asChild>
              <Button disabled={pending}>{words.cancel}</Button>
            </DialogClose>
            <Button type="submit" variant="primary" pending={pending}>
              {words.confirm}
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  )
}
