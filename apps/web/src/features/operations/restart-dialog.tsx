'use client'
import { nodesOfPart, type RestartPart, restartParts } from '@bramble/cluster'
import { useState } from 'react'
import { useSpec } from '@/live/watch-provider.tsx'
import { Field } from '@/ui/label.tsx'
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from '@/ui/select.tsx'
import { operate as words } from './copy.ts'
import { NodeBoxes } from './node-boxes.tsx'
import { OperationDialog } from './operation-dialog.tsx'

/** `node`: the only Pi that is offered. */
export function RestartDialog({
  node,
  part: first,
  onClose,
}: {
  node?: string
  part?: RestartPart
  onClose: () => void
}) {
  const spec = useSpec()
  const able = (part: RestartPart) => nodesOfPart(spec, part).filter((name) => node === undefined || name === node)
  const parts = restartParts.filter((part) => able(part).length > 0)
  const [part, setPart] = useState<RestartPart>(first ?? parts[0]!)
  const [chosen, setChosen] = useState<string[]>(able(first ?? parts[0]!))
  const nodes = chosen.filter((name) => able(part).includes(name))
  return (
    <OperationDialog
      cluster={spec.name}
      kind="restart"
      about={spec.name}
      operation={nodes.length === 0 ? null : { kind: 'restart', part, nodes }}
      onClose={onClose}
    >
      <Field label={words.part}>
        {(control) => (
          <Select
            value={part}
            onValueChange={(value) => {
              const next = parts.find((one) => one === value)
              if (!next) return
              setPart(next)
              setChosen(able(next))
            }}
          >
            <SelectTrigger {...control}>
              <SelectValue />
            </SelectTrigger>
            <SelectContent>
              {parts.map((one) => (
                <SelectItem key={one} value={one}>
                  {words.parts[one]}
                </SelectItem>
              ))}
            </SelectContent>
          </Select>
        )}
      </Field>
      {node === undefined && (
        <NodeBoxes nodes={able(part).map((name) => ({ name }))} chosen={nodes} onChoose={setChosen} />
      )}
    </OperationDialog>
  )
}
