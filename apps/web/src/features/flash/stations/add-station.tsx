'use client'
/** A name, and then the command that makes another machine a station: shown once. */
import { Plus } from 'lucide-react'
import { type FormEvent, useState, useTransition } from 'react'
import { flash } from '@/features/flash/copy.ts'
import { useConfirmed } from '@/features/identity/confirm-identity.tsx'
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
import { addStation } from './actions.ts'

const words = flash.stations

interface Made {
  name: string
  code: string
}

export function AddStation() {
  const [open, setOpen] = useState(false)
  const [made, setMade] = useState<Made | null>(null)
  const change = (next: boolean) => {
    setOpen(next)
    if (!next) setMade(null)
  }
  return (
    <Dialog open={open} onOpenChange={change}>
      <DialogTrigger asChild>
        <Button>
          <Plus aria-hidden />
          {words.add}
        </Button>
      </DialogTrigger>
      {/* The code is shown once: a slip beside the box must not take it away. */}
      <DialogContent onInteractOutside={(event) => (made ? event.preventDefault() : undefined)}>
        {made ? <Command {...made} /> : <Form done={setMade} />}
      </DialogContent>
    </Dialog>
  )
}

function Form({ done }: { done: (made: Made) => void }) {
  const [problem, setProblem] = useState<Outcome<object> | null>(null)
  const { form, marked } = useMarked(problem)
  const [pending, start] = useTransition()
  const confirmed = useConfirmed()
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const name = String(new FormData(event.currentTarget).get('name')).trim()
    start(async () => {
      const answer = await confirmed(() => addStation({ name }))
      if (answer.ok) done({ name, code: answer.code })
      else setProblem(answer)
    })
  }
  return (
    <>
      <DialogTitle>{words.add}</DialogTitle>
      <DialogDescription>{words.addText}</DialogDescription>
      <form ref={form} onSubmit={submit} className="grid gap-4">
        <Refused answer={problem} at={['name']} />
        <Field label={words.name} error={marked.name} hint={words.nameHint}>
          {(control) => <Input {...control} name="name" required maxLength={60} autoComplete="off" autoFocus />}
        </Field>
        <DialogFooter>
          <Button type="submit" variant="primary" pending={pending}>
            {words.makeCode}
          </Button>
        </DialogFooter>
      </form>
    </>
  )
}

function Command({ name, code }: Made) {
  const here = typeof location === 'undefined' ? null : location
  const isLoopback = here !== null && /^(localhost|127\.|\[::1\])/.test(here.hostname)
  const command = words.command(here?.origin ?? '', code)
  return (
    <>
      <DialogTitle>{words.codeTitle(name)}</DialogTitle>
      <DialogDescription>{words.codeText}</DialogDescription>
      <div className="grid gap-2">
        <code className="wrap-anywhere select-all rounded-md border border-field bg-sunken px-3 py-2.5 font-mono text-sm">
          {command}
        </code>
        <CopyButton text={command} label={words.copy} variant="primary" className="justify-self-start" />
      </div>
      {isLoopback ? (
        <Alert tone="warn" title={words.loopbackTitle}>
          {words.loopbackText}
        </Alert>
      ) : null}
      {here?.protocol === 'http:' ? <p className="text-muted text-sm">{words.plain}</p> : null}
      <DialogFooter>
        <DialogClose asChild>
          <Button>{words.done}</Button>
        </DialogClose>
      </DialogFooter>
    </>
  )
}
