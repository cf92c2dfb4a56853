'use client'
/** Says what an operation will do and what is noticed of it, asks what is to be chosen, and leads to its run. */
import type { Operation } from '@bramble/cluster'
import { useRouter } from 'next/navigation'
import { type ReactNode, useState, useTransition } from 'react'
import { operate } from '@/app/clusters/[cluster]/operate.ts'
import { Alert } from '@/components/ui/alert.tsx'
import { Button } from '@/components/ui/button.tsx'
import {
  Dialog,
  DialogClose,
  DialogContent,
  DialogDescription,
  DialogFooter,
  DialogTitle,
} from '@/components/ui/dialog.tsx'
import { Input } from '@/components/ui/input.tsx'
import { Field } from '@/components/ui/label.tsx'
import { operate as words } from '@/copy/operate.ts'

interface OperationDialogProps {
  cluster: string
  kind: Operation['kind']
  /** What the title and the sentences name. */
  about: string
  /** Null: something is still to be chosen. */
  operation: Operation | null
  /** To be typed before it is done. */
  typed?: string
  /** Choices. */
  children?: ReactNode
  onClose: () => void
}

export function OperationDialog({ cluster, kind, about, operation, typed, children, onClose }: OperationDialogProps) {
  const router = useRouter()
  const [word, setWord] = useState('')
  const [problem, setProblem] = useState<{ message: string; cure?: string } | null>(null)
  const [pending, start] = useTransition()

  function confirm() {
    if (!operation) return
    start(async () => {
      const answer = await operate({ cluster, operation, typed: word })
      if (answer.ok) router.push(`/runs/${answer.run}`)
      else setProblem(answer)
    })
  }

  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent className="max-h-[90dvh] overflow-y-auto">
        <DialogTitle>{words.title[kind](about)}</DialogTitle>
        <DialogDescription asChild>
          <ul className="grid gap-1.5">
            {words.consequences[kind](about).map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </DialogDescription>
        {children}
        {problem && (
          <Alert tone="bad" title={problem.message}>
            {problem.cure}
          </Alert>
        )}
        {typed !== undefined && (
          <Field label={words.typed(typed)}>
            {(control) => (
              <Input {...control} value={word} autoComplete="off" onChange={(event) => setWord(event.target.value)} />
            )}
          </Field>
        )}
        <DialogFooter>
          <DialogClose asChild>
            <Button>{words.keep}</Button>
          </DialogClose>
          <Button
            variant={typed === undefined ? 'primary' : 'danger'}
            disabled={operation === null || (typed !== undefined && word !== typed)}
            pending={pending}
            onClick={confirm}
          >
            {words.confirm[kind]}
          </Button>
        </DialogFooter>
      </DialogContent>
    </Dialog>
  )
}
