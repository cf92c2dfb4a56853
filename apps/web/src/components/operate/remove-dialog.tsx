'use client'
/** A Pi gives its roles away; what that means is planned next. */
import { useRouter } from 'next/navigation'
import { useState, useTransition } from 'react'
import { planCluster } from '@/app/clusters/[cluster]/actions.ts'
import { removePi } from '@/app/clusters/[cluster]/members.ts'
import { planPath } from '@/components/plan/plan-path.ts'
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
import { members } from '@/copy/members.ts'

const words = members.remove

export function RemoveDialog({ cluster, node, onClose }: { cluster: string; node: string; onClose: () => void }) {
  const router = useRouter()
  const [typed, setTyped] = useState('')
  const [problem, setProblem] = useState<{ message: string; cure?: string } | null>(null)
  const [pending, start] = useTransition()

  function confirm() {
    start(async () => {
      const removed = await removePi({ cluster, node, typed })
      if (!removed.ok) return setProblem(removed)
      const planned = await planCluster({ cluster })
      router.push(planned.ok ? planPath(cluster, planned.run, 'provision') : `/clusters/${cluster}`)
    })
  }

  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent>
        <DialogTitle>{words.ask(node)}</DialogTitle>
        <DialogDescription asChild>
          <ul className="grid gap-1.5">
            {words.consequences(node).map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </DialogDescription>
        {problem && (
          <Alert tone="bad" title={problem.message}>
            {problem.cure}
          </Alert>
        )}
        <Field label={members.typed(node)}>
          {(control) => (
            <Input {...control} value={typed} autoComplete="off" onChange={(event) => setTyped(event.target.value)} />
          )}
        </Field>
        <DialogFooter>
          <DialogClose asChild>
            <Button>{members.cancel}</Button>
          </DialogClose>
          <Button variant="danger" disabled={typed !== node} pending={pending} onClick={confirm}>
            {words.confirm}
          </Button>
        </DialogFooter>
      </DialogContent>
    </Dialog>
  )
}
