'use client'
/** Says what a drill will break, has the cluster's name typed, and starts it. */
import type { DrillClass } from '@bramble/cluster'
import { useRouter } from 'next/navigation'
import { useState, useTransition } from 'react'
import { startDrill } from '@/app/clusters/[cluster]/drill.ts'
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
import { drillClasses, drills as words } from '@/copy/drills.ts'

interface DrillDialogProps {
  cluster: string
  kind: DrillClass
  /** After which the Pi undoes it by itself. */
  seconds: number
  onClose: () => void
}

export function DrillDialog({ cluster, kind, seconds, onClose }: DrillDialogProps) {
  const router = useRouter()
  const [typed, setTyped] = useState('')
  const [problem, setProblem] = useState<{ message: string; cure: string } | null>(null)
  const [pending, start] = useTransition()
  const { title, does, warning } = drillClasses[kind]

  function go() {
    start(async () => {
      const answer = await startDrill({ cluster, class: kind, typed })
      if (answer.ok) router.push(`/runs/${answer.run}`)
      else setProblem(answer)
    })
  }

  return (
    <Dialog open onOpenChange={(open) => !open && !pending && onClose()}>
      <DialogContent>
        <DialogTitle>{words.dialog.title(title, cluster)}</DialogTitle>
        <DialogDescription>{does}</DialogDescription>
        <Alert tone="warn" title={words.dialog.warning}>
          {warning}
        </Alert>
        <ul className="grid list-disc gap-1.5 pl-5 text-muted text-sm">
          {words.dialog.lines(seconds).map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
        <form
          noValidate
          className="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault()
            if (typed === cluster) go()
          }}
        >
          <Field label={words.dialog.typed(cluster)}>
            {(control) => (
              <Input
                {...control}
                value={typed}
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
                onChange={(event) => setTyped(event.target.value)}
              />
            )}
          </Field>
          {problem && (
            <Alert tone="bad" title={problem.message}>
              {problem.cure}
            </Alert>
          )}
          <DialogFooter>
            <DialogClose asChild>
              <Button disabled={pending}>{words.dialog.keep}</Button>
            </DialogClose>
            <Button type="submit" variant="danger" disabled={typed !== cluster} pending={pending}>
              {words.dialog.go}
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  )
}
