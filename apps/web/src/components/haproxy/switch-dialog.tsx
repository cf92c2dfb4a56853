'use client'
/** Says what a switch will do, asks how long to wait, and starts it. */
import { type BackendName, lastServerWords, type ServerState, type SwitchState } from '@bramble/cluster'
import { useRouter } from 'next/navigation'
import { useState, useTransition } from 'react'
import { toast } from 'sonner'
import { switchServer } from '@/app/clusters/[cluster]/switch-server.ts'
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
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from '@/components/ui/select.tsx'
import { serverSwitch as words } from '@/copy/server-switch.ts'

interface SwitchDialogProps {
  cluster: string
  backend: BackendName
  server: string
  status: ServerState['status']
  lastUp: boolean
  state: SwitchState
  onClose: () => void
}

const defaultWait = 300

export function SwitchDialog({ cluster, backend, server, status, lastUp, state, onClose }: SwitchDialogProps) {
  const router = useRouter()
  const [wait, setWait] = useState(defaultWait)
  const [typed, setTyped] = useState('')
  const [problem, setProblem] = useState<{ message: string; cure: string } | null>(null)
  const [pending, start] = useTransition()
  const risky = state !== 'ready' && (lastUp || problem?.message === lastServerWords({ backend, server }).message)
  const last = lastServerWords({ backend, server })

  function confirm() {
    start(async () => {
      const answer = await switchServer({ cluster, backend, server, state, wait: state === 'ready' ? 0 : wait, typed })
      if (!answer.ok) return setProblem(answer)
      toast.success(words.begun(state, server), {
        action: { label: words.watch, onClick: () => router.push(`/runs/${answer.run}`) },
      })
      router.refresh()
      onClose()
    })
  }

  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent>
        <DialogTitle>{words.title(state, server, backend)}</DialogTitle>
        <DialogDescription asChild>
          <ul className="grid gap-1.5">
            {words.consequences(state, status, server, backend).map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </DialogDescription>
        {risky && (
          <Alert tone="bad" title={last.message}>
            {last.cure}
          </Alert>
        )}
        {problem && problem.message !== last.message && (
          <Alert tone="bad" title={problem.message}>
            {problem.cure}
          </Alert>
        )}
        {state !== 'ready' && (
          <Field label={words.wait} hint={words.waitHint[state]}>
            {(control) => (
              <Select value={String(wait)} onValueChange={(value) => setWait(Number(value))}>
                <SelectTrigger {...control}>
                  <SelectValue />
                </SelectTrigger>
                <SelectContent>
                  {words.waits.map(({ seconds, label }) => (
                    <SelectItem key={seconds} value={String(seconds)}>
                      {label}
                    </SelectItem>
                  ))}
                </SelectContent>
              </Select>
            )}
          </Field>
        )}
        {risky && (
          <Field label={words.typed(server)}>
            {(control) => (
              <Input {...control} value={typed} autoComplete="off" onChange={(event) => setTyped(event.target.value)} />
            )}
          </Field>
        )}
        <DialogFooter>
          <DialogClose asChild>
            <Button>{words.keep}</Button>
          </DialogClose>
          <Button
            variant={risky ? 'danger' : 'primary'}
            disabled={risky && typed !== server}
            pending={pending}
            onClick={confirm}
          >
            {words.confirm[state]}
          </Button>
        </DialogFooter>
      </DialogContent>
    </Dialog>
  )
}
