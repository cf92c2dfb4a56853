'use client'
/** Says what a switch will do, asks how long to wait, and starts it. */
import { type BackendName, lastServerWords, type ServerState, type SwitchState } from '@bramble/cluster'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { toast } from 'sonner'
import { Alert } from '@/ui/alert.tsx'
import { ConfirmDialog } from '@/ui/confirm-dialog.tsx'
import { Field } from '@/ui/label.tsx'
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from '@/ui/select.tsx'
import { switchServer } from './switch/actions.ts'
import { serverSwitch as words } from './switch/copy.ts'

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
  const last = lastServerWords({ backend, server })
  const [refused, setRefused] = useState(false)
  const risky = state !== 'ready' && (lastUp || refused)
  return (
    <ConfirmDialog
      title={words.title(state, server, backend)}
      text={words.consequences(state, status, server, backend)}
      typed={risky ? { name: server, label: words.typed(server) } : undefined}
      keep={words.keep}
      confirm={words.confirm[state]}
      onClose={onClose}
      onConfirm={async (typed) => {
        const seconds = state === 'ready' ? 0 : wait
        const answer = await switchServer({ cluster, backend, server, state, wait: seconds, typed })
        if (!answer.ok) {
          // That it is the last one is told above the choices, and has its name typed.
          const isLast = answer.message === last.message
          setRefused(isLast)
          return isLast ? undefined : answer
        }
        toast.success(words.begun(state, server), {
          action: { label: words.watch, onClick: () => router.push(`/runs/${answer.run}`) },
        })
        router.refresh()
        onClose()
        return undefined
      }}
    >
      {risky && (
        <Alert tone="bad" title={last.message}>
          {last.cure}
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
    </ConfirmDialog>
  )
}
