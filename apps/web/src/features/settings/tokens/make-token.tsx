'use client'
import { KeyRound } from 'lucide-react'
import { type FormEvent, useState, useTransition } from 'react'
import type { Role } from '@/auth/access.ts'
import { useConfirmed } from '@/features/identity/confirm-identity.tsx'
import { settings } from '@/features/settings/copy.ts'
import { en } from '@/format/en.ts'
import type { Outcome } from '@/format/outcome.ts'
import { Alert } from '@/ui/alert.tsx'
import { Button } from '@/ui/button.tsx'
import { CopyButton } from '@/ui/copy-button.tsx'
import {
  Dialog,
  DialogClose,
  DialogContent,
  DialogDescription,
  DialogFooter,
  DialogTitle,
  DialogTrigger,
} from '@/ui/dialog.tsx'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { Refused, useMarked } from '@/ui/refused.tsx'
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from '@/ui/select.tsx'
import { type MakeInput, makeToken } from './actions.ts'

const words = settings.tokens
const lives = { '30': 30, '90': 90, '365': 365, none: null } as const
type Life = keyof typeof lives

export function MakeToken({ roles }: { roles: readonly Role[] }) {
  const [open, setOpen] = useState(false)
  const [made, setMade] = useState<{ name: string; token: string } | null>(null)
  const change = (next: boolean) => {
    setOpen(next)
    if (!next) setMade(null)
  }
  return (
    <Dialog open={open} onOpenChange={change}>
      <DialogTrigger asChild>
        <Button>
          <KeyRound aria-hidden />
          {words.make}
        </Button>
      </DialogTrigger>
      {/* The token is shown once: a slip beside the box must not take it away. */}
      <DialogContent onInteractOutside={(event) => (made ? event.preventDefault() : undefined)}>
        {made ? <Made {...made} /> : <Form roles={roles} done={setMade} />}
      </DialogContent>
    </Dialog>
  )
}

function Form({ roles, done }: { roles: readonly Role[]; done: (made: { name: string; token: string }) => void }) {
  const [role, setRole] = useState<Role>('viewer')
  const [life, setLife] = useState<Life>('90')
  const [problem, setProblem] = useState<Outcome<object> | null>(null)
  const { form, marked } = useMarked(problem)
  const [pending, start] = useTransition()
  const confirmed = useConfirmed()
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const name = String(new FormData(event.currentTarget).get('name'))
    const input: MakeInput = { name, role, days: lives[life] }
    start(async () => {
      const answer = await confirmed(() => makeToken(input))
      if (answer.ok) done({ name, token: answer.token })
      else setProblem(answer)
    })
  }
  return (
    <>
      <DialogTitle>{words.make}</DialogTitle>
      <DialogDescription>{words.makeText}</DialogDescription>
      <form ref={form} onSubmit={submit} className="grid gap-4">
        <Refused answer={problem} at={['name']} />
        <Field label={words.name} error={marked.name} hint={words.nameHint}>
          {(control) => <Input {...control} name="name" required maxLength={60} autoComplete="off" autoFocus />}
        </Field>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={words.role} hint={words.roleHints[role]}>
            {(control) => (
              <Select value={role} onValueChange={(next) => setRole(next as Role)}>
                <SelectTrigger {...control}>
                  <SelectValue />
                </SelectTrigger>
                <SelectContent>
                  {roles.map((one) => (
                    <SelectItem key={one} value={one}>
                      {en.roles[one]}
                    </SelectItem>
                  ))}
                </SelectContent>
              </Select>
            )}
          </Field>
          <Field label={words.life}>
            {(control) => (
              <Select value={life} onValueChange={(next) => setLife(next as Life)}>
                <SelectTrigger {...control}>
                  <SelectValue />
                </SelectTrigger>
                <SelectContent>
                  {(Object.keys(lives) as Life[]).map((one) => (
                    <SelectItem key={one} value={one}>
                      {words.lives[one]}
                    </SelectItem>
                  ))}
                </SelectContent>
              </Select>
            )}
          </Field>
        </div>
        {life === 'none' ? (
          <Alert tone="warn" title={words.endlessTitle}>
            {words.endlessText}
          </Alert>
        ) : null}
        <DialogFooter>
          <Button type="submit" variant="primary" pending={pending}>
            {words.makeIt}
          </Button>
        </DialogFooter>
      </form>
    </>
  )
}

function Made({ name, token }: { name: string; token: string }) {
  return (
    <>
      <DialogTitle>{words.madeTitle(name)}</DialogTitle>
      <DialogDescription>{words.madeText}</DialogDescription>
      <div className="grid gap-2">
        <code className="wrap-anywhere select-all rounded-md border border-field bg-sunken px-3 py-2.5 font-mono text-sm">
          {token}
        </code>
        <CopyButton text={token} label={words.copy} variant="primary" className="justify-self-start" />
      </div>
      <div className="grid gap-2">
        <p className="text-muted text-sm">{words.tryIt}</p>
        <pre className="overflow-x-auto rounded-md bg-sunken px-3 py-2.5 font-mono text-[0.8125rem] leading-relaxed">
          {words.example(typeof location === 'undefined' ? '' : location.origin)}
        </pre>
      </div>
      <DialogFooter>
        <DialogClose asChild>
          <Button>{words.kept}</Button>
        </DialogClose>
      </DialogFooter>
    </>
  )
}
