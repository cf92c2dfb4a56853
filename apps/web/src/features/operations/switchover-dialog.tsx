'use client'
import { type NodeState, nodesWith, primaryOf, stateOf } from '@bramble/cluster'
import { useState } from 'react'
import { figure } from '@/format/figure.ts'
import { useSpec, useWatch } from '@/live/watch-provider.tsx'
import { Alert } from '@/ui/alert.tsx'
import { Field } from '@/ui/label.tsx'
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from '@/ui/select.tsx'
import { operate as words } from './copy.ts'
import { OperationDialog } from './operation-dialog.tsx'

const anybody = '-'

/** Which replica takes over: each with how far behind it is. */
export function SwitchoverDialog({ onClose }: { onClose: () => void }) {
  const spec = useSpec()
  const watch = useWatch()
  const [to, setTo] = useState(anybody)
  const primary = primaryOf(watch)
  const replicas = nodesWith(spec, 'postgres').flatMap(({ name }) => {
    const state = stateOf(watch, name)
    return name !== primary && isInStep(state) ? [{ name, note: noteOf(state) }] : []
  })
  return (
    <OperationDialog
      cluster={spec.name}
      kind="switchover"
      about={spec.name}
      operation={replicas.length === 0 ? null : { kind: 'switchover', ...(to === anybody ? {} : { to }) }}
      onClose={onClose}
    >
      {replicas.length === 0 ? (
        <Alert tone="warn" title={words.noReplica} />
      ) : (
        <Field label={words.to}>
          {(control) => (
            <Select value={to} onValueChange={setTo}>
              <SelectTrigger {...control}>
                <SelectValue />
              </SelectTrigger>
              <SelectContent>
                <SelectItem value={anybody}>{words.anyReplica}</SelectItem>
                {replicas.map(({ name, note }) => (
                  <SelectItem key={name} value={name}>
                    {name}: {note}
                  </SelectItem>
                ))}
              </SelectContent>
            </Select>
          )}
        </Field>
      )}
    </OperationDialog>
  )
}

const isInStep = (state: NodeState | undefined | null): boolean =>
  state?.patroni?.role === 'replica' && /^(running|streaming)$/.test(state.patroni.state)

function noteOf(state: NodeState | undefined | null): string {
  const patroni = state?.patroni
  const lag = patroni?.lagBytes ?? null
  return words.replica(lag === null ? words.lagUnknown : figure(lag, 'bytes'), patroni?.sync ?? false)
}
