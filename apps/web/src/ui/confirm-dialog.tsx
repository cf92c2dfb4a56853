'use client'
/** The last question before something is done: what it means, what is to be chosen, and the name to type where it matters. */
import { type ReactNode, useRef, useState, useTransition } from 'react'
import { Alert } from './alert.tsx'
import { Button } from './button.tsx'
import { Dialog, DialogClose, DialogContent, DialogDescription, DialogFooter, DialogTitle } from './dialog.tsx'
import { Input } from './input.tsx'
import { Field } from './label.tsx'

interface Problem {
  message: string
  cure?: string
}

interface ConfirmDialogProps {
  title: string
  /** What will happen and what is noticed of it: a sentence, or one a line. */
  text: string | readonly string[]
  /** Choices. */
  children?: ReactNode
  /** A name to be typed before it is done, and the field's label. */
  typed?: { name: string; label: string } | undefined
  /** False: something is still to be chosen. */
  ready?: boolean
  /** Something ends or is lost. Where a name is to be typed it always does. */
  danger?: boolean
  keep: string
  confirm: string
  /** Gets what was typed. Resolves to what hinders it; without that, the caller has closed or left. */
  onConfirm: (typed: string) => Promise<Problem | undefined>
  onClose: () => void
}

/** Mounted while it is open. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, text, children, typed, ready = true, keep, confirm, onConfirm, onClose } = props
  const [word, setWord] = useState('')
  const [problem, setProblem] = useState<Problem>()
  const [pending, start] = useTransition()
  const opener = useRef<Element | null>(null)
  const able = ready && (typed === undefined || word === typed.name)
  return (
    <Dialog open onOpenChange={(open) => !open && !pending && onClose()}>
      <DialogContent
        onOpenAutoFocus={() => {
          opener.current = document.activeElement
        }}
        onCloseAutoFocus={(event) => {
          event.preventDefault()
          if (opener.current instanceof HTMLElement) opener.current.focus()
        }}
      >
        <DialogTitle>{title}</DialogTitle>
        {typeof text === 'string' ? (
          <DialogDescription>{text}</DialogDescription>
        ) : (
          <DialogDescription asChild>
            <ul className="grid gap-1.5">
              {text.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          </DialogDescription>
        )}
        <form
          noValidate
          className="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault()
            if (able && !pending) start(async () => setProblem(await onConfirm(word)))
          }}
        >
          {children}
          {problem && (
            <Alert tone="bad" title={problem.message}>
              {problem.cure}
            </Alert>
          )}
          {typed && (
            <Field label={typed.label}>
              {(control) => (
                <Input
                  {...control}
                  value={word}
                  autoComplete="off"
                  autoCapitalize="none"
                  spellCheck={false}
                  onChange={(event) => setWord(event.target.value)}
                />
              )}
            </Field>
          )}
          <DialogFooter>
            <DialogClose asChild>
              <Button disabled={pending}>{keep}</Button>
            </DialogClose>
            <Button
              type="submit"
              variant={typed || props.danger ? 'danger' : 'primary'}
              disabled={!able}
              pending={pending}
            >
              {confirm}
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  )
}
